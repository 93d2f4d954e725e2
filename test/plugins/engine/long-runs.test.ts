// Streams that are weeks old: FLV has 32 bits of milliseconds, and ffmpeg writes 31 of them.
import type { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Publication, StreamView } from 'livego';
import { buildFlvHeader } from '../../../core/media/flv/file.ts';
import { buildFlvTag } from '../../../core/media/flv/tag.ts';
import { describeVideo, FlvReader, MediaPacket } from 'livego/media';
import { describe, expect, test } from 'vitest';
import { RenditionStreams } from '../../../plugins/engine/jobs/rendition-streams.ts';
import { Feed } from '../../../plugins/engine/run/feed.ts';
import { RunClock } from '../../../plugins/engine/run/run-clock.ts';

const DAY = 24 * 3600 * 1000;
const PICTURE = Buffer.from([0x17, 1, 0, 0, 0, 9]);
const picture = (timestamp: number): MediaPacket =>
  new MediaPacket(describeVideo(PICTURE), timestamp, PICTURE);

describe('the clock of a run', () => {
  test('begins near 0 at a multiple of its step, ten seconds early, and gives the times of the stream back', () => {
    for (const start of [0, 3, 25 * DAY + 1234, 49.8 * DAY, 500 * DAY + 1]) {
      const clock = new RunClock(2000);
      const fed = clock.feed(start);
      expect(fed).toBeLessThan(12_000);
      expect((start - fed) % 2000).toBe(0);
      expect(clock.streamTime(fed)).toBe(start);
      // Audio that lies before the first picture.
      expect(clock.feed(Math.max(0, start - 500))).toBe(Math.max(0, fed - 500));
    }
  });

  test('knows what ffmpeg means when its 31 bits are over', () => {
    const clock = new RunClock(2000);
    const start = 100 * DAY;
    clock.feed(start);
    for (const later of [10 * DAY, 24.8 * DAY, 24.9 * DAY, 39 * DAY]) {
      const fed = clock.feed(start + later);
      // It writes some seconds behind what it is fed.
      expect(clock.streamTime((fed - 3000) % 2 ** 31)).toBe(start + later - 3000);
      expect(clock.isSpent).toBe(false);
    }
    clock.feed(start + 41 * DAY);
    expect(clock.isSpent).toBe(true);
  });
});

test('a program that has run for forty days is followed by another one, from a keyframe on', () => {
  const stream = { expectedTracks: { video: true, audio: false } } as StreamView;
  const spent: number[] = [];
  let at = 0;
  const settings = {
    clock: new RunClock(2000),
    programs: () => 1,
    spent: () => void spent.push(at),
    hold: () => 0,
  };
  const feed = new Feed(stream, new PassThrough(), settings);
  for (at of [0, 39 * DAY, 41 * DAY]) feed.write(picture(at));
  expect(spent).toEqual([41 * DAY]);
});

test('a program is fed from near 0, and its rendition has the times of the stream', async () => {
  const start = 60 * DAY;
  const written: number[] = [];
  const publication = { write: ({ timestamp }: MediaPacket) => void written.push(timestamp) } as Publication;
  const provide = (_: unknown, provider: { start(publication: Publication): void }): object => {
    provider.start(publication);
    return { end: () => {} };
  };
  const services = { options: { renditions: [{ name: 'low' }] }, context: { provide } } as never;
  const stream = {
    name: 'movie',
    app: 'live',
    displayKey: 'live/movie',
    expectedTracks: { video: true, audio: false },
  } as StreamView;
  const [input, output] = [new PassThrough(), new PassThrough()];
  const child = { output: (descriptor: number) => (descriptor === 4 ? output : new PassThrough()) } as never;
  const clock = new RunClock(2000);
  new RenditionStreams(stream, services, []).started({ child, clock }, () => {});
  const feed = new Feed(stream, input, { clock, programs: () => 1, spent: () => {}, hold: () => 0 });
  for (const at of [start, start + 40]) feed.write(picture(at));
  feed.flush();
  const tags = new FlvReader().push(readAll(input));
  expect(tags[0]!.timestamp).toBeLessThan(12_000);
  output.write(buildFlvHeader({ video: true, audio: false }));
  for (const { type, timestamp, body } of tags) output.write(buildFlvTag({ type, timestamp, body }));
  await once(output, () => written.length === 2);
  expect(written).toEqual([start, start + 40]);
});

/** Everything that waits there. Since Node 26 `read()` gives one piece at a time. */
function readAll(stream: PassThrough): Buffer {
  const pieces: Buffer[] = [];
  for (let piece: unknown; (piece = stream.read()) !== null;) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** Resolves when the condition holds, asked after each piece that passes. */
async function once(stream: EventEmitter, holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => void stream.once('data', resolve));
}
