import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Denial } from '../../../core/session/denial.ts';
import { FlvPacketFormat } from '../../../core/media/flv/flv-format.ts';
import type { AppOptions } from '../../../core/options.ts';
import type { Publication } from '../../../core/session/publication.ts';
import type { EndCause, Session } from '../../../core/session/session.ts';
import { StreamHub } from '../../../core/stream/stream-hub.ts';
import { Ticker } from '../../../core/ticker.ts';
import { DEFAULT_APP_OPTIONS } from '../../helpers/config.ts';
import { memoryLog } from '../../helpers/memory-log.ts';
import { FakeTransport, LEFT, sessionForTest, spell, video, videoHeader, viewerOn } from './stream-kit.ts';

const FLV = new FlvPacketFormat();
const options = (changes: Partial<AppOptions> = {}): AppOptions => ({ ...DEFAULT_APP_OPTIONS, ...changes });

interface Kit {
  readonly hub: StreamHub;
  readonly ticker: Ticker;
  readonly events: string[];
}

function kitOf(): Kit {
  const events: string[] = [];
  const ticker = new Ticker((error) => expect.unreachable(String(error)));
  const hub = new StreamHub(memoryLog().log, ticker, {
    streamStart: (stream) => events.push(`start ${stream.key} by ${stream.publisher?.id ?? 'nobody'}`),
    streamStop: (stream, cause) => events.push(`stop ${stream.key}: ${cause.code}`),
  });
  return { hub, ticker, events };
}

async function claim(hub: StreamHub, id: string, changes: Partial<AppOptions> = {}): Promise<Publication> {
  const claimed = await hub.claim(sessionForTest('publish', id), options(changes));
  if (claimed instanceof Denial) throw new Error(claimed.reason);
  return claimed;
}

beforeEach(
  () =>
    void vi.useFakeTimers({
      toFake: [
        'setTimeout',
        'clearTimeout',
        'setInterval',
        'clearInterval',
        'performance',
        'setImmediate',
        'clearImmediate',
      ],
    }),
);
afterEach(() => void vi.useRealTimers());

describe('a stream', () => {
  test('starts with its publisher, whom plugins can see, and stops when it left for good', async () => {
    const { hub, events } = kitOf();
    const publication = await claim(hub, 'p1', { keepAfterUnpublishMs: 3000 });
    expect(hub.find('live/movie')).toBe(publication.stream);
    publication.end(LEFT);
    expect(publication.stream.state).toBe('paused');
    vi.advanceTimersByTime(2999);
    expect(hub.find('live/movie')).toBe(publication.stream);
    vi.advanceTimersByTime(1);
    expect(hub.find('live/movie')).toBeUndefined();
    expect(events).toEqual(['start live/movie by p1', 'stop live/movie: unpublished']);
  });

  test('is the same one when its publisher returns in time', async () => {
    const { hub, events } = kitOf();
    const first = await claim(hub, 'p1', { keepAfterUnpublishMs: 3000 });
    first.end(LEFT);
    vi.advanceTimersByTime(2000);
    const second = await claim(hub, 'p2', { keepAfterUnpublishMs: 3000 });
    expect(second.stream).toBe(first.stream);
    vi.advanceTimersByTime(10_000);
    expect(second.stream.state).toBe('live');
    expect(events).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(1);
  });

  test('ends at once with keepAfterUnpublishMs: 0, and its viewers are told why', async () => {
    const { hub } = kitOf();
    const publication = await claim(hub, 'p1', { keepAfterUnpublishMs: 0 });
    const transport = new FakeTransport();
    publication.stream.join(viewerOn(transport), FLV);
    publication.end(LEFT);
    expect(publication.stream.state).toBe('ended');
    expect(transport.causes).toEqual([{ code: 'unpublished', message: 'the publisher has gone' }]);
  });

  test('does not end twice when its publisher’s end is told twice', async () => {
    const { hub, events } = kitOf();
    const first = await claim(hub, 'p1', { keepAfterUnpublishMs: 1000 });
    first.end(LEFT);
    first.end(LEFT);
    const second = await claim(hub, 'p2', { keepAfterUnpublishMs: 1000 });
    first.end(LEFT);
    vi.advanceTimersByTime(5000);
    expect(second.stream.state).toBe('live');
    expect(events).toEqual(['start live/movie by p1']);
  });
});

describe('a name that is already published', () => {
  test('with duplicate: "reject" refuses the newcomer and leaves the present one alone', async () => {
    const { hub } = kitOf();
    const first = await claim(hub, 'p1');
    const refused = await hub.claim(sessionForTest('publish', 'p2'), options({ duplicate: 'reject' }));
    expect(refused).toEqual(new Denial('duplicate', 'live/movie is already published'));
    expect(first.active).toBe(true);
    expect([...hub.sessions.keys()]).toEqual(['p1']);
  });

  test('whose publisher has gone while its connection was left alone is free', async () => {
    const { hub } = kitOf();
    const first = await claim(hub, 'p1');
    // What the connection holds back is its end.
    first.readInTurns({
      pause: () => {},
      resume: () => first.end(LEFT),
      bufferedBytes: () => 0,
    });
    vi.advanceTimersByTime(500);
    first.tookBytes(100);
    const second = hub.claim(sessionForTest('publish', 'p2'), options({ duplicate: 'reject' }));
    await vi.advanceTimersByTimeAsync(10);
    expect(await second).toMatchObject({ active: true });
  });

  test('with duplicate: "replace" closes the present one with a reason, and viewers go over', async () => {
    const { hub, events } = kitOf();
    const causes: EndCause[] = [];
    const first = await hub.claim(
      sessionForTest('publish', 'p1', (cause) => {
        causes.push(cause);
        (first as Publication).end(cause);
      }),
      options(),
    );
    if (first instanceof Denial) throw new Error(first.reason);
    const write = (to: Publication, ...messages: ReturnType<typeof video>[]): void => {
      for (const { description, timestamp, payload } of messages) to.write(description, timestamp, payload);
    };
    write(first, videoHeader(0, 1), video(0, 1, 'key'));
    const transport = new FakeTransport();
    first.stream.join(viewerOn(transport), FLV);
    const second = await claim(hub, 'p2');
    expect(causes).toEqual([
      { code: 'replaced', message: 'replaced by 192.0.2.1:5000 (duplicate: "replace")' },
    ]);
    expect(second.stream).toBe(first.stream);
    expect(first.active).toBe(false);
    write(first, video(40, 99));
    write(second, videoHeader(0, 2), video(0, 2, 'key'));
    vi.advanceTimersByTime(1);
    expect(spell(transport.tags)).toBe('v1 V1! v2 V2!');
    expect([...hub.sessions.keys()]).toEqual(['p2']);
    expect(events).toEqual(['start live/movie by p1']);
  });
});

describe('who comes before the publisher', () => {
  test('waits, and is served as soon as it comes', async () => {
    const { hub } = kitOf();
    const waiting = hub.waitFor('live/movie', 10_000, new AbortController().signal);
    vi.advanceTimersByTime(9999);
    const { stream } = await claim(hub, 'p1');
    expect(await waiting).toBe(stream);
    vi.advanceTimersByTime(10_000);
    expect(vi.getTimerCount()).toBe(1);
  });

  test('waits for waitForPublisherMs and no longer, and not at all for 0', async () => {
    const { hub } = kitOf();
    const waiting = hub.waitFor('live/movie', 10_000, new AbortController().signal);
    vi.advanceTimersByTime(10_000);
    expect(await waiting).toBeUndefined();
    expect(await hub.waitFor('live/movie', 0, new AbortController().signal)).toBeUndefined();
  });

  test('and leaves, leaves nothing behind', async () => {
    const { hub } = kitOf();
    const abort = new AbortController();
    const waits = Array.from({ length: 10 }, () => hub.waitFor('live/movie', 10_000, abort.signal));
    abort.abort();
    expect(await Promise.all(waits)).toEqual(waits.map(() => undefined));
    expect(vi.getTimerCount()).toBe(1);
    expect(await hub.waitFor('live/movie', 10_000, abort.signal)).toBeUndefined();
  });

  test('of a name is not woken by another', async () => {
    const { hub } = kitOf();
    const waiting = hub.waitFor('live/other', 5000, new AbortController().signal);
    await claim(hub, 'p1');
    vi.advanceTimersByTime(5000);
    expect(await waiting).toBeUndefined();
  });
});

test('more streams than maxStreams are refused; those that are there may be taken over', async () => {
  const { hub } = kitOf();
  hub.configure({ maxStreams: 1, writeTimeoutMs: 0 });
  await claim(hub, 'p1');
  await claim(hub, 'p2');
  const session = sessionForTest('publish', 'p3');
  const other = Object.create(session, { key: { value: 'live/other' } }) as Session;
  expect(await hub.claim(other, options())).toEqual(
    new Denial('limit', 'the server carries 1 streams already (maxStreams)'),
  );
});

test('a viewer who takes no byte for write_timeout is closed, one who takes some is not', async () => {
  const { hub } = kitOf();
  hub.configure({ maxStreams: 0, writeTimeoutMs: 10_000 });
  const { stream } = await claim(hub, 'p1', { gop_num: 1 });
  const { description, payload } = video(0, 1, 'key', 1000);
  stream.publish(description, 0, payload);
  const [dead, slow, healthy] = [
    new FakeTransport('stalled'),
    new FakeTransport('stalled'),
    new FakeTransport(),
  ];
  for (const transport of [dead, slow, healthy]) stream.join(viewerOn(transport), FLV);
  for (let second = 0; second < 12; second++) {
    slow.take(1);
    vi.advanceTimersByTime(1000);
  }
  expect(dead.causes).toEqual([
    { code: 'slow', message: 'the connection took no byte for 10 s (write_timeout)' },
  ]);
  expect(slow.causes).toEqual([]);
  expect(healthy.causes).toEqual([]);
  expect(stream.viewerCount).toBe(2);
});

test('a hub that closes ends every stream and session, wakes who waits, and takes nobody any more', async () => {
  const { hub, ticker, events } = kitOf();
  const causes: string[] = [];
  const publisher = sessionForTest('publish', 'p1', (cause) => causes.push(`publisher ${cause.code}`));
  await hub.claim(publisher, options());
  hub.addViewer(sessionForTest('play', 'v1', (cause) => causes.push(`viewer ${cause.code}`)));
  const waiting = hub.waitFor('live/other', 5000, new AbortController().signal);
  hub.close({ code: 'shutdown', message: 'SIGTERM' });
  expect(causes).toEqual(['publisher shutdown', 'viewer shutdown']);
  expect(await waiting).toBeUndefined();
  expect(events.at(-1)).toBe('stop live/movie: shutdown');
  expect(await hub.claim(sessionForTest('publish', 'p2'), options())).toBeInstanceOf(Denial);
  ticker.stop();
  expect(vi.getTimerCount()).toBe(0);
});

test('a session that cannot be closed keeps no other from being closed', async () => {
  const { hub } = kitOf();
  const closed: string[] = [];
  hub.addViewer(
    sessionForTest('play', 'v1', () => {
      throw new Error('broken protocol');
    }),
  );
  hub.addViewer(sessionForTest('play', 'v2', () => closed.push('v2')));
  expect(() => hub.close({ code: 'shutdown', message: 'SIGTERM' })).not.toThrow();
  expect(closed).toEqual(['v2']);
});
