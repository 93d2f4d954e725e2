import { describe, expect, test } from 'vitest';
import {
  audio,
  audioHeader,
  FakeTransport,
  FLV,
  LEFT,
  metadata,
  sessionForTest,
  spell,
  START,
  streamForTest,
  takeOver,
  video,
  videoHeader,
  viewerOn,
  type TestStream,
} from './stream-kit.ts';

function join({ stream }: TestStream, transport = new FakeTransport()): FakeTransport {
  stream.join(viewerOn(transport), FLV);
  return transport;
}

describe('when another publisher takes over', () => {
  test('viewers stay and continue with its headers and first keyframe, on the same clock', () => {
    const test = streamForTest();
    test.publish(...START, video(5000, 1, 'key'), video(5040, 2));
    const viewer = join(test);
    takeOver(test);
    expect(spell(viewer.tags)).toBe('m v1 a1 V1! V2');
    test.publish(metadata(0, { videocodecid: 7 }), videoHeader(0, 2), audioHeader(0, 2));
    test.publish(audio(900_000, 3), video(900_010, 4), video(900_030, 5, 'key'), audio(900_040, 6));
    expect(test.stream.viewerCount).toBe(1);
    test.stream.end(LEFT);
    expect(test.stream.viewerCount).toBe(0);
    expect(spell(viewer.tags)).toBe('m v1 a1 V1! V2 m v2 a2 V5! A6');
    expect(viewer.tags.map((tag) => tag.timestamp)).toEqual([
      0, 5000, 5000, 5000, 5040, 5110, 5110, 5110, 5110, 5120,
    ]);
  });

  test('what was pending of the one before is written first', () => {
    const test = streamForTest();
    test.publish(...START, video(0, 1, 'key'));
    const viewer = join(test);
    test.publish(video(40, 2), audio(50, 3));
    test.stream.pause();
    expect(spell(viewer.tags)).toBe('m v1 a1 V1! V2 A3');
  });

  test('a viewer whose connection is busy just then does not miss its first keyframe', () => {
    const test = streamForTest();
    test.publish(...START, video(0, 1, 'key'));
    const busy = join(test, new FakeTransport('stalled'));
    test.publish(video(40, 2, 'inter', 120_000));
    takeOver(test);
    test.publish(videoHeader(0, 2), video(0, 3, 'key'), video(40, 4));
    test.stream.end(LEFT);
    expect(spell(busy.tags)).toBe('m v1 a1 V1! V2 v2 V3! V4');
  });

  test('a viewer that joins meanwhile gets nothing of the old one', () => {
    const test = streamForTest();
    test.publish(...START, video(0, 1, 'key'));
    test.stream.pause();
    const viewer = join(test);
    test.stream.begin(sessionForTest('publish', 'second'));
    test.publish(videoHeader(0, 2), video(0, 2, 'key'));
    test.stream.end(LEFT);
    expect(spell(viewer.tags)).toBe('v2 V2!');
  });

  test('its tracks count, not those of the one before', () => {
    const test = streamForTest();
    test.publish(...START, video(0, 1, 'key'), audio(10, 2));
    expect(test.stream.tracks).toEqual({ video: 'avc', audio: 'aac' });
    takeOver(test);
    test.publish(audioHeader(0, 2), audio(0, 3));
    expect(test.stream.tracks).toEqual({ video: undefined, audio: 'aac' });
    expect(test.stream.headers).toHaveLength(1);
  });
});
