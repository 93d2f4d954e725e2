// The memory of one stream, and of all streams together, is bounded.
import { expect, test } from 'vitest';
import { GopCache } from '../../../core/delivery/gop-cache.ts';
import { MediaMemory } from '../../../core/delivery/media-memory.ts';
import { SegmentWindow } from '../../../core/media/hls/segment-window.ts';
import { describeVideo } from '../../../core/media/flv/tag-body.ts';
import { MediaPacket } from '../../../core/media/packet.ts';
import { avcFrame } from '../../helpers/media/media.ts';

function memory(maxStreamBytes: number, maxMediaBytes: number): MediaMemory {
  const made = new MediaMemory();
  made.configure({ maxStreamBytes, maxMediaBytes });
  return made;
}

function push(cache: GopCache, type: 'key' | 'inter', timestamp: number, size: number): void {
  const { payload } = avcFrame(type, timestamp, 1, size);
  cache.push(new MediaPacket(describeVideo(payload), timestamp, payload), []);
}

test('a stream that takes more than maxStreamBytes is told how much is too much', () => {
  const all = memory(1000, 10_000);
  expect(all.hold('live/a', 900)).toBe(0);
  expect(all.hold('live/a', 300)).toBe(200);
  expect(all.hold('live/a', -200)).toBe(0);
  expect([all.bytesOf('live/a'), all.totalBytes]).toEqual([1000, 1000]);
  all.hold('live/a', -1000);
  expect([all.bytesOf('live/a'), all.totalBytes]).toEqual([0, 0]);
});

test('when all streams take too much, the large ones make room and the small ones keep what they have', () => {
  const all = memory(1_000_000, 10_000);
  all.hold('live/small', 1000);
  expect(all.hold('live/large', 9000)).toBe(0);
  expect(all.hold('live/small', 500)).toBe(0);
  expect(all.hold('live/large', 0)).toBe(500);
  expect(all.hold('live/large', 4000)).toBe(4500);
});

test('a GOP cache drops its groups when its stream has no memory left, and counts to the byte', () => {
  const all = memory(100_000, 1_000_000);
  const cache = new GopCache({ groups: 10, bytes: 1e9, milliseconds: 1e9 });
  cache.accountTo((change) => all.hold('live/a', change));
  for (let index = 0; index < 100; index++) push(cache, index % 5 === 0 ? 'key' : 'inter', index * 40, 5000);
  expect(cache.bytes).toBeLessThanOrEqual(100_000);
  expect(cache.bytes).toBeGreaterThan(50_000);
  expect(all.bytesOf('live/a')).toBe(cache.bytes);
  cache.clear();
  expect(all.totalBytes).toBe(0);
});

test('a window of segments gives its oldest up, keeps the newest, and its numbers stay right', () => {
  const window = new SegmentWindow<string>({ size: 3, retain: 2, segmentSeconds: 2 });
  for (let index = 0; index < 5; index++)
    window.add({
      uri: `${index}.ts`,
      durationMs: 2000,
      discontinuity: index === 3,
      independent: true,
      byteLength: 1,
      data: `${index}`,
    });
  const dropped = [0, 1, 2, 3, 4, 5].map(() => window.dropOldest()?.data);
  expect(dropped).toEqual(['0', '1', '2', '3', undefined, undefined]);
  expect([window.mediaSequence, window.discontinuitySequence]).toEqual([4, 1]);
  expect(window.find(4)?.data).toBe('4');
  expect(window.find(3)).toBeUndefined();
});
