import { describe, expect, test } from 'vitest';
import {
  audio,
  audioHeader,
  FakeTransport,
  FLV,
  LEFT,
  metadata,
  seen,
  spell,
  START,
  streamForTest,
  takeOver,
  video,
  videoHeader,
  viewerOn,
  type Message,
  type TestStream,
} from './stream-kit.ts';

function join({ stream }: TestStream, transport = new FakeTransport()): FakeTransport {
  stream.join(viewerOn(transport), FLV);
  return transport;
}

describe('the tracks a viewer can count on', () => {
  test('are at first those that are announced, then those that came', () => {
    const test = streamForTest();
    expect(test.stream.expectedTracks).toEqual({ video: false, audio: false });
    test.publish(metadata(0, { videocodecid: 7, audiocodecid: 10 }));
    expect(test.stream.expectedTracks).toEqual({ video: true, audio: true });
    const frames = Array.from({ length: 49 }, (_, index) => video(40 + index * 40, 2));
    test.publish(videoHeader(0, 1), video(0, 1, 'key'), ...frames);
    expect(test.stream.expectedTracks).toEqual({ video: true, audio: true });
    test.publish(video(2000, 3));
    expect(test.stream.expectedTracks).toEqual({ video: true, audio: false });
    test.publish(audio(2010, 4));
    expect(test.stream.expectedTracks).toEqual({ video: true, audio: true });
  });

  test('are not announced by 0, false or an empty name', () => {
    const test = streamForTest();
    test.publish(metadata(0, { videocodecid: 0, width: 0, hasVideo: false, audiocodecid: 10 }));
    expect(test.stream.expectedTracks).toEqual({ video: false, audio: true });
  });

  test('are counted per publisher: a second one is believed for its own first 2 s', () => {
    const test = streamForTest();
    test.publish(metadata(0, { audiocodecid: 10, videocodecid: 7 }), video(0, 1, 'key'), video(9000, 2));
    takeOver(test);
    test.publish(metadata(0, { audiocodecid: 10, videocodecid: 7 }), video(0, 1, 'key'));
    expect(test.stream.expectedTracks).toEqual({ video: true, audio: true });
  });
});

describe('headers', () => {
  test('stand in the order metadata, video, audio, the newest of each', () => {
    const test = streamForTest();
    test.publish(audioHeader(0, 1), videoHeader(0, 1), metadata(0, { width: 1 }), audioHeader(0, 2));
    expect(
      spell(test.stream.headers.map(({ kind, payload }) => seen(kind === 'data' ? 'script' : kind, payload))),
    ).toBe('m v1 a2');
  });

  /** What a viewer gets that was away while the publisher sent `messages`, and continues with a keyframe. */
  function seenAfterAbsence(...messages: readonly Message[]): string {
    const test = streamForTest();
    test.publish(...START, video(0, 1, 'key'));
    const transport = new FakeTransport();
    const viewer = viewerOn(transport);
    test.stream.join(viewer, FLV);
    test.stream.leave(viewer, FLV);
    test.publish(...messages);
    test.stream.join(viewer, FLV, 'next-keyframe');
    test.publish(video(120, 4, 'key'));
    test.stream.end(LEFT);
    return spell(transport.tags);
  }

  test('that are sent again unchanged are not sent again to a viewer that has them', () => {
    expect(seenAfterAbsence(...START)).toBe('m v1 a1 V1! V4!');
  });

  test('that change while a viewer is away go before the keyframe it continues with', () => {
    expect(seenAfterAbsence(videoHeader(40, 2))).toBe('m v1 a1 V1! m v2 a1 V4!');
    expect(seenAfterAbsence(audioHeader(40, 3))).toBe('m v1 a1 V1! m v1 a3 V4!');
  });

  test('of any number of tracks cannot fill the memory; the log says so once', () => {
    const test = streamForTest();
    for (let track = 0; track < 256; track++) {
      const { description, payload } = videoHeader(0, track);
      const large = Buffer.concat([payload, Buffer.alloc(300_000)]);
      test.stream.receive({ ...description, track }, 0, large);
    }
    const bytes = test.stream.headers.reduce((sum, packet) => sum + packet.payload.length, 0);
    expect(bytes).toBe(3 * 300_031);
    expect(test.log.messages('warn')).toEqual([
      'the publisher’s headers exceed 1048576 bytes; late joiners do not get the newest',
    ]);
  });

  test('are copied: a header does not hold on to the whole read that it came in', () => {
    const test = streamForTest();
    const { description, payload } = videoHeader(0, 1);
    const read = Buffer.alloc(64 * 1024);
    payload.copy(read, 100);
    test.stream.receive(description, 0, read.subarray(100, 100 + payload.length));
    read.fill(0);
    const [header] = test.stream.headers;
    expect(header!.payload).toEqual(payload);
    expect(header!.payload.buffer).not.toBe(read.buffer);
  });
});

describe('options that change while the stream is live', () => {
  test('apply at once: the cache is dropped, and limits of present viewers change', () => {
    const test = streamForTest();
    test.publish(...START, video(0, 1, 'key'));
    const viewer = viewerOn(new FakeTransport('stalled'));
    test.stream.join(viewer, FLV);
    test.stream.configure({
      ...test.stream.options,
      gop_num: 0,
      slowViewer: { dropAfterBytes: 65_536, closeAfterBytes: 65_536 },
    });
    expect(spell(join(test).tags)).toBe('');
    for (let id = 2; id < 5; id++) test.publish(video(id * 40, id, 'inter', 140_000));
    expect(viewer.counters.lags).toBe(1);
  });
});

test('counters count packets, keyframes and payload bytes', () => {
  const test = streamForTest();
  test.publish(...START, video(0, 1, 'key', 100), video(40, 2, 'inter', 50), audio(50, 3, 30));
  expect(test.stream.counters).toEqual({
    packets: 6,
    keyframes: 1,
    videoBytes: 31 + 100 + 50,
    audioBytes: 8 + 30,
    dataBytes: START[0]!.payload.length,
    timestampJumps: 0,
  });
});
