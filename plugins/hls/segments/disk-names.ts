// Names of streams that can be names of folders. In the directory of HLS, PATH/APP/NAME.m3u8 and PATH/APP/NAME/12.ts share
// their names with streams: one that is called "movie.m3u8", or "movie/12.ts", would stand in the place of another's files.

import { isDeviceName } from 'livego/files';

const LIKE_OUR_FILES = /\.(?:m3u8|ts|key)$/i;
/** Windows forbids these characters and ends. */
const FORBIDDEN = /[<>:"\\|?*\p{Cc}]|[. ]$/u;
const MAX_BYTES = 200;

/** Why the files of a stream cannot be written; undefined if they can. @param key - APP/NAME */
export function findDiskNameFault(key: string): string | undefined {
  for (const part of key.split('/')) {
    if (LIKE_OUR_FILES.test(part)) return `"${part}" looks like a file of another stream`;
    if (part.startsWith('.') || isDeviceName(part) || FORBIDDEN.test(part))
      return `${JSON.stringify(part)} is no name of a folder everywhere`;
    if (Buffer.byteLength(part) > MAX_BYTES) return `a part of its name is longer than ${MAX_BYTES} bytes`;
  }
  return undefined;
}
