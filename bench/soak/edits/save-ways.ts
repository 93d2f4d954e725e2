// The ways in which editors save a file.

import { renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export const WAYS = [
  'in place',
  'rename',
  'unlink and create',
  'in two pieces',
  'backup and create',
] as const;
export type Way = (typeof WAYS)[number];

/** Resolves when the last byte is in place. */
export async function saveAs(file: string, text: string, way: Way): Promise<void> {
  switch (way) {
    case 'rename':
      writeFileSync(`${file}~`, text);
      renameSync(`${file}~`, file);
      break;
    case 'unlink and create':
      unlinkSync(file);
      writeFileSync(file, text);
      break;
    case 'in two pieces':
      writeFileSync(file, text.slice(0, text.length / 2));
      await sleep(10);
      writeFileSync(file, text);
      break;
    case 'backup and create':
      renameSync(file, `${file}.bak`);
      writeFileSync(file, text);
      break;
    default:
      writeFileSync(file, text);
  }
}
