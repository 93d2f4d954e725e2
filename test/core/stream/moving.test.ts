// A publisher that is connected to another worker: what becomes of the stream here.
import { describe, expect, test, vi } from 'vitest';
import type { EndCause } from '../../../core/end-cause.ts';
import type { Stream } from '../../../core/stream/stream.ts';
import type { StreamHub } from '../../../core/stream/stream-hub.ts';
import { claim, hubForTest, options, useFakeTime } from './hub-kit.ts';
import { FakeTransport, FLV, identityForTest, sessionForTest, viewerOn } from './stream-kit.ts';

useFakeTime();

const NEWCOMER = { remote: '192.0.2.9:5000' };
const MOVED: EndCause = { code: 'replaced', message: 'its publisher is connected to another worker now' };
const NONE_KEPT = { keepAfterUnpublishMs: 0, keepAfterDisconnectMs: 60_000 };

function watch(stream: Stream): FakeTransport {
  const transport = new FakeTransport();
  stream.join(viewerOn(transport), FLV);
  return transport;
}

async function copy(hub: StreamHub): Promise<{ stream: Stream; end(cause: EndCause): void }> {
  const publisher = sessionForTest('publish', 'copy');
  const claimed = await hub.claim(publisher, identityForTest({ origin: 'mirror' }), options(NONE_KEPT));
  if (typeof claimed === 'string') throw new Error(claimed);
  return { stream: claimed.stream, end: (cause) => hub.release(claimed.stream, publisher, cause) };
}

describe('a stream that is given up', () => {
  test('is kept three seconds for its viewers, whatever is kept for publishers that return', async () => {
    const { hub } = hubForTest();
    const { stream } = await claim(hub, 'first', NONE_KEPT);
    const viewer = watch(stream);
    expect(await hub.giveUp('live/movie', 'replace', NEWCOMER)).toBe('given');
    await vi.advanceTimersByTimeAsync(2900);
    expect(viewer.causes).toEqual([]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(viewer.causes).toEqual([{ code: 'unpublished', message: 'the publisher has disconnected' }]);
  });

  test('ends without viewers, but not before its copies can be told of the move', async () => {
    const { hub } = hubForTest();
    await claim(hub, 'first');
    await hub.giveUp('live/movie', 'replace', NEWCOMER);
    expect(hub.find('live/movie')?.state).toBe('paused');
    await vi.advanceTimersByTimeAsync(100);
    expect(hub.find('live/movie')).toBeUndefined();
  });
});

describe('a copy whose original has moved', () => {
  test('keeps its viewers as long as the new original lives, and three seconds without one', async () => {
    const { hub } = hubForTest();
    const { stream, end } = await copy(hub);
    const viewer = watch(stream);
    end(MOVED);
    for (let second = 0; second < 30; second++) {
      hub.keepWaiting('live/movie');
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(viewer.causes).toEqual([]);
    await vi.advanceTimersByTimeAsync(3500);
    expect(viewer.causes).toMatchObject([{ code: 'unpublished' }]);
  });

  test('ends at once without viewers', async () => {
    const { hub } = hubForTest();
    const { end } = await copy(hub);
    end(MOVED);
    expect(hub.find('live/movie')).toBeUndefined();
  });

  test('that follows the new one is not ended by the wait', async () => {
    const { hub } = hubForTest();
    const { stream, end } = await copy(hub);
    watch(stream);
    end(MOVED);
    await copy(hub);
    hub.keepWaiting('live/movie');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(hub.find('live/movie')?.state).toBe('live');
  });
});
