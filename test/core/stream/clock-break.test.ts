// A publisher's clock that is out of order, as the stream's sinks, counters and log see it.
import { describe, expect, test } from 'vitest';
import { describeAudio, describeVideo } from '../../../core/media/flv/tag-body.ts';
import type { MediaPacket } from '../../../core/media/packet.ts';
import { sessionForTest, streamForTest, type TestStream } from './stream-kit.ts';

const KEYFRAME = Buffer.from('1701000000000000026501', 'hex');
const INTER = Buffer.from('2701000000000000024101', 'hex');
const SOUND = Buffer.from('af01210011', 'hex');
const END_OF_SEQUENCE = Buffer.from('1702000000', 'hex');
const EMPTY_CONFIG = Buffer.from('1700000000', 'hex');

const JUMPED = 'the publisher’s timestamps jumped; the stream continues without a gap';
const APART =
  'the publisher’s timestamps of audio and video are more than 5 s apart; the tracks are brought together';

class Publisher {
  readonly test: TestStream = streamForTest();
  /** Times of media packets by their kind, and `discontinuity`. */
  readonly seen: (readonly [kind: string, time: number])[] = [];
  #last = 0;

  constructor() {
    const write = ({ kind, media, timestamp }: MediaPacket): void => {
      if (media) this.#last = timestamp;
      if (media) this.seen.push([kind, timestamp]);
    };
    const discontinuity = (): void => void this.seen.push(['discontinuity', this.#last]);
    this.test.stream.attach({ write, discontinuity });
  }

  get breaks(): number[] {
    return this.seen.filter(([kind]) => kind === 'discontinuity').map(([, time]) => time);
  }

  video(raw: number, payload = INTER): void {
    this.test.stream.receive(describeVideo(payload), raw, payload);
  }

  audio(raw: number): void {
    this.test.stream.receive(describeAudio(SOUND), raw, SOUND);
  }

  /** Video and audio from `start` to `end`, each moved by so many milliseconds; a keyframe each second. */
  run(start: number, end: number, moved: { video?: number; audio?: number } = {}): void {
    for (let at = start; at < end; at += 40) {
      this.video(at + (moved.video ?? 0), at % 1000 === 0 ? KEYFRAME : INTER);
      this.audio(at + 15 + (moved.audio ?? 0));
    }
  }

  /** Time from the first to the last packet of a kind, and the longest step. */
  extent(kind: string): { first: number; last: number; step: number } {
    const times = this.seen.filter(([each]) => each === kind).map(([, time]) => time);
    const steps = times.slice(1).map((time, index) => time - times[index]!);
    return { first: times[0]!, last: times.at(-1)!, step: Math.max(...steps) };
  }
}

describe('a message without media', () => {
  test.each([
    ['an end of sequence', END_OF_SEQUENCE],
    ['an empty configuration', EMPTY_CONFIG],
    ['nothing at all', Buffer.alloc(0)],
  ])('at 0 moves no clock: %s', (_, message) => {
    const publisher = new Publisher();
    publisher.run(0, 14_000);
    publisher.video(0, message);
    publisher.run(14_000, 20_000);
    expect(publisher.extent('video')).toEqual({ first: 0, last: 19_960, step: 40 });
    expect(publisher.extent('audio')).toEqual({ first: 15, last: 19_975, step: 40 });
    expect(publisher.breaks).toEqual([]);
    expect(publisher.test.log.messages('warn')).toEqual([]);
  });
});

describe('a packet out of line', () => {
  test('is no discontinuity, is not counted and not logged', () => {
    const publisher = new Publisher();
    for (let at = 0; at < 20_000; at += 2000) {
      publisher.run(at, at + 2000);
      publisher.video(0);
      publisher.audio(at + 90_000);
    }
    expect(publisher.extent('video').last).toBe(19_960 + 40);
    expect(publisher.breaks).toEqual([]);
    expect(publisher.test.stream.counters.timestampJumps).toBe(0);
    expect(publisher.test.log.messages('warn')).toEqual([]);
  });
});

describe('tracks 15 s apart', () => {
  test('are brought together, and the log says so once', () => {
    const publisher = new Publisher();
    publisher.run(0, 10_000, { audio: 15_000 });
    const { first, last, step } = publisher.extent('video');
    expect(last - first).toBe(9960);
    expect(step).toBe(40);
    expect(publisher.extent('audio')).toEqual({ first, last, step });
    expect(publisher.breaks).toEqual([]);
    expect(publisher.test.log.messages('warn')).toEqual([APART]);
  });
});

describe('a clock that jumps for good', () => {
  test('is told of at the next keyframe, so that sinks lose nothing; counted, and logged once', () => {
    const publisher = new Publisher();
    publisher.run(0, 5000);
    publisher.run(5000, 12_000, { video: 3_600_000, audio: 3_600_000 });
    publisher.run(12_000, 20_000, { video: 9_000_000, audio: 9_000_000 });
    expect(publisher.extent('video')).toEqual({ first: 0, last: 19_960, step: 40 });
    expect(publisher.extent('audio')).toEqual({ first: 15, last: 19_975, step: 40 });
    // After the packet of this time comes a keyframe.
    expect(publisher.breaks).toEqual([5975, 12_975]);
    expect(publisher.test.stream.counters.timestampJumps).toBe(2);
    expect(publisher.test.log.messages('warn')).toEqual([JUMPED]);
  });

  test('just before another publisher is none of its business', () => {
    const publisher = new Publisher();
    publisher.run(0, 5000);
    publisher.run(5000, 5800, { video: 3_600_000, audio: 3_600_000 });
    publisher.test.stream.pause();
    publisher.test.stream.begin(sessionForTest('publish', 'second'));
    publisher.run(0, 3000);
    expect(publisher.breaks).toEqual([5775]);
    expect(publisher.extent('video').last).toBe(5775 + 40 + 2960);
  });
});
