// Silence where audio is missing beside video.
import { describe, expect, test } from 'vitest';
import { SegmentMuxer } from '../../../../core/media/mpegts/index.ts';
import type { MediaPacket } from '../../../../core/media/packet.ts';
import { aacFrame, aacHeader, audio, avcc, slice, videoFrame, videoHeader } from './flv-packets.ts';
import { parseTransportStream, type Continuity } from './transport-stream.ts';

const FRAME = slice(0x21, 60);
const SILENT_BYTES = 7 + 6;
/** At 48 kHz. */
const FRAME_TICKS = 1920;

interface Heard {
  readonly time: number;
  readonly silent: boolean;
}

/** 25 pictures a second, sound of 48 kHz beside them where `heard` says so, `delay` ms after them. */
function* stream(
  start: number,
  end: number,
  heard: (at: number) => boolean,
  delay = 0,
): Generator<MediaPacket> {
  let sound = Math.ceil((Math.max(0, start - delay) * 3) / 64);
  for (let at = start; at < end; at += 40) {
    yield videoFrame(at, avcc([slice(at % 1000 === 0 ? 0x65 : 0x41, 100)]), { keyframe: at % 1000 === 0 });
    for (let time = 0; (time = Math.floor((sound * 64) / 3)) < at + 40 - delay; sound++)
      if (heard(time)) yield aacFrame(time, FRAME);
  }
}

class Segments {
  readonly #muxer = new SegmentMuxer();
  readonly #continuity: Continuity = new Map();
  readonly frames: Heard[] = [];
  readonly maps: number[] = [];
  /** PES packets of audio. */
  messages = 0;

  add(packets: Iterable<MediaPacket>): void {
    for (const packet of packets) this.#muxer.push(packet);
    const { pes, streams } = parseTransportStream(this.#muxer.cut()!, this.#continuity);
    this.maps.push(streams.length);
    const sounds = pes.filter(({ pid }) => pid === 0x101);
    this.messages += sounds.length;
    for (const { streamId, pts, payload } of sounds)
      if (payload.readUInt16BE(0) === 0xfff1 && streamId === 0xc0) this.#read(Number(pts), payload);
  }

  get silent(): number {
    return this.frames.filter(({ silent }) => silent).length;
  }

  /** Steps between the frames, in ticks, that are not a frame long. */
  get holes(): number[] {
    const steps = this.frames.slice(1).map(({ time }, index) => time - this.frames[index]!.time);
    return steps.filter((step) => Math.abs(step - FRAME_TICKS) > 180);
  }

  #read(pts: number, payload: Buffer): void {
    for (let at = 0, time = pts; at < payload.length; time += FRAME_TICKS) {
      const length = (payload.readUIntBE(at + 3, 3) >> 5) & 0x1fff;
      this.frames.push({ time, silent: length === SILENT_BYTES });
      at += length;
    }
  }
}

/** Segments of 2 s. */
function mux(seconds: number, heard: (at: number) => boolean, delay = 0): Segments {
  const segments = new Segments();
  segments.add([videoHeader(), aacHeader(), ...stream(0, 2000, heard, delay)]);
  for (let at = 2000; at < seconds * 1000; at += 2000) segments.add(stream(at, at + 2000, heard, delay));
  return segments;
}

describe('sound that pauses', () => {
  test('is filled with silence without a hole, and comes back with its first frame', () => {
    const heard = (at: number): boolean => at < 5000 || at >= 17_000;
    const segments = mux(24, heard);
    const sent = Array.from({ length: 1125 }, (_, index) => Math.floor((index * 64) / 3)).filter(
      heard,
    ).length;
    expect(segments.frames.length - segments.silent).toBe(sent);
    expect(segments.silent).toBeGreaterThan(555);
    expect(segments.holes).toEqual([]);
  });

  test('and never returns leaves players with silence up to the end of each segment', () => {
    const { frames, holes } = mux(20, (at) => at < 5000);
    expect(holes).toEqual([]);
    const last = frames.at(-1)!.time / 90 - 10_000;
    expect(last).toBeGreaterThan(19_800);
    expect(last).toBeLessThanOrEqual(20_000);
  });

  test('for less than a quarter of a second is left to players', () => {
    expect(mux(4, (at) => at < 1000 || at > 1200).silent).toBe(0);
  });
});

describe('sound that is announced', () => {
  test('and comes after 8 s is silent from the first picture on', () => {
    const segments = mux(12, (at) => at >= 8000);
    expect(segments.maps).toEqual([2, 2, 2, 2, 2, 2]);
    expect(segments.holes).toEqual([]);
    expect(segments.frames[0]).toEqual({ time: 900_000, silent: true });
    expect(segments.frames.length - segments.silent).toBe(188);
  });

  test('in the middle of a segment is not heard before the next one', () => {
    const segments = new Segments();
    const none = (): boolean => false;
    segments.add([videoHeader(), ...stream(0, 1000, none), aacHeader(), ...stream(1000, 2000, none)]);
    segments.add(stream(2000, 4000, none));
    expect(segments.maps).toEqual([1, 2]);
  });

  test('in a codec that has no silence here is missing while it does not come', () => {
    const segments = new Segments();
    const none = (): boolean => false;
    const mp3 = Buffer.concat([Buffer.from('2ffffb9064', 'hex'), Buffer.alloc(413, 1)]);
    segments.add([videoHeader(), audio(0, mp3), ...stream(0, 2000, none)]);
    segments.add(stream(2000, 4000, none));
    expect(segments.maps).toEqual([2, 2]);
    expect(segments.messages).toBe(1);
  });
});

test('sound that always comes 4 s later than the picture is silenced for these 4 s, and then whole', () => {
  const segments = mux(16, () => true, 4000);
  const loud = segments.frames.findIndex(({ silent }) => !silent);
  expect(loud).toBeGreaterThan(100);
  expect(loud).toBeLessThan(190);
  expect(segments.silent).toBe(loud);
  expect(segments.frames.length).toBeGreaterThan(550);
  expect(segments.holes).toEqual([]);
});

test('a sound-only stream is not filled up', () => {
  const segments = new Segments();
  segments.add([aacHeader(), ...[0, 21, 43, 64].map((at) => aacFrame(at, FRAME))]);
  expect(segments.silent).toBe(0);
  expect(segments.maps).toEqual([1]);
});
