// The URLs of HLS.
//
//   /APP/NAME.m3u8                    the entry: a master playlist, without sessions the media playlist
//   /APP/NAME/~TOKEN/index.m3u8       a session's media playlist; with …/NUMBER.ts and …/NUMBER.key beside it
//   /APP/NAME/NUMBER.ts and .key      open: the same for all viewers
//
// Names may hold slashes. No two URLs collide: numbers never come twice, and playlists of names end in .m3u8 alone.

export interface NumberedFile {
  readonly kind: 'segment' | 'key';
  readonly number: number;
}

/** `stream` is the path of the stream, encoded as the request has it: /APP/NAME */
export type HlsUrl =
  | { readonly kind: 'entry'; readonly stream: string }
  | { readonly kind: 'session'; readonly stream: string; readonly token: string; readonly file: SessionFile }
  | { readonly kind: 'open'; readonly stream: string; readonly file: NumberedFile };

export type SessionFile = { readonly kind: 'playlist' } | NumberedFile;

const SESSION = /^(\/.+)\/~([\w-]{22})\/(?:index\.m3u8|(\d{1,15})\.(ts|key))$/i;
const OPEN = /^(\/.+)\/(\d{1,15})\.(ts|key)$/i;
const ENTRY = /^(\/.+)\.m3u8$/i;

/** Reads the path of a URL, without its query; undefined when it is none of ours. */
export function parseHlsPath(path: string): HlsUrl | undefined {
  const session = SESSION.exec(path);
  if (session) {
    const [, stream = '', token = '', number, extension] = session;
    const file: SessionFile = number === undefined ? { kind: 'playlist' } : numberedFile(number, extension);
    return { kind: 'session', stream, token, file };
  }
  const open = OPEN.exec(path);
  if (open) return { kind: 'open', stream: open[1]!, file: numberedFile(open[2]!, open[3]) };
  const entry = ENTRY.exec(path);
  return entry ? { kind: 'entry', stream: entry[1]! } : undefined;
}

/** The media playlist of a session, relative to /APP/NAME.m3u8. `query` has no question mark. */
export function buildSessionUri(stream: string, token: string, query: string): string {
  return `${lastSegment(stream)}/~${token}/index.m3u8${query === '' ? '' : `?${query}`}`;
}

/** The media playlist without a session, relative to the same. */
export function buildPlainUri(stream: string, query: string): string {
  return `${lastSegment(stream)}.m3u8${query === '' ? '' : `?${query}`}`;
}

function numberedFile(number: string, extension: string | undefined): NumberedFile {
  return { kind: extension?.toLowerCase() === 'key' ? 'key' : 'segment', number: Number(number) };
}

/** Encoded again: what a client sent may hold characters that a playlist must not. */
function lastSegment(stream: string): string {
  const last = stream.slice(stream.lastIndexOf('/') + 1);
  return encodeURIComponent(decodeTolerantly(last));
}

function decodeTolerantly(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // It is not an encoding, so it stands for itself.
    return text;
  }
}
