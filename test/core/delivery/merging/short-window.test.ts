// A window with room for two or three packets: a packet waits in it only for one that is due.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { audio, FakeTransport, FLV, streamForTest, video, viewerOn } from '../../stream/stream-kit.ts';

const WINDOW_MS = 12;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Audio every 20 ms, at 0, 20, 40 …; video every 40 ms, at 15, 55, 95 … Each id is the time, below 256: more would be a start code. */
function isAudio(time: number): boolean {
  return time % 20 === 0;
}

function isVideo(time: number): boolean {
  return time % 40 === 15;
}

interface Write {
  readonly at: number;
  readonly ids: readonly number[];
}

/** Publishes up to the end of `ms`; returns the writes to one viewer from `from` on. */
function play(ms: number, from: number, comes: (time: number) => boolean = () => true): Write[] {
  const { stream, publish } = streamForTest({ mergeWriteMs: WINDOW_MS });
  const viewer = new FakeTransport();
  publish(video(0, 0, 'key'));
  stream.join(viewerOn(viewer), FLV);
  const writes: Write[] = [];
  let seen = 0;
  for (let time = 0; time <= ms; time++) {
    if (isAudio(time) && comes(time)) publish(audio(time, time));
    if (isVideo(time) && comes(time)) publish(video(time, time));
    vi.advanceTimersByTime(0);
    const { tags, writes: all } = viewer;
    if (all.length > 0 && tags.length > seen)
      writes.push({ at: time, ids: tags.slice(seen).map(({ id }) => id) });
    seen = tags.length;
    vi.advanceTimersByTime(1);
  }
  return writes.filter(({ at }) => at >= from);
}

test('a packet waits for one that is due, and both leave in one write when it comes', () => {
  expect(play(240, 200)).toEqual([
    { at: 200, ids: [200] },
    { at: 220, ids: [215, 220] },
    { at: 240, ids: [240] },
  ]);
});

test('a packet that is due and does not come is waited for no longer than the window', () => {
  const [late] = play(240, 210, (time) => time !== 220);
  expect(late!.ids).toEqual([215]);
  expect(late!.at).toBeGreaterThanOrEqual(215 + WINDOW_MS);
  expect(late!.at).toBeLessThanOrEqual(215 + WINDOW_MS + 1);
});

test('a track that has stopped is waited for once and not again', () => {
  const writes = play(240, 120, (time) => isVideo(time) || time < 90);
  expect(writes.map(({ at, ids }) => [at, ids])).toEqual([
    [135, [135]],
    [175, [175]],
    [215, [215]],
  ]);
});
