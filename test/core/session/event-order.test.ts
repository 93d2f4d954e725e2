// In which order plugins are told what happens to a stream, its publishers and its viewers.
import { describe, expect, test } from 'vitest';
import type { EndCause } from '../../../core/end-cause.ts';
import type { AppOptions } from '../../../core/options/options.ts';
import type { StreamView } from '../../../core/stream/stream-view.ts';
import { pluginForTest } from '../../helpers/config.ts';
import {
  admitted,
  arrive,
  kernelForTest,
  PROTOCOL,
  playFrom,
  publishTo,
  requestFor,
  tryPlay,
  type TestKernel,
} from '../kernel/kernel-kit.ts';
import { FakeTransport, FLV, LEFT } from '../stream/stream-kit.ts';

interface Told extends TestKernel {
  /** What plugins are told: "playStop v: unpublished". */
  readonly told: string[];
}

/** Sessions are called by their role and number: "p1", "v2". */
async function observed(options: Partial<AppOptions> = {}): Promise<Told> {
  const told: string[] = [];
  const names = new Map<string, string>();
  const nameOf = ({ id, role }: { id: string; role: 'publish' | 'play' }): string => {
    const letter = role === 'publish' ? 'p' : 'v';
    const count = [...names.values()].filter((name) => name.startsWith(letter)).length;
    if (!names.has(id)) names.set(id, `${letter}${count + 1}`);
    return names.get(id)!;
  };
  const observer = pluginForTest('observer', {
    app: ({ hooks }) => {
      const state = (stream: StreamView) => `${stream.state}, ${stream.viewerCount} viewers`;
      hooks.streamStart.tap((stream) => void told.push(`streamStart (${state(stream)})`));
      hooks.publishStart.tap((session) => void told.push(`publishStart ${nameOf(session)}`));
      hooks.playStart.tap((session) => void told.push(`playStart ${nameOf(session)}`));
      hooks.playStop.tap((session, _, { code }) => void told.push(`playStop ${nameOf(session)}: ${code}`));
      hooks.publishStop.tap(
        (session, _, { code }) => void told.push(`publishStop ${nameOf(session)}: ${code}`),
      );
      hooks.streamStop.tap((stream, { code }) => void told.push(`streamStop: ${code} (${state(stream)})`));
      hooks.disconnect.tap((_, { code }) => void told.push(`disconnect: ${code}`));
    },
  });
  const test = kernelForTest();
  await test.apply({
    definitions: [PROTOCOL, observer],
    apps: { live: { options: { keepAfterUnpublishMs: 0, ...options } } },
  });
  return { ...test, told };
}

describe('a stream', () => {
  test('starts, then has a publisher, then viewers', async () => {
    const test = await observed();
    await publishTo(test);
    await playFrom(test);
    expect(test.told).toEqual(['streamStart (live, 0 viewers)', 'publishStart p1', 'playStart v1']);
  });

  test('ends with the stop of each viewer of every kind, then the publisher’s, then its own', async () => {
    const test = await observed();
    const { publication, stream } = await publishTo(test);
    await playFrom(test);
    const paused = await playFrom(test);
    paused.playback.pause();
    const fetching = admitted(await tryPlay(test));
    fetching.countViewer(stream.view, () => ({}));
    test.told.length = 0;
    publication.end(LEFT);
    expect(test.told).toEqual([
      'playStop v1: unpublished',
      'playStop v2: unpublished',
      'playStop v3: unpublished',
      'publishStop p1: left',
      'streamStop: unpublished (ended, 0 viewers)',
    ]);
  });

  test('ends in the same order when the client disconnects, whose disconnection is told last', async () => {
    const test = await observed();
    const arrival = arrive(test);
    const connection = admitted(await arrival.enter('live', new URLSearchParams(), () => {}));
    admitted(await connection.publish(requestFor(), () => {}));
    await playFrom(test);
    test.told.length = 0;
    arrival.leave(LEFT);
    expect(test.told).toEqual([
      'playStop v1: unpublished',
      'publishStop p1: left',
      'streamStop: unpublished (ended, 0 viewers)',
      'disconnect: left',
    ]);
  });

  test('ends in the same order when the server stops', async () => {
    const test = await observed({ keepAfterUnpublishMs: 3000 });
    await publishTo(test);
    await playFrom(test);
    test.told.length = 0;
    await test.kernel.stop('over');
    expect(test.told).toEqual([
      'playStop v1: shutdown',
      'publishStop p1: shutdown',
      'streamStop: shutdown (ended, 0 viewers)',
    ]);
  });

  test('that waits for its publisher has stopped publishing, and keeps its viewers', async () => {
    const test = await observed({ keepAfterUnpublishMs: 60_000 });
    const { publication, stream } = await publishTo(test);
    await playFrom(test);
    test.told.length = 0;
    publication.end(LEFT);
    expect(stream.state).toBe('paused');
    expect(test.told).toEqual(['publishStop p1: left']);
    await publishTo(test);
    expect(test.told).toEqual(['publishStop p1: left', 'publishStart p2']);
    expect(stream.viewerCount).toBe(1);
  });
});

describe('a publisher that replaces another', () => {
  test('is told as the stop of the one and the start of the other; the stream neither stops nor starts', async () => {
    const test = await observed({ duplicate: 'replace' });
    const closed: EndCause[] = [];
    const { stream } = await publishTo(test, requestFor(), (cause) => closed.push(cause));
    await playFrom(test);
    test.told.length = 0;
    const second = await publishTo(test);
    expect(second.stream).toBe(stream);
    expect(test.told).toEqual(['publishStop p1: replaced', 'publishStart p2']);
    expect(closed).toEqual([
      { code: 'replaced', message: 'replaced by 192.0.2.1:5000 (duplicate: "replace")' },
    ]);
    // The one that was replaced disconnects now: nothing more is told of it.
    test.told.length = 0;
    second.publication.end(LEFT);
    expect(test.told).toEqual([
      'playStop v1: unpublished',
      'publishStop p2: left',
      'streamStop: unpublished (ended, 0 viewers)',
    ]);
  });

  test('whose replaced session ends itself at once is told no differently', async () => {
    const test = await observed({ duplicate: 'replace' });
    const first = await publishTo(test, requestFor(), (cause) => first.publication.end(cause));
    test.told.length = 0;
    await publishTo(test);
    expect(test.told).toEqual(['publishStop p1: replaced', 'publishStart p2']);
  });
});

describe('a session that a plugin or an operator closes', () => {
  test('is told with that cause: a viewer', async () => {
    const test = await observed();
    await publishTo(test);
    const { playback } = await playFrom(test, requestFor(), (cause) => playback.stop(cause));
    test.told.length = 0;
    playback.session.close();
    playback.stop(LEFT);
    expect(test.told).toEqual(['playStop v1: kicked']);
  });

  test('is told with that cause, also if the client disconnects before its protocol reacts', async () => {
    const test = await observed();
    const { publication } = await publishTo(test);
    test.told.length = 0;
    publication.session.close();
    publication.end(LEFT);
    expect(test.told).toEqual(['publishStop p1: kicked', 'streamStop: unpublished (ended, 0 viewers)']);
  });
});

test('a viewer that reads too slowly is told as slow, and its stream continues', async () => {
  const test = await observed({ slowViewer: { dropAfterBytes: 65_536, closeAfterBytes: 65_536 } });
  const { publication, stream } = await publishTo(test);
  const playback = admitted(await tryPlay(test));
  playback.start(stream.view, FLV, new FakeTransport('stalled'));
  test.told.length = 0;
  const payload = Buffer.alloc(140_000, stream.headers[0]!.payload);
  payload[1] = 1;
  const info = { ...stream.headers[0]!.info, header: false };
  for (let time = 80; time < 400; time += 40) publication.receive(info, time, payload);
  expect(test.told).toEqual(['playStop v1: slow']);
  expect(stream.viewerCount).toBe(0);
  expect(stream.state).toBe('live');
});
