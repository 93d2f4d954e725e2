// Publishers whose timestamps are not as they should be: their viewers' playlists are as if they were.
import { describe, expect, test } from 'vitest';
import {
  aacFrame,
  aacHeader,
  avcRecord,
  slice,
  video,
  videoFrame,
  videoHeader,
} from '../../core/media/mpegts/flv-packets.ts';
import type { MediaPacket } from '../../../core/media/packet.ts';
import { startHls, uris } from './hls-kit.ts';

const SOUND = slice(0x21, 90);

function picture(at: number, keyframe: boolean): MediaPacket {
  const unit = slice(keyframe ? 0x65 : 0x41, 90);
  // It is the first slice of its picture: first_mb_in_slice is 0.
  unit[1] = 0x88;
  return videoFrame(at, Buffer.concat([Buffer.of(0, 0, 0, 90), unit]), { keyframe });
}

interface Script {
  readonly seconds: number;
  readonly video?: (at: number) => number | undefined;
  readonly audio?: (at: number) => number | undefined;
  /** Packets that come before the pictures of these times. */
  readonly before?: Readonly<Record<number, readonly MediaPacket[]>>;
}

/** 25 pictures a second, a keyframe each second, sound beside them; both at the times that the script says, if at any. */
function* packets({ seconds, video: seen, audio: heard, before = {} }: Script): Generator<MediaPacket> {
  for (let at = 0; at < seconds * 1000; at += 40) {
    yield* before[at] ?? [];
    const pictureTime = seen ? seen(at) : at;
    if (pictureTime !== undefined) yield picture(pictureTime, at % 1000 === 0);
    const soundTime = heard ? heard(at) : at + 15;
    if (soundTime !== undefined) yield aacFrame(soundTime, SOUND);
  }
}

/** The durations of the segments, and the tags that stand in front of them. */
async function playlist(script: Script, headers = [videoHeader(), aacHeader()]) {
  const hls = await startHls({ playlistSegments: 100 });
  const publisher = await hls.publish();
  publisher.send(...headers, ...packets(script));
  const { url } = await hls.media();
  publisher.leave(true);
  const text = (await hls.get(url)).body;
  return {
    durations: [...text.matchAll(/#EXTINF:([\d.]+)/g)].map(([, seconds]) => Number(seconds)),
    discontinuities: text.match(/#EXT-X-DISCONTINUITY\n/g)?.length ?? 0,
    segments: uris(text).length,
    breaks: text
      .split('#EXTINF')
      .slice(0, -1)
      .map((lines) => lines.includes('#EXT-X-DISCONTINUITY\n')),
    warnings: hls.test.log.filter(({ level }) => level >= 40).map(({ msg }) => msg),
  };
}

const seconds = 10;

test.each([15_000, 40_000, -15_000])(
  'no discontinuity, and five segments, for a stream whose sound is %i ms ahead',
  async (ahead) => {
    const base = 100_000;
    const { durations, discontinuities, warnings } = await playlist({
      seconds,
      video: (at) => base + at,
      audio: (at) => base + at + ahead,
    });
    expect(discontinuities).toBe(0);
    expect(durations.slice(0, 4)).toEqual([2, 2, 2, 2]);
    expect(durations).toHaveLength(5);
    expect(warnings).toHaveLength(1);
  },
);

test.each([
  ['end of sequence', '1702000000'],
  ['empty configuration', '1700000000'],
])('no discontinuity, and five segments, for a stream with an %s at 0 in the middle', async (_, bytes) => {
  const result = await playlist({ seconds, before: { 5000: [video(0, Buffer.from(bytes, 'hex'))] } });
  expect(result).toMatchObject({ discontinuities: 0, segments: 5, warnings: [] });
  expect(result.durations.slice(0, 4)).toEqual([2, 2, 2, 2]);
});

test('no discontinuity, and five segments, for a stream whose first packets are at 0, and the others from 40 s on', async () => {
  const result = await playlist({
    seconds,
    video: (at) => (at < 80 ? 0 : at + 40_000),
    audio: (at) => (at < 80 ? 0 : at + 40_015),
  });
  expect(result).toMatchObject({ discontinuities: 0, segments: 5, warnings: [] });
});

test('no discontinuity, and five segments, for a stream with packets 300 ms, 5 s and an hour off, in both tracks', async () => {
  const off: Readonly<Record<number, number>> = { 2200: -300, 3440: 5000, 5240: 3_600_000, 5280: -5000 };
  const result = await playlist({
    seconds,
    video: (at) => at + 4_000_000 + (off[at] ?? 0),
    audio: (at) => at + 4_000_015 + (off[at - 400] ?? 0),
  });
  expect(result).toMatchObject({ discontinuities: 0, segments: 5, warnings: [] });
  expect(result.durations.slice(0, 4)).toEqual([2, 2, 2, 2]);
});

test('no discontinuity, and five segments, for a stream that repeats its configuration with other bytes around it at each keyframe', async () => {
  const again = video(0, Buffer.concat([Buffer.from('1700000028', 'hex'), avcRecord()]));
  const sound = aacHeader(Buffer.from('119056e500', 'hex'));
  const before = Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((at) => [at * 1000, [again, sound]]));
  expect(await playlist({ seconds, before })).toMatchObject({ discontinuities: 0, segments: 5 });
});
describe('without a discontinuity plays a stream', () => {
  test('whose sound pauses for 12 s', async () => {
    const audio = (at: number): number | undefined => (at < 4400 || at >= 16_400 ? at + 15 : undefined);
    expect(await playlist({ seconds: 20, audio })).toMatchObject({ discontinuities: 0, segments: 10 });
  });

  test('that sends one picture in 12 s beside its sound', async () => {
    const pictures = (at: number): number | undefined => (at < 4400 || at >= 16_000 ? at : undefined);
    const { discontinuities, durations } = await playlist({ seconds: 20, video: pictures });
    expect(discontinuities).toBe(0);
    expect(durations.reduce((sum, each) => sum + each, 0)).toBeCloseTo(20, 0);
  });

  test('whose announced sound comes after 8 s', async () => {
    const audio = (at: number): number | undefined => (at >= 8000 ? at + 15 : undefined);
    expect(await playlist({ seconds: 14, audio })).toMatchObject({ discontinuities: 0, segments: 7 });
  });
});

describe('a track that joins', () => {
  test('stands behind a discontinuity, from its first segment on', async () => {
    const audio = (at: number): number | undefined => (at >= 8040 ? at + 15 : undefined);
    const header = aacHeader(Buffer.from('1388', 'hex'));
    const { breaks } = await playlist({ seconds: 14, audio, before: { 8040: [header] } }, [videoHeader()]);
    expect(breaks).toEqual([false, false, false, false, false, true, false, false]);
  });
});

test('BANDWIDTH is that of the stream, not of a last segment of 40 ms', async () => {
  const hls = await startHls({ playlistSegments: 100 });
  const publisher = await hls.publish();
  publisher.send(videoHeader(), aacHeader(), ...packets({ seconds: 4 }), picture(4000, true));
  const { url } = await hls.media();
  publisher.leave(true);
  expect(uris((await hls.get(url)).body)).toHaveLength(3);
  const { body } = await hls.get('/live/movie.m3u8');
  const [, peak, average] = /BANDWIDTH=(\d+),AVERAGE-BANDWIDTH=(\d+)/.exec(body)!;
  expect(Number(peak) / Number(average)).toBeLessThan(1.1);
});
