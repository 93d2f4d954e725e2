import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GopCache, type GopLimits } from '../../../core/delivery/gop-cache.ts';
import type { MediaPacket } from '../../../core/media/packet.ts';
import {
  audio,
  metadata,
  packetOf,
  seen,
  spell,
  video,
  videoHeader,
  type Message,
} from '../stream/stream-kit.ts';

const PLENTY: GopLimits = { groups: 1, bytes: 1 << 30, milliseconds: 1_000_000 };
const HEADERS = [packetOf(metadata(0, { width: 320 })), packetOf(videoHeader(0, 1))];

function cacheOf(limits: Partial<GopLimits>, ...messages: readonly Message[]): GopCache {
  const cache = new GopCache({ ...PLENTY, ...limits });
  for (const message of messages) cache.push(packetOf(message), HEADERS);
  return cache;
}

function spelled(packets: readonly MediaPacket[]): string {
  return spell(packets.map(({ kind, payload }) => seen(kind === 'data' ? 'script' : kind, payload)));
}

/** Three groups of keyframe, audio, frame; 40 ms apart. */
const GROUPS = [0, 1, 2].flatMap((group) => [
  video(group * 120, group * 10, 'key'),
  audio(group * 120 + 40, group * 10 + 1),
  video(group * 120 + 80, group * 10 + 2),
]);

describe('gop_num', () => {
  test('1 keeps the current group with its audio, from its keyframe on', () => {
    expect(spelled(cacheOf({}, ...GROUPS).read())).toBe('V20! A21 V22');
  });

  test('2 keeps two, 100 keeps all there are', () => {
    expect(spelled(cacheOf({ groups: 2 }, ...GROUPS).read())).toBe('V10! A11 V12 V20! A21 V22');
    expect(cacheOf({ groups: 100 }, ...GROUPS).read()).toHaveLength(9);
  });

  test('0 keeps nothing', () => {
    const cache = cacheOf({ groups: 0 }, ...GROUPS);
    expect(cache.read()).toEqual([]);
    expect(cache.headers()).toEqual([]);
    expect(cache.bytes).toBe(0);
  });
});

test('nothing is kept before the first keyframe, nor of a stream without video', () => {
  expect(cacheOf({}, audio(0, 1), video(10, 2), audio(20, 3)).read()).toEqual([]);
});

test('a keyframe of a second track does not begin a group', () => {
  const second = video(10, 2, 'key');
  const cache = cacheOf({}, video(0, 1, 'key'), {
    ...second,
    description: { ...second.description, track: 1 },
  });
  expect(spelled(cache.read())).toBe('V1! V2!');
});

test('a header that changes inside a group stands where it came, not in front', () => {
  const cache = cacheOf({}, video(0, 1, 'key'), videoHeader(40, 2), video(40, 3));
  expect(spelled(cache.headers())).toBe('m v1');
  expect(spelled(cache.read())).toBe('V1! v2 V3');
});

test('headers get the time of the first cached packet, metadata 0', () => {
  const cache = cacheOf({}, video(90_000, 1, 'key'), video(90_040, 2));
  expect(cache.headers().map((packet) => packet.timestamp)).toEqual([0, 90_000]);
});

describe('limits', () => {
  test('in bytes drop the oldest groups, and are kept to at every moment', () => {
    const cache = cacheOf({ groups: 10, bytes: 40_000 });
    for (let id = 0; id < 200; id++) {
      cache.push(packetOf(video(id * 40, id, id % 10 === 0 ? 'key' : 'inter', 1000)), HEADERS);
      expect(cache.bytes).toBeLessThanOrEqual(40_000);
      expect(cache.read()[0]?.keyframe).toBe(true);
    }
    expect(cache.length).toBeGreaterThanOrEqual(20);
  });

  test('in bytes also hold for packets of a single byte: what a packet costs beside its payload counts', () => {
    const cache = cacheOf({ bytes: 1_000_000 }, video(0, 0, 'key'));
    const tiny = audio(0, 1).description;
    for (let id = 0; id < 100_000; id++)
      cache.push(packetOf({ description: tiny, timestamp: 0, payload: Buffer.of(0xaf) }), HEADERS);
    expect(cache.length).toBeLessThan(20_000);
  });

  test('in milliseconds drop the oldest groups', () => {
    const cache = cacheOf({ groups: 10, milliseconds: 200 }, ...GROUPS);
    expect(spelled(cache.read())).toBe('V10! A11 V12 V20! A21 V22');
  });

  test('that one group alone passes leave the cache empty until the next keyframe', () => {
    const cache = cacheOf({ milliseconds: 100 }, video(0, 1, 'key'), video(101, 2), video(140, 3));
    expect(cache.read()).toEqual([]);
    expect(cache.bytes).toBe(0);
    cache.push(packetOf(video(180, 4, 'key')), HEADERS);
    expect(spelled(cache.read())).toBe('V4!');
  });

  test('that are lowered hold at once', () => {
    const cache = cacheOf({ groups: 3 }, ...GROUPS);
    cache.configure({ ...PLENTY, groups: 2 });
    expect(spelled(cache.read())).toBe('V10! A11 V12 V20! A21 V22');
    cache.configure({ ...PLENTY, groups: 2, milliseconds: 100 });
    expect(spelled(cache.read())).toBe('V20! A21 V22');
    cache.configure({ ...PLENTY, groups: 0 });
    expect(cache.read()).toEqual([]);
    expect(cache.bytes).toBe(0);
  });

  test('that are raised from 0 hold from the next keyframe on', () => {
    const cache = cacheOf({ groups: 0 }, video(0, 1, 'key'));
    cache.configure(PLENTY);
    cache.push(packetOf(video(40, 2)), HEADERS);
    cache.push(packetOf(video(80, 3, 'key')), HEADERS);
    expect(spelled(cache.read())).toBe('V3!');
  });
});

test('the epoch changes whenever packets leave the front, and only then', () => {
  const cache = cacheOf({}, video(0, 1, 'key'));
  const { epoch } = cache;
  cache.push(packetOf(video(40, 2)), HEADERS);
  expect(cache.epoch).toBe(epoch);
  cache.push(packetOf(video(80, 3, 'key')), HEADERS);
  expect(cache.epoch).not.toBe(epoch);
  const second = cache.epoch;
  cache.clear();
  expect(cache.epoch).not.toBe(second);
});

test('whatever is published, the cache is a suffix of it that starts at a keyframe, and its bytes add up', () => {
  const kind = fc.constantFrom('key', 'inter', 'audio', 'header');
  const packets = fc.array(fc.record({ kind, size: fc.integer({ min: 10, max: 900 }), step: fc.nat(100) }), {
    maxLength: 80,
  });
  const limits = fc.record({
    groups: fc.integer({ min: 0, max: 4 }),
    bytes: fc.integer({ min: 0, max: 20_000 }),
    milliseconds: fc.integer({ min: 0, max: 3000 }),
  });
  fc.assert(
    fc.property(packets, limits, limits, fc.nat(80), (list, first, second, when) => {
      const cache = new GopCache(first);
      const pushed: MediaPacket[] = [];
      let held = first;
      let time = 0;
      for (const [id, { kind: what, size, step }] of list.entries()) {
        if (id === when) cache.configure((held = second));
        time += step;
        const message =
          what === 'audio'
            ? audio(time, id, size)
            : what === 'header'
              ? videoHeader(time, id)
              : video(time, id, what, size);
        pushed.push(packetOf(message));
        cache.push(pushed.at(-1)!, []);
        const kept = cache.read();
        expect(kept).toEqual(pushed.slice(pushed.length - kept.length));
        expect(cache.bytes).toBeLessThanOrEqual(held.bytes);
        if (kept.length === 0) {
          expect(cache.bytes).toBe(0);
          continue;
        }
        expect(kept[0]!.keyframe).toBe(true);
        expect(kept.filter((packet) => packet.keyframe).length).toBeLessThanOrEqual(held.groups);
        expect(kept.at(-1)!.timestamp - kept[0]!.timestamp).toBeLessThanOrEqual(held.milliseconds);
        expect(cache.bytes).toBeGreaterThanOrEqual(
          kept.reduce((sum, packet) => sum + packet.payload.length, 0),
        );
      }
    }),
  );
});
