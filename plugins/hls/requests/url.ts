// The URLs of HLS.
//
//   /APP/NAME.m3u8                    where players begin: a master playlist, without sessions the media playlist
//   /APP/NAME/~TOKEN/index.m3u8       a viewer's media playlist; with …/NUMBER.ts and …/NUMBER.key beside it
//   /APP/NAME/NUMBER.ts and .key      the same for everybody
//
// Names may hold slashes. No two of them meet: numbers never come again, and playlists of names end in .m3u8 alone.

export type HlsUrl = {
  /** Path of the stream, encoded as it came: /APP/NAME */
  readonly stream: string;
  readonly token: string | undefined;
} & ({ readonly file: 'playlist' } | { readonly file: 'segment' | 'key'; readonly number: number });

const IN_SESSION = /^(\/.+)\/~([\w-]{22})\/(?:index\.m3u8|(\d{1,15})\.(ts|key))$/i;
const NUMBERED = /^(\/.+)\/(\d{1,15})\.(ts|key)$/i;
const PLAYLIST = /^(\/.+)\.m3u8$/i;

/** Reads the path of a URL, query left out; undefined when it is none of ours. */
export function parseHlsPath(path: string): HlsUrl | undefined {
  const session = IN_SESSION.exec(path);
  if (session) return describe(session[1]!, session[2], session[3], session[4]);
  const numbered = NUMBERED.exec(path);
  if (numbered) return describe(numbered[1]!, undefined, numbered[2], numbered[3]);
  const playlist = PLAYLIST.exec(path);
  return playlist ? { stream: playlist[1]!, token: undefined, file: 'playlist' } : undefined;
}

/** The media playlist of a viewer, relative to /APP/NAME.m3u8. `query` has no question mark. */
export function buildSessionUri(stream: string, token: string, query: string): string {
  return `${lastSegment(stream)}/~${token}/index.m3u8${query === '' ? '' : `?${query}`}`;
}

/** The media playlist without a session, relative to the same. */
export function buildPlainUri(stream: string, query: string): string {
  return `${lastSegment(stream)}.m3u8${query === '' ? '' : `?${query}`}`;
}

function describe(
  stream: string,
  token: string | undefined,
  number: string | undefined,
  extension: string | undefined,
): HlsUrl {
  if (number === undefined) return { stream, token, file: 'playlist' };
  return {
    stream,
    token,
    file: extension?.toLowerCase() === 'key' ? 'key' : 'segment',
    number: Number(number),
  };
}

/** Encoded anew: what a client sent may hold what a playlist must not. */
function lastSegment(stream: string): string {
  const last = stream.slice(stream.lastIndexOf('/') + 1);
  return encodeURIComponent(decodeTolerantly(last));
}

function decodeTolerantly(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not an encoding, so it stands for itself.
    return text;
  }
}
