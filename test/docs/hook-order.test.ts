// What docs/hooks.md promises about when hooks are called, and how often.
import { definePlugin, Denial, type StreamProvider } from 'livego';
import {
  samplePackets,
  startTestServer,
  type TestPublisher,
  type TestServer,
  type TestViewer,
} from 'livego/testing';
import { expect, onTestFinished, test, vi } from 'vitest';

/** A plugin that notes what it is told, and a server with it. */
async function observe(
  config: Readonly<Record<string, unknown>> = {},
  provide?: () => StreamProvider,
): Promise<{ server: TestServer; events: string[] }> {
  const events: string[] = [];
  const observer = definePlugin({
    name: 'observer',
    schema: { type: 'object', properties: {} },
    app(context) {
      const { hooks } = context;
      hooks.streamMissing.tap(({ name }) => {
        events.push(`streamMissing ${name}`);
        return provide?.();
      });
      hooks.streamStart.tap((stream) => {
        events.push('streamStart');
        context.attach(stream, {
          write: () => {},
          pause: () => void events.push('sink pause'),
          discontinuity: () => void events.push('sink discontinuity'),
          end: () => void events.push('sink end'),
        });
      });
      hooks.publishStart.tap(() => void events.push('publishStart'));
      hooks.playStart.tap(() => void events.push('playStart'));
      hooks.playStop.tap((_session, { viewerCount }, { code }) =>
        events.push(`playStop ${code}, ${viewerCount} left`),
      );
      hooks.publishStop.tap((_session, _stream, { code }) => void events.push(`publishStop ${code}`));
      hooks.streamStop.tap((_stream, { code }) => void events.push(`streamStop ${code}`));
      hooks.disconnect.tap((_connection, { code }) => void events.push(`disconnect ${code}`));
    },
  });
  const server = await startTestServer({ plugins: [observer], config });
  onTestFinished(() => server.stop());
  return { server, events };
}

async function publish(server: TestServer): Promise<TestPublisher> {
  const publisher = await server.publish('live/movie');
  if (publisher instanceof Denial) throw new Error(publisher.reason);
  publisher.send(...samplePackets());
  return publisher;
}

async function play(server: TestServer): Promise<TestViewer> {
  const viewer = await server.play('live/movie');
  if (viewer instanceof Denial) throw new Error(viewer.reason);
  return viewer;
}

test('a stream starts before its publisher, and ends after its viewers and its publisher', async () => {
  const { server, events } = await observe();
  const publisher = await publish(server);
  await play(server);
  await play(server);
  publisher.leave();
  expect(events).toEqual([
    'streamStart',
    'publishStart',
    'playStart',
    'playStart',
    'sink end',
    'playStop unpublished, 0 left',
    'disconnect unpublished',
    'playStop unpublished, 0 left',
    'disconnect unpublished',
    'publishStop left',
    'streamStop unpublished',
    'disconnect left',
  ]);
});

test('a publisher that disconnects and returns has stopped and started, and the stream continues', async () => {
  const { server, events } = await observe({ keepAfterUnpublishMs: 60_000 });
  const publisher = await publish(server);
  publisher.leave();
  await publish(server);
  expect(events).toEqual([
    'streamStart',
    'publishStart',
    'sink pause',
    'publishStop left',
    'disconnect left',
    'sink discontinuity',
    'publishStart',
  ]);
});

test('a publisher that replaces another is told of as two', async () => {
  const { server, events } = await observe();
  await publish(server);
  await publish(server);
  expect(events).toEqual([
    'streamStart',
    'publishStart',
    'sink pause',
    'publishStop replaced',
    'disconnect replaced',
    'sink discontinuity',
    'publishStart',
  ]);
});

test('the server ends streams before it disconnects publishers', async () => {
  const { server, events } = await observe();
  await publish(server);
  events.length = 0;
  await server.stop();
  expect(events).toEqual(['sink end', 'publishStop shutdown', 'streamStop shutdown', 'disconnect shutdown']);
});

test('plugins are asked for a missing stream once, however many viewers wait', async () => {
  const { server, events } = await observe({ waitForPublisherMs: 60_000 });
  const waiting = [play(server), play(server), play(server)];
  await vi.waitFor(() => expect(server.sessions()).toHaveLength(3));
  await publish(server);
  await Promise.all(waiting);
  expect(events.filter((event) => event.startsWith('streamMissing'))).toEqual(['streamMissing movie']);
});

test('plugins are not asked for a missing stream where viewers do not wait', async () => {
  const { server, events } = await observe({ waitForPublisherMs: 0 });
  expect(await server.play('live/movie')).toMatchObject({ code: 'not-found' });
  expect(events).toEqual(['disconnect left']);
});

test('hooks about streams and publishers are not called for a mirror, those about viewers are', async () => {
  const mirror = (): StreamProvider => ({
    description: 'the test',
    origin: 'mirror',
    start: (publication) => {
      for (const packet of samplePackets()) publication.write(packet);
    },
    stop: () => {},
  });
  const { server, events } = await observe({ waitForPublisherMs: 60_000 }, mirror);
  const viewer = await play(server);
  expect(server.streams()[0]?.origin).toBe('mirror');
  viewer.leave();
  expect(events).toEqual(['streamMissing movie', 'playStart', 'playStop left, 0 left', 'disconnect left']);
});

test('stat and configChange call each tap once, wherever it was made', async () => {
  const calls: string[] = [];
  const counter = definePlugin({
    name: 'counter',
    schema: { type: 'object', properties: { size: { type: 'integer', default: 1 } } },
    server({ hooks }) {
      hooks.stat.tap(() => void calls.push('stat of the server'));
      hooks.configChange.tap(({ outcome }) => void calls.push(`${outcome}, the server`));
    },
    app({ hooks, servername }) {
      hooks.stat.tap(() => void calls.push(`stat of ${servername}`));
      hooks.configChange.tap(({ outcome }) => void calls.push(`${outcome}, ${servername}`));
    },
  });
  const servers = [{ servername: 'live' }, { servername: 'event' }];
  const server = await startTestServer({ plugins: [counter], config: { servers } });
  onTestFinished(() => server.stop());
  expect(calls.splice(0).toSorted()).toEqual(['applied, event', 'applied, live', 'applied, the server']);
  server.metrics();
  expect(calls.splice(0).toSorted()).toEqual(['stat of event', 'stat of live', 'stat of the server']);
  await server.reload({ servers });
  expect(calls.splice(0).toSorted()).toEqual([
    'unchanged, event',
    'unchanged, live',
    'unchanged, the server',
  ]);
  await server.reload({ servers, nonsense: true });
  expect(calls).toEqual([]);
});
