// Queues of viewers, and what plugins keep, count among the memory of all media.
import { expect, test } from 'vitest';
import { HeldBytes } from '../../../core/delivery/held-bytes.ts';
import { MediaMemory } from '../../../core/delivery/media-memory.ts';
import { SegmentCache } from '../../../plugins/replay/http/segment-cache.ts';
import { avcFrame, avcHeader } from '../../helpers/media/media.ts';
import { describeVideo } from '../../../core/media/flv/tag-body.ts';
import type { WirePacket } from '../../helpers/rtmp-client.ts';
import { FakeTransport, START, video } from '../stream/stream-kit.ts';
import { join, live } from './fan-out-kit.ts';

test('what a queue holds is counted once, whatever it says how often', () => {
  const memory = new MediaMemory();
  memory.configure({ maxStreamBytes: 1000, maxMediaBytes: 10_000 });
  const held = new HeldBytes((change) => memory.hold('live/a', change));
  expect([held.set(700), held.set(700), held.set(1200), held.set(0)]).toEqual([0, 0, 200, 0]);
  expect(memory.totalBytes).toBe(0);
});

test('workers share the memory of the machine', () => {
  const memory = new MediaMemory();
  memory.configure({ maxStreamBytes: 1e9, maxMediaBytes: 8000 }, 4);
  expect(memory.hold('live/a', 3000)).toBe(1000);
});

test('segments of recordings make room when there is too little memory for all media', async () => {
  const memory = new MediaMemory();
  memory.configure({ maxStreamBytes: 1e9, maxMediaBytes: 2500 });
  const cache = new SegmentCache(
    () => 1e9,
    (change) => memory.hold('replay', change),
  );
  for (const key of ['a', 'b', 'c', 'd']) await cache.get(key, () => Promise.resolve(Buffer.alloc(1000)));
  expect([cache.bytes, memory.totalBytes]).toEqual([2000, 2000]);
  cache.clear();
  expect(memory.totalBytes).toBe(0);
});

test('what waits for viewers is counted once, however many wait for it; when it is too much they lag', () => {
  const test = live();
  const { stream, flush, publish } = test;
  const push = ({ timestamp, payload }: WirePacket): void =>
    publish({ description: describeVideo(payload), timestamp, payload });
  push(avcHeader());
  push(avcFrame('key', 0, 1, 300_000));
  const stalled = [1, 2, 3].map(() => join(test, undefined, new FakeTransport('stalled')));
  push(avcFrame('inter', 40, 2, 400_000));
  flush();
  const amounts: number[] = [];
  const hold =
    (excess: number) =>
    (bytes: number): number => {
      amounts.push(bytes);
      return excess;
    };
  stream.everySecond(1000, 0, hold(0));
  const [{ viewer }] = stalled as [(typeof stalled)[0]];
  expect(amounts[0]).toBeGreaterThanOrEqual(viewer.queuedBytes);
  expect(amounts[0]).toBeLessThan(2 * viewer.queuedBytes);
  stream.everySecond(2000, 0, hold(1));
  expect(stalled.map((each) => each.viewer.state)).toEqual(['lagging', 'lagging', 'lagging']);
  stream.everySecond(3000, 0, hold(0));
  expect(amounts[2]).toBeLessThan(amounts[0]! / 2);
});

test('the encoded cache is given up when nobody has joined for a second, and made again for the next who joins', () => {
  const test = live();
  const { stream, publish } = test;
  publish(...START, video(0, 1, 'key', 100_000), video(40, 2));
  const amounts: number[] = [];
  const look = (second: number): void =>
    stream.everySecond(second * 1000, 0, (bytes) => {
      amounts.push(bytes);
      return 0;
    });
  const { transport: first } = join(test);
  look(1);
  const { transport: second } = join(test);
  look(2);
  look(3);
  const { transport: third } = join(test);
  expect(amounts.map((bytes) => bytes > 100_000)).toEqual([true, true, false]);
  expect(second.writes.map((bytes, index) => bytes === first.writes[index])).not.toContain(false);
  expect(third.bytes.equals(first.bytes)).toBe(true);
});

test('a viewer that has just joined and lags for want of memory gets no picture without the keyframe before it', () => {
  const test = live();
  const { stream, flush, publish } = test;
  publish(...START, video(0, 1, 'key', 300_000));
  join(test);
  publish(video(40, 2));
  const { transport, viewer } = join(test, undefined, new FakeTransport('stalled'));
  transport.take(64 * 1024);
  const written = transport.writes.length;
  stream.everySecond(1000, 0, () => 1);
  transport.drain();
  publish(video(80, 3));
  flush();
  expect(viewer.state).toBe('lagging');
  expect(transport.writes).toHaveLength(written);
  publish(video(120, 4, 'key'));
  flush();
  expect(viewer.state).toBe('current');
});
