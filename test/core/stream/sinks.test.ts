import { describe, expect, test } from 'vitest';
import { Viewer } from '../../../core/delivery/viewer.ts';
import {
  audio,
  audioHeader,
  FakeTransport,
  FLV,
  LEFT,
  metadata,
  RecordingSink,
  spell,
  START,
  streamForTest,
  takeOver,
  video,
  videoHeader,
  type Message,
} from './stream-kit.ts';

describe('a sink', () => {
  test('gets every packet, in order, before the call that published it returns', () => {
    const test = streamForTest();
    const sink = new RecordingSink();
    test.stream.attach(sink);
    test.publish(...START, video(0, 1, 'key'), audio(10, 2));
    expect(sink.heard).toBe('m v1 a1 V1! A2');
  });

  test('that is attached late gets headers and group, headers alone, or nothing, as it asks', () => {
    const test = streamForTest();
    test.publish(...START, video(100, 1, 'key'), audio(110, 2), video(140, 3));
    const [all, headers, none] = [new RecordingSink(), new RecordingSink(), new RecordingSink()];
    test.stream.attach(all);
    test.stream.attach(headers, 'headers');
    test.stream.attach(none, 'live');
    test.publish(video(180, 4));
    expect(all.heard).toBe('m v1 a1 V1! A2 V3 V4');
    expect(headers.heard).toBe('m v1 a1 V4');
    expect(none.heard).toBe('V4');
    for (const { packets } of [all, headers])
      for (let index = 2; index < packets.length; index++)
        expect(packets[index]!.timestamp).toBeGreaterThanOrEqual(packets[index - 1]!.timestamp);
  });

  test('that throws is detached and its stream is named in the log; the others and the viewers continue', () => {
    const test = streamForTest();
    const before = new RecordingSink();
    const after = new RecordingSink();
    test.stream.attach(before);
    test.stream.attach({
      write: (packet) => {
        if (packet.kind === 'audio' && !packet.header) throw new Error('disk full');
      },
    });
    test.stream.attach(after);
    test.publish(...START, video(0, 1, 'key'), audio(10, 2), audio(20, 3), video(40, 4));
    expect(before.heard).toBe('m v1 a1 V1! A2 A3 V4');
    expect(after.heard).toBe(before.heard);
    expect(test.log.messages('error')).toEqual([
      'a sink failed and was detached; the stream continues without it',
    ]);
    expect(test.log.lines.at(-1)).toMatchObject({ stream: 'live/movie', err: { message: 'disk full' } });
  });

  test('that throws while the group is replayed to it is not attached', () => {
    const test = streamForTest();
    test.publish(...START, video(0, 1, 'key'), audio(10, 2));
    let calls = 0;
    test.stream.attach({
      write: () => {
        calls++;
        throw new Error('no');
      },
    });
    test.publish(video(40, 3), video(80, 4));
    expect(calls).toBe(1);
    expect(test.log.messages('error')).toHaveLength(1);
  });

  test('that is removed inside a packet’s delivery, or adds another, disturbs no other', () => {
    const test = streamForTest();
    const added = new RecordingSink();
    const last = new RecordingSink();
    let count = 0;
    const remove = test.stream.attach({
      write: () => {
        if (++count === 4) {
          remove();
          test.stream.attach(added, 'live');
        }
      },
    });
    test.stream.attach(last);
    test.publish(...START, video(0, 1, 'key'), video(40, 2));
    expect(last.heard).toBe('m v1 a1 V1! V2');
    expect(added.heard).toBe('V2');
    expect(count).toBe(4);
  });

  test('that is attached twice gets all twice, until one of the two is detached', () => {
    const test = streamForTest();
    const sink = new RecordingSink();
    const detach = test.stream.attach(sink, 'live');
    test.stream.attach(sink, 'live');
    test.publish(video(0, 1, 'key'));
    detach();
    detach();
    test.publish(video(40, 2));
    test.stream.end(LEFT);
    expect(sink.heard).toBe('V1! V1! V2 end: left');
  });

  test.each(['write', 'discontinuity', 'pause', 'end'] as const)(
    'that an earlier sink detaches in %s is not told of that any more',
    (when) => {
      const test = streamForTest();
      const sink = new RecordingSink();
      let detach = (): void => {};
      test.stream.attach({ write: () => {}, [when]: () => detach() }, 'live');
      detach = test.stream.attach(sink, 'live');
      if (when === 'write') test.publish(video(0, 1, 'key'));
      if (when === 'discontinuity') test.stream.discontinuity();
      if (when === 'pause') test.stream.hold();
      if (when === 'end') test.stream.end(LEFT);
      expect(sink.heard).toBe('');
    },
  );

  test('is told of pause, another publisher, a jump of its clock, and the end', () => {
    const test = streamForTest();
    const sink = new RecordingSink();
    test.stream.attach(sink);
    test.publish(...START, video(0, 1, 'key'));
    takeOver(test);
    const framesFrom = (timestamp: number) =>
      Array.from({ length: 55 }, (_, index) => video(timestamp + index * 40, 3));
    test.publish(videoHeader(0, 2), video(0, 2, 'key'), ...framesFrom(40));
    test.publish(...framesFrom(500_000), video(502_200, 4, 'key'));
    test.stream.end(LEFT);
    expect(sink.heard).toMatch(
      /^m v1 a1 V1! pause discontinuity v2 V2! (V3 ){110}discontinuity V4! end: left$/,
    );
    expect(test.stream.counters.timestampJumps).toBe(1);
  });
});

describe('a sink that starts with the next keyframe', () => {
  /** What it is told of these messages after a stream of video and audio that has run for a while. */
  function told(...messages: readonly Message[]): string {
    const test = streamForTest();
    test.publish(...START, video(0, 1, 'key'), audio(10, 2), video(40, 3));
    const sink = new RecordingSink();
    test.stream.attach(sink, 'next-keyframe');
    test.publish(...messages);
    return sink.heard;
  }

  test('gets the headers of that moment with its time, then the keyframe and all that follows', () => {
    expect(told(audio(50, 4), video(80, 5), video(120, 6, 'key'), audio(130, 7))).toBe('m v1 a1 V6! A7');
    expect(told(videoHeader(80, 2), video(120, 6, 'key'))).toBe('m v2 a1 V6!');
    const test = streamForTest();
    test.publish(...START, video(0, 1, 'key'));
    const sink = new RecordingSink();
    test.stream.attach(sink, 'next-keyframe');
    test.publish(video(120, 6, 'key'));
    expect(sink.packets.map(({ timestamp }) => timestamp)).toEqual([120, 120, 120, 120]);
  });

  test('does not start with a keyframe of a second track', () => {
    const { description, ...message } = video(80, 5, 'key');
    const second = { ...message, description: { ...description, track: 1 } };
    expect(told(second, video(120, 6))).toBe('');
  });

  test('of a stream without video starts with the next packet', () => {
    const test = streamForTest();
    test.publish(metadata(0, { audiocodecid: 10 }), audioHeader(0, 1), audio(0, 1), audio(23, 2));
    const sink = new RecordingSink();
    test.stream.attach(sink, 'next-keyframe');
    test.publish(audioHeader(46, 3), audio(46, 3), audio(69, 4));
    expect(sink.heard).toBe('m a3 A3 A4');
  });

  test('is told of pauses and discontinuities once it has started, and of the end in any case', () => {
    const test = streamForTest();
    test.publish(...START, video(0, 1, 'key'));
    const [early, late] = [new RecordingSink(), new RecordingSink()];
    test.stream.attach(early, 'next-keyframe');
    takeOver(test);
    test.publish(videoHeader(0, 2), video(0, 2, 'key'));
    test.stream.attach(late, 'next-keyframe');
    takeOver(test);
    test.stream.end(LEFT);
    expect(early.heard).toBe('v2 V2! pause discontinuity end: left');
    expect(late.heard).toBe('end: left');
  });
});

test('a viewer that joins, or a sink that is attached, while a packet is delivered gets that packet once', () => {
  const { stream, publish } = streamForTest();
  const joined = new FakeTransport();
  const attached = new RecordingSink();
  let done = false;
  stream.attach({
    write: ({ keyframe }) => {
      if (done || !keyframe) return;
      done = true;
      stream.join(new Viewer(joined, stream.options.slowViewer), FLV, 'gop');
      stream.attach(attached, 'gop');
    },
  });
  publish(...START, video(0, 1, 'key'), video(40, 2), video(80, 3, 'key', 140_000));
  expect(spell(joined.tags)).toBe('m v1 a1 V1! V2 V3!');
  expect(attached.heard).toBe('m v1 a1 V1! V2 V3!');
});

test('a sink that is attached while a header is delivered gets that header', () => {
  const { stream, publish } = streamForTest();
  const attached = new RecordingSink();
  let done = false;
  stream.attach({
    write: ({ header, kind }) => {
      if (done || !header || kind !== 'video') return;
      done = true;
      stream.attach(attached, 'headers');
    },
  });
  publish(...START, video(0, 1, 'key'));
  expect(attached.heard).toBe('m v1 a1 V1!');
});
