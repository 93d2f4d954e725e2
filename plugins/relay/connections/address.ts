// Addresses of peers: templates, parts, and the form that may be shown.
import { parseRtmpUrl } from 'livego/rtmp';

export type AddressScheme = 'rtmp' | 'rtmps' | 'http' | 'https' | 'ws' | 'wss';

export interface RelayAddress {
  readonly scheme: AddressScheme;
  /** Complete, with every secret. */
  readonly url: string;
  /** For logs, lists and metrics: without passwords, queries and stream keys. */
  readonly label: string;
  /** What peers may repeat in their answers, and must not be shown. */
  readonly secrets: readonly string[];
}

export interface StreamPlace {
  readonly app: string;
  readonly name: string;
}

const SCHEME = /^(rtmps?|https?|wss?):\/\/[^/?#]/i;

/** What is wrong with a template; undefined if nothing is. */
export function findFault(template: string, use: 'push' | 'pull'): string | undefined {
  if (use === 'push' && !/^rtmps?:\/\//i.test(template))
    return 'a stream is pushed to an rtmp:// or rtmps:// address';
  if (!SCHEME.test(template)) return 'the address begins with rtmp, rtmps, http, https, ws or wss, and "://"';
  const filled = fillTemplate(template, { app: 'app', name: 'name' });
  const parsed = isRtmp(filled) ? parseRtmpUrl(filled) : undefined;
  if (parsed) return parsed.ok ? undefined : parsed.reason;
  return URL.canParse(filled) ? undefined : 'the address is not a URL';
}

/**
 * Puts the stream into a template. `{app}` and `{name}` stand for its parts. An address that ends in "/", or an RTMP
 * address that names an application alone, gets the stream's name at its end.
 */
export function fillTemplate(template: string, { app, name }: StreamPlace): string {
  const web = !isRtmp(template);
  const put = (text: string): string => (web ? text.split('/').map(encodeURIComponent).join('/') : text);
  const text = template.trim();
  const filled = text.replaceAll('{app}', () => put(app)).replaceAll('{name}', () => put(name));
  if (text.includes('{name}')) return filled;
  const [path, query] = splitOnce(filled, '?');
  const segments = path
    .replace(/^\w+:\/\//, '')
    .split('/')
    .slice(1);
  const namesStream = web || segments.filter((segment) => segment !== '').length > 1;
  if (namesStream && !path.endsWith('/')) return filled;
  return `${path.replace(/\/+$/, '')}/${put(name)}${query === undefined ? '' : `?${query}`}`;
}

/**
 * Reads a complete URL; undefined if it is none.
 * @param shown - a stream's name that may be shown at the end of the address; any other is taken for a key
 */
export function parseAddress(url: string, shown?: string): RelayAddress | undefined {
  const scheme = SCHEME.exec(url)?.[1]?.toLowerCase() as AddressScheme | undefined;
  if (scheme === undefined) return undefined;
  if (isRtmp(url)) {
    const parsed = parseRtmpUrl(url);
    if (!parsed.ok) return undefined;
    const host = url
      .replace(/^\w+:\/\//, '')
      .split('/')[0]!
      .replace(/^.*@/, '');
    const [app] = splitOnce(parsed.app, '?');
    const [name] = splitOnce(parsed.name, '?');
    const key = shown === undefined || shown.endsWith(name) ? name : '***';
    const secrets = secretsOf(parsed.userinfo?.password, parsed.query, key === name ? undefined : name);
    return { scheme, url, secrets, label: `${scheme}://${host}/${app}/${key}${hiddenQuery(url)}` };
  }
  if (!URL.canParse(url)) return undefined;
  const { host, pathname, password, searchParams } = new URL(url);
  const secrets = secretsOf(decoded(password), searchParams);
  return { scheme, url, secrets, label: `${scheme}://${host}${pathname}${hiddenQuery(url)}` };
}

/**
 * Where a peer sends its client: `target` is absolute, or relative to the present address. RTMP peers name a tcUrl, which
 * has no stream: then the present one's is kept.
 */
export function redirectAddress(present: RelayAddress, target: string): RelayAddress | undefined {
  const address = resolveRedirect(present, target);
  if (!address) return undefined;
  const secrets = [...present.secrets, ...address.secrets];
  return { ...address, secrets, label: hideSecrets(address.label, present) };
}

function resolveRedirect(present: RelayAddress, target: string): RelayAddress | undefined {
  if (!isRtmp(present.url))
    return URL.canParse(target, present.url)
      ? parseAddress(new URL(target, present.url).href, undefined)
      : undefined;
  const from = parseRtmpUrl(present.url);
  if (!from.ok) return undefined;
  const authority = /^\w+:\/\/[^/]*/.exec(present.url)![0];
  const absolute = /^rtmps?:\/\//i.test(target)
    ? target
    : `${authority.replace(/\/\/.*@/, '//')}/${target.replace(/^\/+/, '')}`;
  const [base] = splitOnce(absolute, '?');
  const segments = base
    .replace(/^\w+:\/\//, '')
    .split('/')
    .slice(1);
  const app = segments.filter((segment) => segment !== '').length === 0 ? `/${from.app}` : '';
  return parseAddress(
    `${base.replace(/\/+$/, '')}${app}/${from.name}`,
    present.label.endsWith('***') ? '' : undefined,
  );
}

/** Adds parameters to the query of an address. */
export function addQuery(address: RelayAddress, query: URLSearchParams): RelayAddress {
  if (query.size === 0) return address;
  const mark = address.url.includes('?') ? '&' : '?';
  const label = address.label.includes('?') ? address.label : `${address.label}?***`;
  const secrets = [...address.secrets, ...secretsOf(undefined, query)];
  return { ...address, url: `${address.url}${mark}${query.toString()}`, label, secrets };
}

/** The address of a stream whose name may be a secret. */
export function hideName(address: RelayAddress, name: string): RelayAddress {
  const names = [name, encodeURIComponent(name)];
  const hidden = { ...address, secrets: [...address.secrets, ...names] };
  return { ...hidden, label: hideSecrets(address.label, { ...address, secrets: names }) };
}

/** A text that a peer may have written, without the secrets of its address. */
export function hideSecrets(text: string, { secrets }: RelayAddress): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
}

function isRtmp(url: string): boolean {
  return /^\s*rtmps?:/i.test(url);
}

// One or two characters guard nothing, and to hide them would spoil every text.
const MIN_SECRET_LENGTH = 3;

function secretsOf(password: string | undefined, query: URLSearchParams, key?: string): readonly string[] {
  const all = [password, key, ...query.values()].filter((each) => each !== undefined);
  return all
    .filter(({ length }) => length >= MIN_SECRET_LENGTH)
    .toSorted((one, other) => other.length - one.length);
}

/** As it is where it holds a "%" that stands for nothing. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function hiddenQuery(url: string): string {
  return url.includes('?') ? '?***' : '';
}

function splitOnce(text: string, mark: string): readonly [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
