// What players are told of a file whose metadata is short, and long when it is written.
import { expect, test } from 'vitest';
import { buildFlvHeader } from '../../../core/media/flv/file.ts';
import { buildMetadata, parseMetadata } from '../../../core/media/flv/metadata.ts';
import { buildFlvTag } from '../../../core/media/flv/tag.ts';
import { readFlvOutline } from '../../../plugins/replay/outlines/flv-outline.ts';
import { bomb } from '../../core/media/flv/metadata-bomb.ts';

async function metadataOf(body: Buffer) {
  const head = buildFlvHeader({ video: true, audio: true });
  const file = Buffer.concat([head, buildFlvTag({ type: 'script', timestamp: 0, body })]);
  const readAt = (position: number, length: number) =>
    Promise.resolve(file.subarray(position, position + length));
  return parseMetadata((await readFlvOutline(readAt)).metadata);
}

test.each([14, 25])('is the duration alone where objects would be written 2^%i times', async (levels) => {
  expect({ ...(await metadataOf(bomb(levels))) }).toEqual({ duration: 0 });
});

test('is all that is not about positions in it', async () => {
  const body = buildMetadata({ duration: 9, width: 640, filesize: 100, tags: { title: 'x' } });
  expect(Object.keys((await metadataOf(body))!)).toEqual(['duration', 'width', 'tags']);
});
