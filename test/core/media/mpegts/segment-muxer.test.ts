import { describe, expect, test } from 'vitest';
import { SegmentMuxer, TIMESTAMP_OFFSET } from '../../../../core/media/mpegts/index.ts';
import type { MediaPacket } from '../../../../core/media/packet.ts';
import * as flv from './flv-packets.ts';
import { avcc, aacFrame, aacHeader, PPS, slice, SPS, videoFrame, videoHeader } from './flv-packets.ts';
import {
  parseTransportStream,
  splitByteStream,
  type Continuity,
  type ParsedStream,
} from './transport-stream.ts';

const AUD = Buffer.from([0x09, 0xf0]);
const IDR = slice(0x65, 700);
const INTER = slice(0x41, 300);

function mux(packets: readonly MediaPacket[], muxer = new SegmentMuxer(), seen?: Continuity): ParsedStream {
  for (const packet of packets) muxer.push(packet);
  const segment = muxer.cut();
  expect(segment).toBeDefined();
  return parseTransportStream(segment!, seen);
}

function ticks(milliseconds: number): bigint {
  return BigInt(milliseconds * 90 + TIMESTAMP_OFFSET);
}

function units(parsed: ParsedStream): Buffer[][] {
  return parsed.pes.filter(({ pid }) => pid === 0x100).map(({ payload }) => splitByteStream(payload));
}

/** Audio frames of 1024 samples at 48 kHz from `start` on, with the timestamps that FLV has for them. */
function aacRun(start: number, count: number, form: 'legacy' | 'enhanced' = 'legacy'): MediaPacket[] {
  return Array.from({ length: count }, (_, index) =>
    aacFrame(start + Math.floor((index * 1024) / 48), slice(0x21, 200 + index), form),
  );
}

describe('video in a segment', () => {
  test('each access unit begins with a delimiter, and each keyframe with its parameter sets', () => {
    const parsed = mux([
      videoHeader(),
      videoFrame(0, avcc([IDR]), { keyframe: true }),
      videoFrame(40, avcc([INTER, slice(0x41, 20)])),
      videoFrame(80, avcc([IDR]), { keyframe: true }),
    ]);
    expect(units(parsed)).toEqual([
      [AUD, SPS, PPS, IDR],
      [AUD, INTER, slice(0x41, 20)],
      [AUD, SPS, PPS, IDR],
    ]);
    expect(parsed.pes.map(({ randomAccess }) => randomAccess)).toEqual([true, false, true]);
    expect(parsed.pcrPid).toBe(0x100);
    expect(parsed.streams).toEqual([{ type: 0x1b, pid: 0x100, descriptors: '' }]);
  });

  test('what the source has put into the access unit itself is not there twice', () => {
    const own = Buffer.from([0x09, 0x10]);
    const otherPps = Buffer.from('68ebe3cb22c1', 'hex');
    const parsed = mux([
      videoHeader(),
      videoFrame(0, avcc([SPS, PPS, IDR]), { keyframe: true }),
      videoFrame(40, avcc([own, IDR]), { keyframe: true }),
      videoFrame(80, avcc([own, SPS, IDR]), { keyframe: true }),
      videoFrame(120, avcc([SPS, otherPps, IDR]), { keyframe: true }),
      videoFrame(160, avcc([own, INTER])),
    ]);
    expect(units(parsed)).toEqual([
      [AUD, SPS, PPS, IDR],
      [own, SPS, PPS, IDR],
      [own, SPS, PPS, IDR],
      [AUD, SPS, otherPps, IDR],
      [own, INTER],
    ]);
  });

  test('lengths of one, two and four bytes are read, empty and damaged NAL units left out', () => {
    for (const lengthSize of [1, 2, 4]) {
      const damaged = Buffer.concat([
        avcc([slice(0x65, 90), Buffer.alloc(0), slice(0x65, 50)], lengthSize),
        Buffer.from([0x7f]),
      ]);
      const parsed = mux([
        videoHeader(flv.avcRecord(lengthSize)),
        videoFrame(0, damaged, { keyframe: true }),
      ]);
      expect(units(parsed)).toEqual([[AUD, SPS, PPS, slice(0x65, 90), slice(0x65, 50)]]);
    }
  });

  test('legacy and Enhanced RTMP messages give the same bytes', () => {
    const segments = (['legacy', 'coded-frames', 'coded-frames-x'] as const).map((form) => {
      const muxer = new SegmentMuxer();
      const audio = form === 'legacy' ? 'legacy' : 'enhanced';
      for (const packet of [
        videoHeader(flv.avcRecord(), { form }),
        aacHeader(flv.AAC_CONFIG, audio),
        videoFrame(0, avcc([IDR]), { keyframe: true, form }),
        ...aacRun(0, 10, audio),
        videoFrame(40, avcc([INTER]), { form }),
      ]) {
        muxer.push(packet);
      }
      expect(muxer.dropped).toBe(0);
      return muxer.cut();
    });
    expect(segments[1]).toEqual(segments[0]);
    expect(segments[2]).toEqual(segments[0]);
  });

  test('frames presented in another order keep both of their times', () => {
    const times = [
      [0, 80],
      [40, 160],
      [80, 0],
      [120, 0],
    ] as const;
    const parsed = mux([
      videoHeader(),
      ...times.map(([dts, compositionTime], index) =>
        videoFrame(dts, avcc([index === 0 ? IDR : INTER]), { keyframe: index === 0, compositionTime }),
      ),
    ]);
    expect(parsed.pes.map(({ pts, dts }) => [pts, dts])).toEqual(
      times.map(([dts, composition]) => [ticks(dts + composition), ticks(dts)]),
    );
  });

  test('negative composition times keep their presentation, decoding comes earlier and never runs back', () => {
    const times = [
      [0, 0],
      [40, 80],
      [80, -40],
      [120, -40],
      [160, 0],
      [200, 80],
      [240, -40],
      [280, -40],
    ] as const;
    const parsed = mux([
      videoHeader(),
      ...times.map(([dts, compositionTime], index) =>
        videoFrame(dts, avcc([index === 0 ? IDR : INTER]), { keyframe: index === 0, compositionTime }),
      ),
    ]);
    let last = -1n;
    for (const [index, { pts, dts }] of parsed.pes.entries()) {
      const [decoding, composition] = times[index]!;
      expect(dts).toBeGreaterThan(last);
      expect(pts).toBeGreaterThanOrEqual(dts);
      // One tick at the very picture that shows that the source reorders this way.
      expect(Number(pts - ticks(decoding + composition))).toBeLessThanOrEqual(index === 2 ? 1 : 0);
      last = dts;
    }
  });

  test('a frame of more than 65,535 bytes leaves its length out, a smaller one states it', () => {
    const parsed = mux([
      videoHeader(),
      videoFrame(0, avcc([slice(0x65, 200_000)]), { keyframe: true }),
      videoFrame(40, avcc([INTER])),
    ]);
    expect(parsed.pes.map(({ statedLength, payload }) => [statedLength, payload.length])).toEqual([
      [0, 6 + 4 + SPS.length + 4 + PPS.length + 4 + 200_000],
      [8 + 6 + 4 + 300, 310],
    ]);
  });

  test('HEVC has its own delimiter, parameter sets, stream type and registration', () => {
    const [vps, sps, pps] = ['40010c01', '42010101', '4401c0'].map((hex) => Buffer.from(hex, 'hex'));
    const arrays = [vps!, sps!, pps!].map((unit, index) =>
      Buffer.concat([Buffer.from([0x80 | (32 + index), 0, 1, 0, unit.length]), unit]),
    );
    const record = Buffer.concat([
      Buffer.from('0101600000009000000000005df000fcfdf8f800000f03', 'hex'),
      ...arrays,
    ]);
    const idr = Buffer.concat([Buffer.from([0x26, 0x01]), slice(0xaf, 400)]);
    const parsed = mux([
      videoHeader(record, { form: 'coded-frames', fourCc: 'hvc1' }),
      videoFrame(0, avcc([idr]), {
        keyframe: true,
        form: 'coded-frames',
        fourCc: 'hvc1',
        compositionTime: 40,
      }),
    ]);
    expect(units(parsed)).toEqual([[Buffer.from([0x46, 0x01, 0x50]), vps, sps, pps, idr]]);
    expect(parsed.streams).toEqual([{ type: 0x24, pid: 0x100, descriptors: '050448455643' }]);
    expect(parsed.pes[0]).toMatchObject({ pts: ticks(40), dts: ticks(0) });
  });
});

describe('audio in a segment', () => {
  test('AAC frames get ADTS headers and share PES packets of at most 100 ms', () => {
    const frames = aacRun(0, 9);
    const parsed = mux([aacHeader(), ...frames]);
    expect(parsed.streams).toEqual([{ type: 0x0f, pid: 0x101, descriptors: '' }]);
    expect(parsed.pcrPid).toBe(0x101);
    expect(parsed.pes.map(({ pts }) => pts)).toEqual(
      [0, 4, 8].map((frame) => ticks(0) + BigInt(frame * 1920)),
    );
    const expected = frames.map(({ payload }) => {
      const length = payload.length - 2 + 7;
      const adts = Buffer.from([
        0xff,
        0xf1,
        0x4c,
        0x80 | (length >> 11),
        length >> 3,
        ((length & 7) << 5) | 0x1f,
        0xfc,
      ]);
      return Buffer.concat([adts, payload.subarray(2)]);
    });
    expect(Buffer.concat(parsed.pes.map(({ payload }) => payload))).toEqual(Buffer.concat(expected));
    expect(parsed.pes.every(({ statedLength, randomAccess }) => statedLength > 0 && randomAccess)).toBe(true);
  });

  test('AC-3, E-AC-3 and MP3 carry the names that players know', () => {
    const ac3 = Buffer.concat([Buffer.from('0b770000144043e1', 'hex'), Buffer.alloc(376)]);
    const eac3 = Buffer.concat([Buffer.from('0b7700bf3f864000', 'hex'), Buffer.alloc(376)]);
    const mp3 = Buffer.concat([Buffer.from('fffb9064', 'hex'), Buffer.alloc(413)]);
    const mp3Half = Buffer.concat([Buffer.from('fff38064', 'hex'), Buffer.alloc(204)]);
    const streams = [
      flv.enhancedAudio(0, 'ac-3', ac3),
      flv.enhancedAudio(0, 'ec-3', eac3),
      flv.audio(0, Buffer.concat([Buffer.from([0x2f]), mp3])),
      flv.enhancedAudio(0, '.mp3', mp3Half),
    ].map((packet) => mux([packet]));
    expect(streams.map((parsed) => [parsed.streams[0], parsed.pes[0]?.streamId])).toEqual([
      [{ type: 0x81, pid: 0x101, descriptors: '050441432d33' }, 0xbd],
      [{ type: 0x87, pid: 0x101, descriptors: '050445414333' }, 0xbd],
      [{ type: 0x03, pid: 0x101, descriptors: '' }, 0xc0],
      [{ type: 0x04, pid: 0x101, descriptors: '' }, 0xc0],
    ]);
    expect(streams.map((parsed) => parsed.pes[0]?.payload)).toEqual([ac3, eac3, mp3, mp3Half]);
  });

  test('after an hour sound and picture are as far apart as in the first second', () => {
    const muxer = new SegmentMuxer();
    for (const packet of [videoHeader(), aacHeader()]) muxer.push(packet);
    const tiny = avcc([slice(0x65, 8)]);
    const sound = slice(0x21, 8);
    let audioFrames = 0;
    let parsed: ParsedStream | undefined;
    for (let second = 0; second < 3600; second++) {
      muxer.push(videoFrame(second * 1000, tiny, { keyframe: true }));
      for (; (audioFrames * 1024) / 48 < (second + 1) * 1000; audioFrames++) {
        muxer.push(aacFrame(Math.floor((audioFrames * 1024) / 48), sound));
      }
      const segment = muxer.cut()!;
      if (second === 3599) parsed = parseTransportStream(segment);
    }
    const [picture, firstSound] = parsed!.pes;
    expect(picture?.pts).toBe(ticks(3_599_000));
    const frame = Math.ceil((3_599_000 * 48) / 1024);
    expect(firstSound?.pts).toBe(BigInt(TIMESTAMP_OFFSET + frame * 1920));
  });
});

describe('from one segment to the next', () => {
  test('counters go on, and the map keeps its version until it changes', () => {
    const muxer = new SegmentMuxer();
    const seen: Continuity = new Map();
    const versions: number[] = [];
    const picture = (at: number): MediaPacket[] => [videoFrame(at, avcc([IDR]), { keyframe: true })];
    const both = (at: number): MediaPacket[] => [...picture(at), ...aacRun(at, 20)];
    versions.push(mux([videoHeader(), aacHeader(), ...picture(0)], muxer, seen).pmtVersion);
    versions.push(mux(picture(1000), muxer, seen).pmtVersion);
    versions.push(mux(both(2000), muxer, seen).pmtVersion);
    versions.push(mux(both(3000), muxer, seen).pmtVersion);
    // Sound pauses: it stays in the map.
    versions.push(mux(picture(4000), muxer, seen).pmtVersion);
    expect(versions).toEqual([0, 0, 1, 1, 1]);
    expect(muxer.cut()).toBeUndefined();
  });

  test('a discontinuity is said in the stream, times may start anywhere, tracks are counted anew', () => {
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

  test('a segment is never larger than its limit, and what does not fit is counted', () => {
    const muxer = new SegmentMuxer({ maxSegmentBytes: 100_000 });
    muxer.push(videoHeader());
    for (let index = 0; index < 1000; index++) {
      muxer.push(videoFrame(index * 40, avcc([slice(0x65, 900)]), { keyframe: true }));
    }
    const segment = muxer.cut()!;
    expect(segment.length).toBeLessThanOrEqual(100_000);
    expect(parseTransportStream(segment).pes.length + muxer.dropped).toBe(1000);
  });

  test('what a transport stream cannot carry is counted, and malformed headers change nothing', () => {
    const muxer = new SegmentMuxer();
    muxer.push(videoFrame(0, avcc([IDR]), { keyframe: true }));
    muxer.push(aacFrame(0, IDR));
    muxer.push(flv.enhancedAudio(0, 'Opus', IDR));
    expect(muxer.dropped).toBe(3);
    expect(muxer.cut()).toBeUndefined();
    muxer.push(videoHeader());
    expect(() => muxer.push(videoHeader(Buffer.from([1, 100])))).toThrow(/AVCDecoderConfigurationRecord/);
    expect(units(mux([videoFrame(0, avcc([IDR]), { keyframe: true })], muxer))).toEqual([
      [AUD, SPS, PPS, IDR],
    ]);
  });
});
