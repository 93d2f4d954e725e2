import { describe, expect, test, vi } from 'vitest';
import { PacedReaders } from '../../../core/intake/paced-reader.ts';
import type { EndCause } from '../../../core/end-cause.ts';
import { claim, hubForTest, never, options, tryClaim, useFakeTime, type Claimed } from './hub-kit.ts';
import {
  FakeTransport,
  FLV,
  identityForTest,
  LEFT,
  sessionForTest,
  spell,
  video,
  videoHeader,
  viewerOn,
} from './stream-kit.ts';

useFakeTime();

describe('a stream', () => {
  test.each([
    ['whose publisher stopped', { ...LEFT, deliberate: true }, {}, 3000],
    ['whose publisher broke off, as long as OBS needs to try twice', LEFT, {}, 15_000],
    ['whose publisher fell silent', { code: 'silent', message: 'nothing came' }, {}, 15_000],
    ['whose publisher was closed by an operator', { code: 'kicked', message: 'out' }, {}, 3000],
    ['whose publisher broke off, by options', LEFT, { keepAfterDisconnectMs: 500 }, 3000],
    ['whose publisher broke off, by other options', LEFT, { keepAfterDisconnectMs: 60_000 }, 60_000],
  ] as const)('%s waits for it to return', async (_name, cause, changes, waitMs) => {
    const { hub } = hubForTest();
    const { release } = await claim(hub, 'p1', changes);
    release(cause);
    vi.advanceTimersByTime(waitMs - 1);
    expect(hub.find('live/movie')).toBeDefined();
    vi.advanceTimersByTime(1);
    expect(hub.find('live/movie')).toBeUndefined();
  });

  test('keeps no viewers at all with keepAfterUnpublishMs: 0, however its publisher ends', async () => {
    const { hub } = hubForTest();
    const { release } = await claim(hub, 'p1', { keepAfterUnpublishMs: 0 });
    release(LEFT);
    expect(hub.find('live/movie')).toBeUndefined();
  });

  test('starts with its publisher, whom plugins can see, and stops when it left for good', async () => {
    const { hub, events } = hubForTest();
    const { stream, release } = await claim(hub, 'p1', { keepAfterUnpublishMs: 3000 });
    expect(hub.find('live/movie')).toBe(stream);
    expect(hub.resolve(stream.view)).toBe(stream);
    release({ ...LEFT, deliberate: true });
    expect(stream.state).toBe('paused');
    vi.advanceTimersByTime(2999);
    expect(hub.find('live/movie')).toBe(stream);
    vi.advanceTimersByTime(1);
    expect(hub.find('live/movie')).toBeUndefined();
    expect(hub.resolve(stream.view)).toBeUndefined();
    expect(events).toEqual([
      'start live/movie by p1',
      'p1 publishes',
      'p1 stops: left',
      'stop live/movie: unpublished',
    ]);
  });

  test('is the same one when its publisher returns in time', async () => {
    const { hub, events } = hubForTest();
    const first = await claim(hub, 'p1', { keepAfterUnpublishMs: 3000 });
    first.release();
    vi.advanceTimersByTime(2000);
    const second = await claim(hub, 'p2', { keepAfterUnpublishMs: 3000 });
    expect(second.stream).toBe(first.stream);
    vi.advanceTimersByTime(10_000);
    expect(second.stream.state).toBe('live');
    expect(events.filter((event) => event.includes('live/movie'))).toEqual(['start live/movie by p1']);
    expect(vi.getTimerCount()).toBe(1);
  });

  test('ends at once with keepAfterUnpublishMs: 0, and its viewers are told why', async () => {
    const { hub } = hubForTest();
    const { stream, release } = await claim(hub, 'p1', { keepAfterUnpublishMs: 0 });
    const transport = new FakeTransport();
    stream.join(viewerOn(transport), FLV);
    release();
    expect(stream.state).toBe('ended');
    expect(transport.causes).toEqual([{ code: 'unpublished', message: 'the publisher has disconnected' }]);
  });

  test.each<readonly [EndCause, EndCause]>([
    [LEFT, { code: 'unpublished', message: 'the publisher has disconnected' }],
    [
      { ...LEFT, deliberate: true },
      { code: 'unpublished', message: 'the publisher has disconnected', deliberate: true },
    ],
    [
      { code: 'silent', message: 'it sent nothing for 10 s' },
      { code: 'unpublished', message: 'the publisher has disconnected: it sent nothing for 10 s' },
    ],
    [
      { code: 'shutdown', message: 'SIGTERM' },
      { code: 'shutdown', message: 'SIGTERM' },
    ],
    [
      { code: 'removed', message: 'rtmp was switched off' },
      { code: 'removed', message: 'rtmp was switched off' },
    ],
  ])('whose publisher ends with %j is over for its viewers with %j', async (cause, told) => {
    const { hub } = hubForTest();
    const { stream, release } = await claim(hub, 'p1', { keepAfterUnpublishMs: 0 });
    const transport = new FakeTransport();
    stream.join(viewerOn(transport), FLV);
    release(cause);
    expect(transport.causes).toEqual([told]);
  });

  test('does not end twice when its publisher’s end is told twice', async () => {
    const { hub, events } = hubForTest();
    const first = await claim(hub, 'p1', { keepAfterUnpublishMs: 1000 });
    first.release();
    first.release();
    const second = await claim(hub, 'p2', { keepAfterUnpublishMs: 1000 });
    first.release();
    vi.advanceTimersByTime(5000);
    expect(second.stream.state).toBe('live');
    expect(events).toEqual(['start live/movie by p1', 'p1 publishes', 'p1 stops: left', 'p2 publishes']);
  });

  test('started for its viewers and idle is not kept for them', async () => {
    const { hub, events } = hubForTest();
    const { stream, release } = await claim(hub, 'p1', { keepAfterUnpublishMs: 60_000 });
    release({ code: 'idle', message: 'nobody watched' });
    expect(stream.state).toBe('ended');
    expect(events.slice(2)).toEqual(['p1 stops: idle', 'stop live/movie: unpublished']);
  });
});

describe('a name that is already published', () => {
  test('with duplicate: "reject" is taken for the newcomer, and the present publisher is left alone', async () => {
    const { hub } = hubForTest();
    const closed: EndCause[] = [];
    const { stream, session } = await claim(hub, 'p1', {}, (cause) => void closed.push(cause));
    expect(await tryClaim(hub, sessionForTest('publish', 'p2'), { duplicate: 'reject' })).toBe('taken');
    expect(stream.isPublishedBy(session)).toBe(true);
    expect(closed).toEqual([]);
  });

  test('is free if its publisher has disconnected while its connection was left unread', async () => {
    const { hub } = hubForTest();
    const first = await claim(hub, 'p1');
    // What the connection holds back is its end.
    const source = { pause: () => {}, resume: () => first.release(), bufferedBytes: () => 0 };
    const reader = new PacedReaders().open(source, () => first.stream.restMs);
    first.stream.readWith(reader);
    vi.advanceTimersByTime(500);
    reader.bytesRead(100);
    const session = sessionForTest('publish', 'p2');
    const second = tryClaim(hub, session, { duplicate: 'reject' });
    await vi.advanceTimersByTimeAsync(10);
    expect(await second).toEqual({ stream: first.stream });
    expect(first.stream.isPublishedBy(session)).toBe(true);
  });

  test('with duplicate: "replace" closes the present publisher with a reason, and viewers continue with the newcomer', async () => {
    const { hub, events } = hubForTest();
    const causes: EndCause[] = [];
    const first: Claimed = await claim(hub, 'p1', {}, (cause) => {
      causes.push(cause);
      first.release(cause);
    });
    first.write(videoHeader(0, 1), video(0, 1, 'key'));
    const transport = new FakeTransport();
    first.stream.join(viewerOn(transport), FLV);
    const second = await claim(hub, 'p2');
    expect(causes).toEqual([
      { code: 'replaced', message: 'replaced by 192.0.2.1:5000 (duplicate: "replace")' },
    ]);
    expect(second.stream).toBe(first.stream);
    expect(first.stream.isPublishedBy(first.session)).toBe(false);
    first.write(video(40, 99));
    second.write(videoHeader(0, 2), video(0, 2, 'key'));
    vi.advanceTimersByTime(1);
    expect(spell(transport.tags)).toBe('v1 V1! v2 V2!');
    expect(events).toEqual(['start live/movie by p1', 'p1 publishes', 'p1 stops: replaced', 'p2 publishes']);
  });

  test('is the newcomer’s also if the present publisher’s session cannot be closed', async () => {
    const { hub, log } = hubForTest();
    const broken = (): never => {
      throw new Error('broken protocol');
    };
    const first = sessionForTest('publish', 'p1', broken, log.log);
    await tryClaim(hub, first);
    const second = await claim(hub, 'p2');
    expect(second.stream.isPublishedBy(second.session)).toBe(true);
    expect(first.ended?.code).toBe('replaced');
    expect(log.messages('error')).toEqual(['a session could not be closed']);
  });

  test('is not claimed by a session that has ended in the meantime: the present publisher stays', async () => {
    const { hub } = hubForTest();
    const first = await claim(hub, 'p1');
    const session = sessionForTest('publish', 'p2');
    const claiming = tryClaim(hub, session);
    session.close({ code: 'kicked', message: 'not you' });
    expect(await claiming).toBe('ended');
    expect(first.stream.isPublishedBy(first.session)).toBe(true);
  });
});

test('with maxStreams streams there is no room for another; those that are there may be taken over', async () => {
  const { hub } = hubForTest();
  hub.configure({ maxStreams: 1, writeTimeoutMs: 0 });
  await claim(hub, 'p1');
  await claim(hub, 'p2');
  const other = identityForTest({ name: 'other' });
  expect(await hub.claim(sessionForTest('publish', 'p3'), other, options())).toBe('full');
});

test('a viewer that takes no byte for write_timeout is closed, one that takes some is not', async () => {
  const { hub } = hubForTest();
  hub.configure({ maxStreams: 0, writeTimeoutMs: 10_000 });
  const { stream, write } = await claim(hub, 'p1', { gop_num: 1 });
  write(video(0, 1, 'key', 1000));
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

test('a hub that closes ends every stream, wakes those that wait, and takes no publisher any more', async () => {
  const { hub, ticker, events } = hubForTest();
  const causes: string[] = [];
  const { stream } = await claim(hub, 'p1', {}, ({ code }) => void causes.push(`publisher ${code}`));
  const transport = new FakeTransport();
  stream.join(viewerOn(transport), FLV);
  const waiting = hub.waitFor('live/other', 5000, never());
  hub.close({ code: 'shutdown', message: 'SIGTERM' });
  expect(causes).toEqual(['publisher shutdown']);
  expect(transport.causes).toEqual([{ code: 'shutdown', message: 'SIGTERM' }]);
  expect(await waiting).toBeUndefined();
  expect(await hub.waitFor('live/other', 5000, never())).toBeUndefined();
  expect(events.slice(-2)).toEqual(['p1 stops: shutdown', 'stop live/movie: shutdown']);
  expect(await tryClaim(hub, sessionForTest('publish', 'p2'))).toBe('closing');
  ticker.stop();
  expect(vi.getTimerCount()).toBe(0);
});
