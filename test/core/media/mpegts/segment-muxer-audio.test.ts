import { expect, test } from 'vitest';
import { SegmentMuxer, TIMESTAMP_OFFSET } from '../../../../core/media/mpegts/index.ts';
import * as flv from './flv-packets.ts';
import { avcc, aacFrame, aacHeader, slice, videoFrame, videoHeader } from './flv-packets.ts';
import { aacRun, mux, ticks } from './muxer-kit.ts';
import { parseTransportStream, type ParsedStream } from './transport-stream.ts';

test('AAC frames get ADTS headers and share PES packets of at most 100 ms', () => {
  const frames = aacRun(0, 9);
  const parsed = mux([aacHeader(), ...frames]);
  expect(parsed.streams).toEqual([{ type: 0x0f, pid: 0x101, descriptors: '' }]);
  expect(parsed.pcrPid).toBe(0x101);
  expect(parsed.pes.map(({ pts }) => pts)).toEqual([0, 4, 8].map((frame) => ticks(0) + BigInt(frame * 1920)));
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
