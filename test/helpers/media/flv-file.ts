// FLV files for tests: all tags at once.
import { readFileSync } from 'node:fs';
import type { FlvHeader } from '../../../core/media/flv/file.ts';
import { FlvReader } from '../../../core/media/flv/tag-reader.ts';
import type { FlvTag } from '../../../core/media/flv/tag.ts';

export interface FlvFile {
  readonly header: FlvHeader;
  readonly tags: readonly FlvTag[];
}

/** Takes a path or the file's bytes. Throws LVG_FLV if it is not FLV. */
export function readFlvFile(file: string | Buffer): FlvFile {
  const reader = new FlvReader();
  const tags = reader.push(typeof file === 'string' ? readFileSync(file) : file);
  if (reader.header === undefined) throw new Error('The file ends within the FLV header.');
  return { header: reader.header, tags };
}
