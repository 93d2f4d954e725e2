// Whatever happens to a stream: a worker that has a copy gets the same packets and events as a sink at home, in the same
// order, and no later than the longest window.
import * as fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import type { MediaPacket } from '../../../core/media/packet.ts';
import { Feed, type FeedLink } from '../../../core/workers/link/feed.ts';
import { FrameReader } from '../../../core/workers/link/frame-reader.ts';
import { buildMessage, buildRunHead, parseFrame } from '../../../core/workers/link/frames.ts';
import { DEFAULT_APP_OPTIONS } from '../../helpers/config.ts';
import {
  audio,
  audioHeader,
  FakeTransport,
  FLV,
  metadata,
  packetOf,
  sessionForTest,
  streamForTest,
  video,
  videoHeader,
  viewerOn,
  type TestStream,
} from '../stream/stream-kit.ts';

afterEach(() => void vi.useRealTimers());

interface Step {
  readonly what:
    'frame' | 'keyframe' | 'audio' | 'headers' | 'metadata' | 'return' | 'source' | 'jump' | 'window';
  readonly ms: number;
  readonly bytes: number;
}

const MEDIA = fc.record({
  what: fc.constantFrom('frame', 'keyframe', 'audio'),
  ms: fc.nat(40),
  bytes: fc.constantFrom(10, 100, 3000, 70_000, 140_000),
});
const CHANGE = fc.record({
  what: fc.constantFrom('headers', 'metadata', 'return', 'source', 'jump', 'window'),
  ms: fc.nat(60),
  bytes: fc.constant(0),
});
const STEPS = fc.array(fc.oneof({ weight: 20, arbitrary: MEDIA }, { weight: 1, arbitrary: CHANGE }), {
  maxLength: 200,
});

/** What one side has seen, and when. */
class Seen {
  readonly what: string[] = [];
  readonly at: number[] = [];

  note(what: string): void {
    this.what.push(what);
    this.at.push(Date.now());
  }

  packet({ kind, timestamp, payload, info }: MediaPacket): void {
    const start = payload.subarray(0, 12).toString('hex');
    this.note(`${kind} ${timestamp} ${payload.length} ${start} ${JSON.stringify(info)}`);
  }
}

/** Bytes of the link arrive in pieces. */
function linkTo(copy: Seen, piece: number): FeedLink {
  const reader = new FrameReader((body) => {
    const frame = parseFrame(body);
    if (frame.is === 'run') frame.packets.forEach((packet) => copy.packet(packet));
    else copy.note(String(frame.value));
  });
  const push = (bytes: Buffer): void => {
    for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.subarray(at, at + piece));
  };
  return {
    queuedBytes: 0,
    sendRun: (channel, packets) =>
      push(Buffer.concat([buildRunHead(channel, packets), ...packets.map(({ payload }) => payload)])),
    sendEvent: (_channel, { is }) => push(buildMessage(is)),
  };
}

function take({ stream }: TestStream, { what, ms, bytes }: Step, at: number): void {
  const id = at % 200;
  if (what === 'frame') stream.write(packetOf(video(at, id, 'inter', bytes)));
  else if (what === 'keyframe') stream.write(packetOf(video(at, id, 'key', bytes)));
  else if (what === 'audio') stream.write(packetOf(audio(at, id, bytes)));
  else if (what === 'headers')
    [videoHeader(at, id), audioHeader(at, id)].forEach((each) => stream.write(packetOf(each)));
  else if (what === 'metadata') stream.write(packetOf(metadata(at, { id })));
  else if (what === 'return') {
    stream.pause();
    stream.begin(sessionForTest('publish'));
  } else if (what === 'window') stream.configure({ ...DEFAULT_APP_OPTIONS, mergeWriteMs: ms * 5 });
  else stream.discontinuity(what);
}

test('a copy gets what a sink gets', async () => {
  const property = fc.asyncProperty(
    fc.constantFrom(0, 5, 12, 20, 40, 350),
    STEPS,
    fc.integer({ min: 1, max: 70_000 }),
    async (mergeWriteMs, steps, piece) => {
      vi.useFakeTimers();
      const made = streamForTest({ mergeWriteMs });
      const [home, copy] = [new Seen(), new Seen()];
      const feed = new Feed(made.stream, 1, {
        link: linkTo(copy, piece),
        scheduler: made.scheduler,
        start: 'gop',
      });
      made.stream.attach({
        write: (packet) => home.packet(packet),
        pause: () => home.note('pause'),
        discontinuity: () => home.note('discontinuity'),
        end: () => home.note('end'),
      });
      // A viewer at home is written to in the tick behind the copy.
      made.stream.join(viewerOn(new FakeTransport()), FLV, 'next-keyframe');
      let at = 0;
      let longest: number = mergeWriteMs;
      for (const step of steps) {
        await vi.advanceTimersByTimeAsync(step.ms);
        at += step.ms;
        if (step.what === 'window') longest = Math.max(longest, step.ms * 5);
        take(made, step, at);
      }
      if (steps.length % 2 === 0) made.stream.end({ code: 'left', message: 'the test is over' });
      await vi.advanceTimersByTimeAsync(longest + 5);
      expect(copy.what).toEqual(home.what);
      // Timers may be late by the slack of the scheduler.
      copy.at.forEach((time, index) => expect(time - home.at[index]!).toBeLessThanOrEqual(longest + 3));
      expect(vi.getTimerCount()).toBe(0);
      expect(feed.droppedPackets).toBe(0);
    },
  );
  await fc.assert(property, { numRuns: 150 });
});
