// Addresses of streams: RTMP URLs as people type them, and the tcUrl, application and stream name that clients make of
// them.
//
// Clients split rtmp://host/live/room/movie?token=x differently (application `live` or `live/room`; the query on either
// part), so a server first joins the parts to one path and then splits it by its own applications.

/** Either a value or the reason for the rejection, in words for the person who typed the address. */
export type UrlResult<Value> =
  ({ readonly ok: true } & Value) | { readonly ok: false; readonly reason: string };

/** The path of a stream, before it is known which part of it is the application. */
export interface StreamPath {
  /** Decoded, without slashes at either end and without empty segments: `live/room/movie`. At least two segments. */
  readonly path: string;
  readonly segments: readonly string[];
  /** Query of tcUrl, application and stream name in one; if they disagree, the later one wins. */
  readonly query: URLSearchParams;
}

/** A stream of an application. */
export interface StreamAddress {
  readonly app: string;
  readonly name: string;
  readonly query: URLSearchParams;
}

/** The parts of an address that an RTMP client sends in connect, then in publish or play. */
export interface RtmpStreamPath {
  readonly app: string;
  readonly name: string;
  readonly tcUrl?: string;
}

/** Longest path, and longest query, in characters: more than any token needs, and bounded for logs and files. */
const MAX_LENGTH = 4096;

/** Percent-encoded, a unit of UTF-16 takes at most nine characters: `%e4%b8%ad`. Nothing longer is decoded. */
const MAX_ENCODED_LENGTH = 9 * MAX_LENGTH;

const TOO_LONG = `The path is longer than ${MAX_LENGTH} characters.`;

const NO_NAME = 'The stream name is empty: the URL is rtmp://HOST/APP/NAME (in OBS, NAME is the stream key).';

/** Flash puts these before names of files. */
const NAME_PREFIX = /^(?:flv|mp4|mp3|f4v|id3):/i;

// One percent-encoded character of UTF-8: characters are decoded one by one, so that a bad one stays as it is alone.
const ENCODED_CHARACTER =
  /%[0-7][0-9a-f]|%[cd][0-9a-f]%[89ab][0-9a-f]|%e[0-9a-f](?:%[89ab][0-9a-f]){2}|%f[0-4](?:%[89ab][0-9a-f]){3}/gi;

/**
 * Joins and cleans the parts of an address.
 *
 * Percent-encoding is decoded once; invalid sequences are left as they are. The whole path may stand in one part: OBS has
 * a "server" `rtmp://host/live/movie` without a key, others an empty application. Rejected with a reason: no stream name,
 * no application, `.` and `..`, control characters, backslashes, excessive lengths.
 */
export function parseStreamPath(request: RtmpStreamPath): UrlResult<StreamPath> {
  return joinParts(request);
}

/** @returns in addition whether the part for the name holds any of it */
function joinParts(request: RtmpStreamPath): UrlResult<StreamPath & { readonly named: boolean }> {
  const app = cutQuery(request.app);
  const name = cutQuery(request.name);
  if (app.path.length > MAX_ENCODED_LENGTH || name.path.length > MAX_ENCODED_LENGTH) return reject(TOO_LONG);
  const query = mergeQueries(cutQuery(request.tcUrl ?? '').query, app.query, name.query);
  if (query === undefined) return reject(`The query string is longer than ${MAX_LENGTH} characters.`);
  const appSegments = toSegments(app.path);
  const nameSegments = toNameSegments(name.path);
  const segments = [...appSegments, ...nameSegments];
  if (nameSegments.length === 0 && segments.length < 2) return reject(NO_NAME);
  if (segments.length < 2) {
    return reject(
      `The application is missing before "${segments[0] ?? ''}": the URL is rtmp://HOST/APP/NAME.`,
    );
  }
  const path = segments.join('/');
  const fault = findFault(path, segments);
  const named = nameSegments.length > 0;
  return fault === undefined ? { ok: true, path, segments, query, named } : reject(fault);
}

/**
 * Splits a path behind its longest beginning that is an application. If there is none, splits it behind the first segment;
 * the caller finds that there is no such application. At least one segment is left for the stream's name.
 */
function splitStreamPath(stream: StreamPath, isApp: (name: string) => boolean): StreamAddress {
  const { segments, query } = stream;
  for (let count = segments.length - 1; count > 1; count--) {
    const app = segments.slice(0, count).join('/');
    if (isApp(app)) return { app, name: segments.slice(count).join('/'), query };
  }
  return { app: segments[0]!, name: segments.slice(1).join('/'), query };
}

/** `parseStreamPath` and `splitStreamPath` in one step. An application alone names no stream, whatever its name holds. */
export function parseStreamAddress(
  request: RtmpStreamPath,
  isApp: (name: string) => boolean,
): UrlResult<StreamAddress> {
  const stream = joinParts(request);
  if (stream.ok && !stream.named && isApp(stream.path)) return reject(NO_NAME);
  return stream.ok ? { ok: true, ...splitStreamPath(stream, isApp) } : stream;
}

/** The application of a connect that names none, as its tcUrl has it: everything behind the host. */
export function appOfTcUrl(tcUrl: string): string {
  return /^[a-z]+:\/\/[^/?]*\/?(.*)$/is.exec(tcUrl)?.[1] ?? '';
}

/** The application of a connect, cleaned like a path, to be checked before any stream is named. May be ''. */
export function parseAppPath(
  app: string,
): UrlResult<{ readonly app: string; readonly query: URLSearchParams }> {
  const cut = cutQuery(app);
  if (cut.path.length > MAX_ENCODED_LENGTH) return reject(TOO_LONG);
  const query = mergeQueries(cut.query);
  if (query === undefined) return reject(`The query string is longer than ${MAX_LENGTH} characters.`);
  const segments = toSegments(cut.path);
  const path = segments.join('/');
  const fault = findFault(path, segments);
  return fault === undefined ? { ok: true, app: path, query } : reject(fault);
}

/** A full URL, for a client. */
export interface RtmpUrl {
  readonly scheme: 'rtmp' | 'rtmps';
  /** A name or an address; IPv6 without its brackets. */
  readonly host: string;
  /** 1935 for rtmp and 443 for rtmps unless given. */
  readonly port: number;
  /** For connect, as typed: the server decodes it and reads its query. */
  readonly app: string;
  /** For publish and play, as typed, with its query. */
  readonly name: string;
  /** For connect: scheme, host and application. */
  readonly tcUrl: string;
  readonly query: URLSearchParams;
  /** Decoded; from `rtmp://user:password@host/`. */
  readonly userinfo: { readonly username: string; readonly password: string } | undefined;
}

const FULL_URL = /^(rtmps?):\/\/(?:([^@/?]*)@)?(\[[0-9a-f:.]+\]|[^:/?#@[\]\s]+)(?::(\d{1,5}))?(?:\/(.*))?$/is;

/**
 * Reads rtmp://[user:password@]host[:port]/app[/instance]/name[?query], and rtmps. The application is everything up to
 * the last slash of the path, as in OBS's "server and key". The old form rtmp://host/app?query/name is read too.
 */
export function parseRtmpUrl(text: string): UrlResult<RtmpUrl> {
  const match = FULL_URL.exec(text.trim());
  if (match === null)
    return reject(
      `"${shorten(hidePassword(text))}" is not an RTMP URL: rtmp://HOST[:PORT]/APP/NAME is expected.`,
    );
  const [, schemeText, userinfo, hostText, portText, rest = ''] = match;
  const scheme = schemeText!.toLowerCase() === 'rtmps' ? 'rtmps' : 'rtmp';
  const port = portText === undefined ? (scheme === 'rtmps' ? 443 : 1935) : Number(portText);
  if (port < 1 || port > 65535) return reject(`Port ${portText} is not 1 to 65535.`);
  const { app, name } = cutTypedPath(rest);
  const checked = parseStreamPath({ app, name });
  if (!checked.ok) return checked;
  const authority = `${hostText}${portText === undefined ? '' : `:${port}`}`;
  return {
    ok: true,
    scheme,
    host: hostText!.replace(/^\[|\]$/g, ''),
    port,
    app,
    name,
    tcUrl: `${scheme}://${authority}/${app}`,
    query: checked.query,
    userinfo: parseUserinfo(userinfo),
  };
}

/** `live/room/movie?x` → `live/room` and `movie?x`; `live?x/movie` → `live?x` and `movie`. */
function cutTypedPath(rest: string): { app: string; name: string } {
  const { path, query } = cutQuery(rest);
  const trimmed = path.replace(/^\/+|\/+$/g, '');
  const slash = trimmed.lastIndexOf('/');
  const suffix = query === '' ? '' : `?${query}`;
  if (slash >= 0)
    return { app: trimmed.slice(0, slash).replace(/\/+$/, ''), name: trimmed.slice(slash + 1) + suffix };
  const querySlash = query.lastIndexOf('/');
  if (querySlash < 0) return { app: trimmed + suffix, name: '' };
  return { app: `${trimmed}?${query.slice(0, querySlash)}`, name: query.slice(querySlash + 1) };
}

function parseUserinfo(text: string | undefined): RtmpUrl['userinfo'] {
  if (text === undefined || text === '') return undefined;
  const colon = text.indexOf(':');
  const username = colon < 0 ? text : text.slice(0, colon);
  return { username: decodeOnce(username), password: colon < 0 ? '' : decodeOnce(text.slice(colon + 1)) };
}

function cutQuery(text: string): { path: string; query: string } {
  const mark = text.indexOf('?');
  return mark < 0 ? { path: text, query: '' } : { path: text.slice(0, mark), query: text.slice(mark + 1) };
}

/** Undefined if one is too long. A parameter of a later query replaces those of earlier ones. */
function mergeQueries(...texts: readonly string[]): URLSearchParams | undefined {
  if (texts.some((text) => text.length > MAX_LENGTH)) return undefined;
  const given = texts.filter((text) => text !== '');
  if (given.length < 2) return new URLSearchParams(given[0]);
  const later = new Set<string>();
  const merged: [string, string][][] = [];
  for (const text of given.toReversed()) {
    const query = [...new URLSearchParams(text)];
    merged.unshift(query.filter(([key]) => !later.has(key)));
    for (const [key] of query) later.add(key);
  }
  return new URLSearchParams(merged.flat());
}

function toNameSegments(path: string): string[] {
  return toSegments(path.replace(NAME_PREFIX, ''));
}

function toSegments(path: string): string[] {
  return decodeOnce(path)
    .split('/')
    .filter((segment) => segment !== '');
}

function decodeOnce(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(ENCODED_CHARACTER, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      // An overlong form or a surrogate: not a character, so it stays as it was typed.
      return encoded;
    }
  });
}

/**
 * What keeps a stream from having this name, in words for logs and clients; undefined if nothing does. Names that clients
 * send are checked when their address is parsed; those that plugins give are checked with this.
 */
export function findNameFault(name: string): string | undefined {
  const segments = name.split('/');
  if (segments.includes(''))
    return 'A stream name, and each of its parts between slashes, must not be empty.';
  return findFault(name, segments);
}

function findFault(path: string, segments: readonly string[]): string | undefined {
  if (path.length > MAX_LENGTH) return TOO_LONG;
  if (segments.includes('..') || segments.includes('.'))
    return `"${shorten(path)}" holds "." or ".." as a segment.`;
  if (path.includes('\\')) return `"${shorten(path)}" holds a backslash; use "/".`;
  if (/\p{Cc}|\p{Cs}/u.test(path)) return `${JSON.stringify(shorten(path))} holds a control character.`;
  return undefined;
}

function hidePassword(text: string): string {
  return text.replace(/:\/\/.*@/s, '://***@');
}

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function reject(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
