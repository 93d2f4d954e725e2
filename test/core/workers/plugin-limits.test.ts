// Limits of plugins hold for all workers together.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { ServerContext } from '../../../core/plugin/plugin.ts';
import api from '../../../plugins/api/index.ts';
import auth from '../../../plugins/auth/index.ts';
import engine from '../../../plugins/engine/index.ts';
import exec from '../../../plugins/exec/index.ts';
import hls from '../../../plugins/hls/index.ts';
import relay from '../../../plugins/relay/index.ts';
import { samplePackets } from '../../../testing/sample-packets.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { temporaryFolder } from '../../plugins/record-flv/record-kit.ts';
import { startWorkers, type TestWorkers } from './workers-kit.ts';

function read(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').filter(Boolean);
  } catch {
    return [];
  }
}

async function publish(workers: TestWorkers, number: number, path: string, frames = 50) {
  const publisher = await workers.of(number).publish(path);
  publisher.send(...samplePackets({ frames, keyframeEvery: 25 }));
  return publisher;
}

test('a plugin’s places are those of all workers, also for those who wait', async () => {
  const contexts = new Map<number, ServerContext>();
  const workers = await startWorkers({
    plugins: (worker) => [
      pluginForTest('seats', { server: (context) => void contexts.set(worker, context) }),
    ],
  });
  const of = (worker: number) => contexts.get(worker)!.everywhere;
  const taken = await Promise.all([1, 2, 3, 1].map((worker) => of(worker).takePlace('seats', 2)));
  expect(taken.filter(Boolean)).toHaveLength(2);
  let got = 0;
  const waiting = of(3)
    .awaitPlace('seats', 2)
    .then(() => (got = 3));
  expect(await of(2).takePlace('seats', 2)).toBeUndefined();
  expect(got).toBe(0);
  workers.of([1, 2, 3].find((_worker, index) => taken[index])!).kill();
  await waiting;
  expect(of(2).partOf(10)).toBe(4);
  expect(of(2).partOf(0)).toBe(0);
  expect(await of(2).takePlace('other', 0)).toBeUndefined();
  expect(await of(2).takePlace('other', Infinity)).toBeDefined();
});

test('places that were taken without a limit count as soon as a config may have set one', async () => {
  const contexts = new Map<number, ServerContext>();
  const workers = await startWorkers({
    plugins: (worker) => [
      pluginForTest('seats', { server: (context) => void contexts.set(worker, context) }),
    ],
  });
  const of = (worker: number) => contexts.get(worker)!.everywhere;
  const [one, given] = [await of(1).takePlace('seats', Infinity), await of(1).takePlace('seats', Infinity)];
  await of(2).awaitPlace('seats', Infinity);
  given?.();
  expect(await workers.reload({ gop_num: 2 })).toMatchObject({ outcome: 'applied' });
  expect(await of(3).takePlace('seats', 2)).toBeUndefined();
  one?.();
  await of(1).awaitPlace('seats', 2);
});

test('engine.maxPrograms', async () => {
  const file = join(temporaryFolder(), 'pids');
  const command = ['sh', '-c', 'echo $$ >> "$1"; cat > /dev/null', 'sh', file];
  const config = { keepAfterUnpublishMs: 0, engine: { profile: 'command', command, maxPrograms: 1 } };
  const workers = await startWorkers({ config, plugins: () => [engine] });
  const first = await publish(workers, 1, 'live/one');
  await vi.waitUntil(() => read(file).length === 1);
  await publish(workers, 2, 'live/two');
  await workers.until('the second waits', () =>
    workers.log.some(({ msg }) => msg.includes('1 programs run already (engine.maxPrograms)')),
  );
  first.leave();
  await workers.until('the second runs', () => read(file).length === 2);
});

test('exec.maxRunning and exec.maxWaiting', async () => {
  const folder = temporaryFolder();
  const script = 'echo "$LIVEGO_NAME" >> "$1/began"; while [ ! -e "$1/go" ]; do sleep 0.05; done';
  const push = [['sh', '-c', script, 'sh', folder]];
  const config = { exec: { push, push_done: [['touch', join(folder, 'go')]], maxRunning: 1, maxWaiting: 1 } };
  const contexts = new Map<number, ServerContext>();
  const workers = await startWorkers({
    config: { ...config, servers: [{ servername: 'live' }, { servername: 'free', exec: { push: [] } }] },
    plugins: (worker) => [
      exec,
      pluginForTest('figures', { server: (context) => void contexts.set(worker, context) }),
    ],
  });
  await publish(workers, 1, 'live/one');
  await workers.until('the first runs', () => read(join(folder, 'began')).length === 1);
  await publish(workers, 2, 'live/two');
  await publish(workers, 3, 'live/three');
  const dropped = async (): Promise<unknown> => {
    const metrics = await contexts.get(1)!.everywhere.metrics();
    return metrics.find(({ metric }) => metric.name === 'exec_dropped_total')?.value;
  };
  await expect.poll(dropped, { interval: 5, timeout: 20_000 }).toBe(1);
  expect(read(join(folder, 'began'))).toEqual(['one']);
  (await publish(workers, 3, 'free/four')).leave();
  await workers.until('the second runs', () => read(join(folder, 'began')).length === 2);
});

test.each([
  [{ maxSessions: 2 }, 'the server has 2 HLS viewers already (maxSessions)'],
  [{ maxSessionsPerAddress: 2 }, 'this address has 2 HLS sessions already (maxSessionsPerAddress)'],
])('hls: %o', async (limits, reason) => {
  const options = { port: '127.0.0.1:0', segmentSeconds: 1, startupDelaySeconds: 0, ...limits };
  const workers = await startWorkers({ config: { hls: options }, plugins: () => [hls] });
  await publish(workers, 2, 'live/movie', 200);
  const ask = (number: number) => workers.of(number).get('hls.port', '/live/movie.m3u8');
  expect([(await ask(1)).statusCode, (await ask(3)).statusCode]).toEqual([200, 200]);
  const third = await ask(2);
  expect([third.statusCode, third.json()]).toEqual([503, expect.objectContaining({ reason })]);
  const viewers = workers.of(1).worker.kernel.sessions;
  for (const session of viewers)
    if (session.role === 'play') session.close({ code: 'kicked', message: 'out' });
  // A session that is remembered keeps its place at its address, and gives it up for another one of the server.
  const answer = async (): Promise<number> => (await ask(2)).statusCode;
  await expect.poll(answer, { interval: 50, timeout: 20_000 }).toBe('maxSessions' in limits ? 200 : 503);
  workers.of(1).kill();
  await workers.until('its end is noticed', () =>
    workers.log.some(({ msg }) => msg.includes('worker 1 has ended')),
  );
  expect((await ask(3)).statusCode).toBe('maxSessions' in limits ? 503 : 200);
});

test('relay.maxRelays', async () => {
  const contexts = new Map<number, ServerContext>();
  await startWorkers({
    // Nothing answers at this address.
    config: { relay: { onDemand: 'rtmp://127.0.0.1:9/app', maxRelays: 2, connectTimeoutMs: 600_000 } },
    plugins: (worker) => [
      relay,
      pluginForTest('caller', { server: (context) => void contexts.set(worker, context) }),
    ],
  });
  const start = (worker: number, name: string): Promise<unknown> =>
    contexts
      .get(worker)!
      .commands.call('relay.start', { app: 'live', name, kind: 'push', url: 'rtmp://127.0.0.1:9/app' });
  await start(1, 'one');
  await start(2, 'two');
  await start(3, 'two');
  await expect(start(3, 'three')).rejects.toMatchObject({
    code: 'limit',
    reason: 'there are 2 relays (maxRelays)',
  });
});

test('api.maxEventClients', async () => {
  const options = {
    port: '127.0.0.1:0',
    stateFile: join(temporaryFolder(), 'state.json'),
    maxEventClients: 1,
  };
  const workers = await startWorkers({ config: { api: options }, plugins: () => [api] });
  const { port } = workers.supervisor.addresses.find(({ option }) => option === 'api.port')!;
  const follow = async (): Promise<number> => {
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/events`, { signal: stop.signal });
    return answer.status;
  };
  // The supervisor gives the second connection to another worker.
  expect([await follow(), await follow()]).toEqual([200, 503]);
});

test('auth.limits.maxApplicationKbps', async () => {
  const config = { auth: { limits: { maxApplicationKbps: 20, windowSeconds: 1 } } };
  const workers = await startWorkers({ config, plugins: () => [auth] });
  const publisher = await publish(workers, 1, 'live/movie');
  await workers.of(2).play('live/movie');
  let from = 2000;
  const feed = setInterval(
    () => publisher.send(...samplePackets({ frames: 200, from: (from += 10_000) })),
    50,
  );
  onTestFinished(() => clearInterval(feed));
  await expect
    .poll(() => workers.of(3).tryPlay('live/movie'), { interval: 50, timeout: 20_000 })
    .toMatchObject({ code: 'limit', reason: expect.stringContaining('maxApplicationKbps') as string });
});

test('control.requestsPerMinute', async () => {
  const options = { port: '127.0.0.1:0', stateFile: join(temporaryFolder(), 'state.json') };
  const config = { api: options, control: { requestsPerMinute: 50 } };
  const workers = await startWorkers({ config, plugins: () => [api] });
  const ask = async (number: number) =>
    (await workers.of(number).get('api.port', '/api/v1/config')).statusCode;
  for (let index = 0; index < 25; index++) expect([await ask(1), await ask(2)]).toEqual([200, 200]);
  await expect.poll(() => ask(3), { interval: 50, timeout: 20_000 }).toBe(429);
});
