import { describe, expect, test } from 'vitest';
import { RtmpPacketFormat } from '../../../core/protocol/rtmp/rtmp-format.ts';
import { audio, FakeTransport, FLV, spell, START, video } from '../stream/stream-kit.ts';
import { join, live, type Joined } from './fan-out-kit.ts';

describe('bytes', () => {
  test('are the same object for all live viewers of a format, one write for each and flush', () => {
    const test = live();
    test.publish(...START, video(0, 1, 'key'));
    const viewers = Array.from({ length: 200 }, () => join(test));
    const rtmp = new RtmpPacketFormat(4096, 1);
    const others = Array.from({ length: 100 }, () => join(test, rtmp));
    const before = viewers.map(({ transport }) => transport.writes.length);
    for (let round = 0; round < 3; round++) {
      test.publish(audio(50 + round, 1), video(80 + round, 2), audio(90 + round, 3));
      test.flush();
    }
    for (const [index, { transport }] of viewers.entries()) {
      expect(transport.writes).toHaveLength(before[index]! + 3);
    }
    const distinct = (all: readonly Joined[]) =>
      new Set(all.flatMap(({ transport }) => transport.writes.slice(-3))).size;
    expect(distinct(viewers)).toBe(3);
    expect(distinct(others)).toBe(3);
  });

  test('of the GOP cache are encoded once for all that join between two packets', () => {
    const test = live({ gop_num: 5 });
    test.publish(...START);
    for (let id = 0; id < 300; id++) test.publish(video(id * 40, id, id === 0 ? 'key' : 'inter', 2000));
    const viewers = Array.from({ length: 50 }, () => join(test));
    const buffers = new Set(viewers.flatMap(({ transport }) => transport.writes));
    expect(buffers.size).toBe(viewers[0]!.transport.writes.length);
    test.publish(video(12_000, 300, 'inter', 2000));
    const next = join(test);
    const fresh = next.transport.writes.filter((bytes) => !buffers.has(bytes));
    expect(fresh).toHaveLength(1);
    expect(next.transport.tags.filter((tag) => tag.what !== 'header')).toHaveLength(301);
  });

  test('are written at once when a run has grown to 128 KiB, without waiting for the window', () => {
    const test = live();
    test.publish(...START, video(0, 1, 'key'));
    const { transport } = join(test);
    test.publish(video(40, 2, 'inter', 100_000));
    expect(spell(transport.tags)).toBe('m v1 a1 V1!');
    test.publish(video(80, 3, 'inter', 40_000));
    expect(spell(transport.tags)).toBe('m v1 a1 V1! V2 V3');
  });

  test('cost nothing without a viewer', () => {
    const test = live();
    test.publish(...START, video(0, 1, 'key'), video(40, 2));
    expect(test.scheduled.size).toBe(0);
    const { viewer } = join(test);
    test.stream.leave(viewer, FLV);
    test.publish(video(80, 3));
    expect(test.scheduled.size).toBe(0);
    expect(test.stream.viewerCount).toBe(0);
    expect(test.scheduler.viewers).toBe(0);
  });
});

test.each(['has just joined', 'has been there for a while'])(
  'a viewer that %s and whose connection throws is closed; the others get the run, and the stream continues',
  (since) => {
    const test = live();
    test.publish(...START, video(0, 1, 'key'));
    const [first, broken, last] = [join(test), join(test), join(test)];
    test.publish(video(20, 2));
    if (since === 'has been there for a while') test.flush();
    broken.transport.write = () => {
      throw new Error('write after end');
    };
    test.publish(video(40, 3));
    expect(() => test.flush()).not.toThrow();
    test.publish(video(80, 4));
    test.flush();
    for (const { transport } of [first, last]) expect(spell(transport.tags)).toBe('m v1 a1 V1! V2 V3 V4');
    expect(broken.transport.causes.map((cause) => cause.code)).toEqual(['failed']);
  },
);

test('a viewer that leaves while a run is written to it stays away', () => {
  const test = live();
  test.publish(...START, video(0, 1, 'key'));
  const [leaver, other] = [join(test), join(test)];
  leaver.transport.write = () => test.stream.leave(leaver.viewer, FLV);
  test.publish(video(40, 2));
  test.flush();
  expect(test.stream.viewerCount).toBe(1);
  expect(test.scheduler.viewers).toBe(1);
  expect(spell(other.transport.tags)).toBe('m v1 a1 V1! V2');
});

test('a viewer that joins while a run is written to another gets each packet once', () => {
  const test = live();
  test.publish(...START, video(0, 1, 'key'));
  const first = join(test);
  test.publish(video(20, 2));
  test.flush();
  const joiner = new FakeTransport();
  first.transport.write = () => {
    if (joiner.writes.length === 0) join(test, FLV, joiner);
  };
  test.publish(video(40, 3), video(60, 4));
  test.flush();
  test.publish(video(80, 5));
  test.flush();
  expect(spell(joiner.tags)).toBe('m v1 a1 V1! V2 V3 V4 V5');
});

test('a viewer that leaves because another one starts is not started', () => {
  const test = live({ gop_num: 0 });
  test.publish(...START);
  const [first, second] = [join(test), join(test)];
  first.transport.write = () => test.stream.leave(second.viewer, FLV);
  test.publish(video(40, 2, 'key'), video(80, 3));
  test.flush();
  expect(test.stream.viewerCount).toBe(1);
});

test('a viewer that has a queue for a while misses nothing, and continues as before', () => {
  const test = live();
  test.publish(...START, video(0, 1, 'key'));
  const { transport, viewer } = join(test);
  for (let id = 2; id < 10; id++) {
    if (id === 3) transport.stall();
    if (id === 7) transport.read();
    test.publish(video(id * 40, id, 'inter', 40_000));
    test.flush();
  }
  expect(spell(transport.tags)).toBe('m v1 a1 V1! V2 V3 V4 V5 V6 V7 V8 V9');
  expect(viewer.counters).toMatchObject({ lags: 0, queuedBytes: 0, sentBytes: transport.bytes.length });
});
