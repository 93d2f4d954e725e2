import { expect, test } from 'vitest';
import { SegmentMuxer, TIMESTAMP_OFFSET } from '../../../../core/media/mpegts/index.ts';
import type { MediaPacket } from '../../../../core/media/packet.ts';
import * as flv from './flv-packets.ts';
import { avcc, aacFrame, aacHeader, PPS, slice, SPS, videoFrame, videoHeader } from './flv-packets.ts';
import { aacRun, AUD, IDR, INTER, mux, ticks, units } from './muxer-kit.ts';
import { parseTransportStream, type Continuity } from './transport-stream.ts';

test('counters continue, and the map keeps its version until it changes', () => {
  const muxer = new SegmentMuxer();
  const seen: Continuity = new Map();
  const versions: number[] = [];
  const picture = (at: number): MediaPacket[] => [videoFrame(at, avcc([IDR]), { keyframe: true })];
  const both = (at: number): MediaPacket[] => [...picture(at), ...aacRun(at, 20)];
  versions.push(mux([videoHeader(), ...picture(0)], muxer, seen).pmtVersion);
  versions.push(mux(picture(1000), muxer, seen).pmtVersion);
  versions.push(mux([aacHeader(), ...both(2000)], muxer, seen).pmtVersion);
  versions.push(mux(both(3000), muxer, seen).pmtVersion);
  // Sound pauses: it stays in the map.
  versions.push(mux(picture(4000), muxer, seen).pmtVersion);
  expect(versions).toEqual([0, 0, 1, 1, 1]);
  expect(muxer.cut()).toBeUndefined();
});

test('a discontinuity is marked in the stream, times may start anywhere, and tracks start again', () => {
  const muxer = new SegmentMuxer();
  const seen: Continuity = new Map();
  for (const packet of [videoHeader(), aacHeader(), videoFrame(500_000, avcc([IDR]), { keyframe: true })]) {
    muxer.push(packet);
  }
  for (const packet of aacRun(500_000, 5)) muxer.push(packet);
  const before = parseTransportStream(muxer.cut('discontinuity')!, seen);
  const after = mux(aacRun(100, 5), muxer, seen);
  expect(before.pcrs.some(({ discontinuity }) => discontinuity)).toBe(false);
  expect(after.pcrs[0]).toMatchObject({ pid: 0x101, discontinuity: true, value: ticks(100 - 700) });
  expect(after.pcrs.filter(({ discontinuity }) => discontinuity)).toHaveLength(1);
  expect(after.pmtVersion).toBe(1);
  expect(after.pes[0]?.pts).toBe(ticks(100));
});

test('the clock is never more than 100 ms behind itself, at any frame rate', () => {
  for (const interval of [16, 40, 99, 250, 1000, 5000]) {
    const frames = Array.from({ length: 8 }, (_, index) =>
      videoFrame(index * interval, avcc([index === 0 ? IDR : INTER]), { keyframe: index === 0 }),
    );
    const { pcrs } = mux([videoHeader(), ...frames]);
    expect(pcrs[0]?.value).toBe(ticks(-700));
    expect(pcrs.at(-1)?.value).toBe(ticks(7 * interval - 700));
    for (const [index, { value }] of pcrs.slice(1).entries()) {
      const step = Number(value - pcrs[index]!.value);
      expect(step > 0 && step <= 9000).toBe(true);
    }
  }
});

test('times go through the end of 33 bits as if nothing had happened', () => {
  const wrap = 2 ** 33 / 90;
  const start = Math.floor(wrap) - 10_000 - 40;
  const parsed = mux([
    videoHeader(),
    ...[0, 40, 80].map((at) => videoFrame(start + at, avcc([IDR]), { keyframe: true })),
  ]);
  expect(parsed.pes.map(({ pts }) => pts)).toEqual(
    [0, 40, 80].map((at) => BigInt((start + at) * 90 + TIMESTAMP_OFFSET) % (1n << 33n)),
  );
  expect(parsed.pes[2]!.pts).toBeLessThan(10_000n);
});

test('a segment is never larger than its limit, and frames beyond it are counted', () => {
  const muxer = new SegmentMuxer({ maxSegmentBytes: 100_000 });
  muxer.push(videoHeader());
  for (let index = 0; index < 1000; index++) {
    muxer.push(videoFrame(index * 40, avcc([slice(0x65, 900)]), { keyframe: true }));
  }
  const segment = muxer.cut()!;
  expect(segment.length).toBeLessThanOrEqual(100_000);
  expect(parseTransportStream(segment).pes.length + muxer.dropped).toBe(1000);
});

test('frames that a transport stream cannot carry are counted, and malformed headers change nothing', () => {
  const muxer = new SegmentMuxer();
  muxer.push(videoFrame(0, avcc([IDR]), { keyframe: true }));
  muxer.push(aacFrame(0, IDR));
  muxer.push(flv.enhancedAudio(0, 'Opus', IDR));
  expect(muxer.dropped).toBe(3);
  expect(muxer.cut()).toBeUndefined();
  muxer.push(videoHeader());
  expect(() => muxer.push(videoHeader(Buffer.from([1, 100])))).toThrow(/AVCDecoderConfigurationRecord/);
  expect(units(mux([videoFrame(0, avcc([IDR]), { keyframe: true })], muxer))).toEqual([[AUD, SPS, PPS, IDR]]);
});
