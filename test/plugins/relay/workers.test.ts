// Relays in a server of several workers: each runs once, where its stream lives, and is seen and stopped from every worker.
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import type { ServerContext } from '../../../core/plugin/plugin.ts';
import relay from '../../../plugins/relay/index.ts';
import { samplePackets } from '../../../testing/sample-packets.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { startWorkers, type TestWorkers } from '../../core/workers/workers-kit.ts';

/** A peer that takes connections and says nothing. */
async function silentPeer(): Promise<{ readonly url: string; readonly connections: () => number }> {
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections++;
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `rtmp://127.0.0.1:${port}/app`, connections: () => connections };
}

type Listed = Readonly<Record<string, unknown>>;

interface Relays {
  readonly workers: TestWorkers;
  call(worker: number, command: string, input?: object): Promise<unknown>;
  list(worker: number): Promise<readonly Listed[]>;
}

async function start(options: object): Promise<Relays> {
  const contexts = new Map<number, ServerContext>();
  const workers = await startWorkers({
    config: { relay: { responseTimeoutMs: 600_000, ...options } },
    plugins: (worker) => [
      relay,
      pluginForTest('caller', { server: (context) => void contexts.set(worker, context) }),
    ],
  });
  const call: Relays['call'] = (worker, command, input = {}) =>
    contexts.get(worker)!.commands.call(command, { ...input });
  return {
    workers,
    call,
    list: async (worker) => ((await call(worker, 'relay.list')) as { relays: readonly Listed[] }).relays,
  };
}

test('a source of the config is pulled by one worker, and listed once', async () => {
  const peer = await silentPeer();
  const { workers, list } = await start({ pull: [{ url: `${peer.url}/door`, name: 'door' }] });
  await workers.until('it connects', () => peer.connections() > 0);
  for (const number of [1, 2, 3])
    expect(await list(number)).toMatchObject([
      { id: expect.stringMatching(/^pull-[0-9a-f]{6}$/) as string, kind: 'pull', state: 'connecting' },
    ]);
  expect(peer.connections()).toBe(1);
});

test('a push that a command starts runs where the stream lives, and can be stopped from everywhere', async () => {
  const peer = await silentPeer();
  const { workers, call, list } = await start({});
  const publisher = await workers.of(2).publish('live/movie');
  publisher.send(...samplePackets());
  const input = { app: 'live', name: 'movie', kind: 'push', url: peer.url };
  const { id } = (await call(1, 'relay.start', input)) as { id: string };
  expect(await call(3, 'relay.start', input)).toEqual({ id });
  await workers.until('the target is connected', () => peer.connections() === 1);
  for (const number of [1, 2, 3])
    expect(await list(number)).toMatchObject([{ id: `${id}:movie`, state: 'connecting', name: 'movie' }]);
  await call(3, 'relay.stop', { app: 'live', id });
  expect(await list(1)).toEqual([]);
});

test('a worker that replaces another has the relays that commands have started', async () => {
  const peer = await silentPeer();
  const { workers, call, list } = await start({});
  const input = { app: 'live', name: 'movie', kind: 'push', url: peer.url };
  const { id } = (await call(1, 'relay.start', input)) as { id: string };
  expect(await list(2)).toMatchObject([{ id, state: 'idle' }]);
  const { run } = workers.of(3).place;
  workers.of(3).kill();
  await workers.until('it is replaced', () => workers.of(3).place.run !== run);
  const publisher = await expectPublisher(workers);
  publisher.send(...samplePackets());
  await workers.until('the target is connected', () => peer.connections() === 1);
  expect(await list(1)).toMatchObject([{ id: `${id}:movie` }]);
});

test('a worker that replaces another after a reload confuses no relay of a command with one of the config', async () => {
  const [first, second, third] = [await silentPeer(), await silentPeer(), await silentPeer()];
  const { workers, call, list } = await start({ push: [{ name: 'a', url: first.url }] });
  const push = [
    { name: 'a', url: first.url },
    { name: 'b', url: second.url },
  ];
  await workers.reload({ relay: { responseTimeoutMs: 600_000, push } });
  const { run } = workers.of(3).place;
  workers.of(3).kill();
  await workers.until('it is replaced', () => workers.of(3).place.run !== run);
  await workers.until('three run', () => workers.supervisor.workers.length === 3);
  const publisher = await workers.of(1).publish('live/movie');
  publisher.send(...samplePackets());
  const input = { app: 'live', name: 'movie', kind: 'push', url: third.url };
  const { id } = (await call(3, 'relay.start', input)) as { id: string };
  await workers.until('the target is connected', () => third.connections() === 1);
  await call(3, 'relay.stop', { app: 'live', id });
  await call(3, 'relay.start', { ...input, name: 'b', url: second.url });
  const ofConfig = expect.objectContaining({ name: 'b', origin: 'config', state: 'idle' });
  const left = (await list(1)).filter(({ name }) => name !== 'a');
  expect(left).toEqual(left.map(() => ofConfig));
  expect(left).not.toHaveLength(0);
});

test('relays of the config have the same ids in a worker that has seen other configs, each its own', async () => {
  const peer = await silentPeer();
  const [one, two, three] = ['a', 'b', 'c'].map((name) => ({ name, url: `${peer.url}/{name}?key=${name}` }));
  const { workers, list } = await start({ push: [one, two] });
  const push = [three, { ...one, url: `${peer.url}/{name}?key=other` }, two, one];
  await workers.reload({ relay: { responseTimeoutMs: 600_000, push } });
  const before = await list(1);
  expect(new Set(before.map(({ id }) => id)).size).toBe(4);
  const { run } = workers.of(3).place;
  workers.of(3).kill();
  await workers.until('it is replaced', () => workers.of(3).place.run !== run);
  await workers.until('three run', () => workers.supervisor.workers.length === 3);
  // Of the same id one is listed.
  expect(await list(3)).toEqual(before);
});

async function expectPublisher(workers: TestWorkers) {
  await workers.until('three run', () => workers.supervisor.workers.length === 3);
  return await workers.of(3).publish('live/movie');
}
