// Segments stay strictly valid for all packets of a publisher, and only errors of the catalogue are thrown.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { LivegoError } from '../../../../core/errors.ts';
import { Segmenter } from '../../../../core/media/hls/index.ts';
import { SegmentMuxer } from '../../../../core/media/mpegts/index.ts';
import type { MediaPacket } from '../../../../core/media/packet.ts';
import {
  aacFrame,
  aacHeader,
  audio,
  avcc,
  avcRecord,
  PPS,
  slice,
  SPS,
  video,
  videoFrame,
  videoHeader,
} from './flv-packets.ts';
import { parseTransportStream, type Continuity } from './transport-stream.ts';

const step = fc.oneof(
  { arbitrary: fc.integer({ min: 0, max: 80 }), weight: 20 },
  { arbitrary: fc.integer({ min: -30_000, max: 60_000 }), weight: 1 },
  { arbitrary: fc.constantFrom(2 ** 32, 2 ** 33 / 90, 95_443_717), weight: 1 },
);

type Make = (at: number) => MediaPacket;

const size = fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 70_000 }));
const picture = fc
  .record({
    size,
    keyframe: fc.boolean(),
    compositionTime: fc.oneof(
      fc.integer({ min: -200, max: 200 }),
      fc.integer({ min: -8_000_000, max: 8_000_000 }),
    ),
    form: fc.constantFrom('legacy', 'coded-frames', 'coded-frames-x'),
  })
  .map(({ size: bytes, ...fields }): Make => {
    const data = avcc([slice(fields.keyframe ? 0x65 : 0x41, bytes)]);
    return (at) => videoFrame(at, data, fields);
  });
const sound = size.map((bytes): Make => {
  const data = slice(0x21, Math.min(bytes, 6000));
  return (at) => aacFrame(at, data);
});
const headers = fc.constantFrom<Make>(
  () => videoHeader(),
  () => videoHeader(avcRecord(4, SPS, Buffer.concat([PPS, Buffer.from([1])]))),
  () => aacHeader(),
  () => aacHeader(Buffer.from('1210', 'hex')),
);
const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((given) => Buffer.from(given));
const nonsense = fc.oneof(
  bytes.map(
    (data): Make =>
      (at) =>
        video(at, data),
  ),
  bytes.map(
    (data): Make =>
      (at) =>
        audio(at, data),
  ),
  bytes.map(
    (data): Make =>
      (at) =>
        videoFrame(at, data, { keyframe: true }),
  ),
);
const packet = fc.oneof(
  { arbitrary: picture, weight: 10 },
  { arbitrary: sound, weight: 10 },
  { arbitrary: headers, weight: 1 },
  { arbitrary: nonsense, weight: 2 },
);
const stream = fc.array(fc.tuple(step, packet), { maxLength: 120 });

/** Cuts and checks segments as the packets come. */
class CheckedSegments {
  readonly #segmenter = new Segmenter({
    segmentSeconds: 0.5,
    maxSegmentSeconds: 2,
    maxSegmentBytes: 200_000,
  });
  readonly #muxer = new SegmentMuxer({ maxSegmentBytes: 400_000 });
  readonly #continuity: Continuity = new Map();

  /** Straight to the muxer. */
  push(packet: MediaPacket): void {
    try {
      this.#muxer.push(packet);
    } catch (error) {
      expect(error).toBeInstanceOf(LivegoError);
    }
  }

  decide(packet: MediaPacket): void {
    const decision = this.#segmenter.decide(packet);
    if (typeof decision === 'object') {
      expect(decision.durationMs).toBeGreaterThan(0);
      expect(decision.durationMs).toBeLessThanOrEqual(12_000);
      this.#cut(decision.discontinuity ? 'discontinuity' : 'continue');
    }
    if (decision !== 'skip') this.push(packet);
  }

  interrupt(): void {
    this.#segmenter.interrupt();
    this.#cut('discontinuity');
  }

  end(): void {
    this.#segmenter.end();
    this.#cut('continue');
  }

  #cut(next: 'continue' | 'discontinuity'): void {
    const segment = this.#muxer.cut(next);
    if (segment) parseTransportStream(segment, this.#continuity);
  }
}

test('segments of any packets in any order are valid and follow each other', () => {
  const property = fc.property(stream, fc.nat(3), (steps, interruptions) => {
    const segments = new CheckedSegments();
    let now = 0;
    segments.push(videoHeader());
    segments.push(aacHeader());
    for (const [index, [ms, make]] of steps.entries()) {
      now = Math.max(0, now + ms);
      const each = make(now);
      if (each.kind === 'video' && each.codec !== 'avc') continue;
      if (each.kind === 'audio' && each.codec !== 'aac') continue;
      segments.decide(each);
      if (index % 40 < interruptions) segments.interrupt();
    }
    segments.end();
  });
  fc.assert(property, { numRuns: 150 });
});

test('sound and picture are as far apart after an hour as at the beginning', () => {
  const muxer = new SegmentMuxer();
  const unit = avcc([slice(0x65, 40)]);
  const frame = slice(0x21, 30);
  muxer.push(videoHeader());
  // 44,100 Hz: 1024 samples are no whole number of milliseconds, and the source rounds.
  muxer.push(aacHeader(Buffer.from('1210', 'hex')));
  const offsets: number[] = [];
  let sounds = 0;
  for (let picture_ = 0; picture_ < 3600 * 25; picture_++) {
    const at = picture_ * 40;
    if (picture_ % 25 === 0) {
      const segment = muxer.cut();
      if (segment && (picture_ < 100 || picture_ > 3590 * 25)) offsets.push(...offsetsOf(segment, at - 1000));
    }
    muxer.push(videoFrame(at, unit, { keyframe: true }));
    for (; (sounds * 1024_000) / 44_100 < at + 40; sounds++)
      muxer.push(aacFrame(Math.round((sounds * 1024_000) / 44_100), frame));
  }
  expect(offsets.length).toBeGreaterThan(10);
  // Half a millisecond of the source's own rounding, in 90 kHz ticks.
  for (const offset of offsets) expect(Math.abs(offset)).toBeLessThanOrEqual(90);
});

/** How much later than its samples say each PES packet of sound begins, against the clock of the pictures. */
function offsetsOf(segment: Buffer, startMs: number): number[] {
  const { pes } = parseTransportStream(segment);
  const first = pes.find(({ streamId }) => streamId === 0xe0)!;
  const base = Number(first.pts) - startMs * 90;
  return pes
    .filter(({ streamId }) => streamId === 0xc0)
    .map(({ pts }) => {
      const ticks = Number(pts) - base;
      const nearest = Math.round((ticks / 90_000) * (44_100 / 1024));
      return ticks - (nearest * 1024 * 90_000) / 44_100;
    });
}
