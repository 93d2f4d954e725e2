import { expect, test } from 'vitest';
import { SegmentMuxer } from '../../../../core/media/mpegts/index.ts';
import * as flv from './flv-packets.ts';
import { avcc, aacHeader, PPS, slice, SPS, videoFrame, videoHeader } from './flv-packets.ts';
import { aacRun, AUD, IDR, INTER, mux, ticks, units } from './muxer-kit.ts';

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

test('delimiters and parameter sets of the source are not written twice', () => {
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
    const parsed = mux([videoHeader(flv.avcRecord(lengthSize)), videoFrame(0, damaged, { keyframe: true })]);
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
