// More than an hour of a stream, as a viewer has it at the end.
import { expect, test } from 'vitest';
import {
  aacFrame,
  aacHeader,
  avcc,
  slice,
  videoFrame,
  videoHeader,
} from '../../core/media/mpegts/flv-packets.ts';
import { parseTransportStream } from '../../core/media/mpegts/transport-stream.ts';
import { numbers, resolve, startHls, uris, type HlsServer } from './hls-kit.ts';

const RATE = 44_100;
/** Segments of 2 s after which frames of 1024 samples start at the same place again: 15 times 256 s. */
const SEGMENTS = 15 * 128;

interface Beginning {
  readonly number: number;
  /** In ticks of 90 kHz. */
  readonly picture: number;
  readonly sound: number;
}

async function readNewest(hls: HlsServer): Promise<Beginning> {
  const { url, text } = await hls.media();
  expect(text).not.toContain('#EXT-X-DISCONTINUITY');
  expect(new Set(text.match(/^#EXTINF:.*$/gm))).toEqual(new Set(['#EXTINF:2.000,']));
  const segment = await hls.get(resolve(url, uris(text).at(-1)!));
  const { pes } = parseTransportStream(segment.rawPayload);
  const first = (streamId: number): number => Number(pes.find((each) => each.streamId === streamId)!.pts);
  return { number: numbers(text).at(-1)!, picture: first(0xe0), sound: first(0xc0) };
}

test('sound and picture are as far apart as at the beginning, and nothing is missing', async () => {
  const hls = await startHls();
  const publisher = await hls.publish();
  // 1024 samples are no whole number of milliseconds, and the source rounds.
  publisher.send(videoHeader(), aacHeader(Buffer.from('1210', 'hex')));
  const [key, picture, sound] = [avcc([slice(0x65, 40)]), avcc([slice(0x41, 40)]), slice(0x21, 30)];
  let sounds = 0;
  const publishUntil = (end: number): void => {
    for (; publisher.time < end; publisher.time += 40) {
      const keyframe = publisher.time % 1000 === 0;
      publisher.send(videoFrame(publisher.time, keyframe ? key : picture, { keyframe }));
      for (; (sounds * 1024_000) / RATE < publisher.time + 40; sounds++)
        publisher.send(aacFrame(Math.round((sounds * 1024_000) / RATE), sound));
    }
  };
  publishUntil(8040);
  const start = await readNewest(hls);
  publishUntil(8040 + SEGMENTS * 2000);
  const end = await readNewest(hls);
  expect(end.number - start.number).toBe(SEGMENTS);
  expect(end.picture - start.picture).toBe(SEGMENTS * 2 * 90_000);
  // The source's own rounding to milliseconds is the same again, too.
  expect(Math.abs(end.sound - end.picture - (start.sound - start.picture))).toBeLessThanOrEqual(1);
});
