// The life of workers: reloads of all of them, workers that end or hang, more and fewer of them.
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ConfigAccess } from '../../../core/plugin/config-access.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { connectTo, readToEnd } from '../../helpers/net.ts';
import { samplePackets } from '../../../testing/sample-packets.ts';
import { startWorkers } from './workers-kit.ts';

describe('a reload', () => {
  test('is applied by all workers, with one report that adds up', async () => {
    const workers = await startWorkers();
    for (const number of [1, 2, 3]) {
      const publisher = await workers.of(number).publish(`live/${number}`);
      publisher.send(...samplePackets());
      await workers.of(number).play(`live/${number}`);
    }
    const report = await workers.reload({ servers: [{ servername: 'live' }, { servername: 'event' }] });
    expect(report).toMatchObject({
      outcome: 'applied',
      generation: 2,
      streamsKept: 3,
      viewersKept: 3,
      changes: { appsAdded: ['event'] },
    });
    for (const number of [1, 2, 3]) {
      expect(workers.of(number).worker.kernel.findApp('event')).toBeDefined();
      expect(workers.of(number).worker.kernel.generation.number).toBe(2);
    }
  });

  test('that one worker rejects is rejected by all, and all are as before', async () => {
    const refusing = (worker: number) =>
      pluginForTest('picky', {
        app: (context) =>
          context.onStart(() => {
            if (worker === 2 && context.servername === 'event') throw new Error('worker 2 has no room');
          }),
      });
    const workers = await startWorkers({ plugins: (worker) => [refusing(worker)] });
    const report = await workers.reload({ servers: [{ servername: 'live' }, { servername: 'event' }] });
    expect(report).toMatchObject({ outcome: 'rejected', generation: 1 });
    expect(report.error).toContain('worker 2 has no room');
    for (const number of [1, 2, 3]) {
      expect(workers.of(number).worker.kernel.findApp('event')).toBeUndefined();
      expect(workers.of(number).worker.kernel.generation.number).toBe(1);
    }
    expect(await workers.reload({ mergeWriteMs: 5 })).toMatchObject({ outcome: 'applied', generation: 2 });
  });

  test('tells plugins of one worker that the config has changed, and of the first one as well', async () => {
    const told: number[] = [];
    const listening = (worker: number) =>
      pluginForTest('listening', {
        server: ({ hooks }) => hooks.configChange.tap(() => void told.push(worker)),
      });
    const workers = await startWorkers({ plugins: (worker) => [listening(worker)] });
    await workers.reload({ mergeWriteMs: 5 });
    await workers.until('plugins are told', () => told.length > 1);
    expect(told).toEqual([1, 1]);
  });

  test('is kept with its text and its report in every worker, also in one that has been replaced', async () => {
    const configs = new Map<number, ConfigAccess>();
    const looking = (worker: number) =>
      pluginForTest('looking', { server: ({ config }) => void configs.set(worker, config) });
    const workers = await startWorkers({ plugins: (worker) => [looking(worker)] });
    const text = JSON.stringify({ workers: 3, servers: [{ servername: 'live' }], mergeWriteMs: 5 });
    await workers.reload({ mergeWriteMs: 5 });
    const before = configs.get(2);
    workers.of(2).kill();
    await workers.until('the worker is replaced', () => configs.get(2) !== before);
    const second = { generation: 2, reason: 'the test has changed the config', text };
    await workers.until('all know', () =>
      [1, 2, 3].every((worker) => configs.get(worker)?.history.length === 2),
    );
    for (const worker of [1, 2, 3]) {
      const { history, reports } = configs.get(worker)!;
      expect(history).toMatchObject([second, { generation: 1, reason: 'start' }]);
      expect(reports).toMatchObject([{ generation: 2 }, { generation: 1 }]);
    }
  });

  test('with more workers adds them, with fewer keeps the sessions of those that go', async () => {
    const workers = await startWorkers({ config: { workers: 2 } });
    await workers.reload({ workers: 3 });
    await workers.until('three workers run', () => workers.supervisor.workers.length === 3);
    const publisher = await workers.of(1).publish('live/movie');
    publisher.send(...samplePackets());
    const viewer = await workers.of(3).play('live/movie');
    expect(viewer.tags.length).toBeGreaterThan(0);
    await workers.reload({ workers: 2 });
    await workers.until('the third worker has gone', () => workers.supervisor.workers.length === 2);
    expect(publisher.ended).toBeUndefined();
  });
});

describe('a worker that is killed', () => {
  test('is replaced by one that has the current config', async () => {
    const workers = await startWorkers();
    await workers.reload({ servers: [{ servername: 'live' }, { servername: 'event' }] });
    const before = workers.of(2).place.run;
    workers.of(2).kill();
    await workers.until('worker 2 runs again', () => workers.of(2).place.run !== before);
    await workers.until('three workers run', () => workers.supervisor.workers.length === 3);
    expect(workers.of(2).worker.kernel.findApp('event')).toBeDefined();
    expect(workers.of(2).worker.kernel.generation.number).toBe(2);
    expect(workers.log.some(({ msg }) => msg.includes('worker 2 has ended (signal SIGKILL)'))).toBe(true);
  });

  test('keeps the viewers of its streams waiting at the others, for a publisher that returns', async () => {
    const workers = await startWorkers();
    const lost = await workers.of(2).publish('live/movie');
    lost.send(...samplePackets({ from: 5000 }));
    const viewer = await workers.of(1).play('live/movie');
    const before = viewer.tags.length;
    workers.of(2).kill();
    const { hub } = workers.of(1).worker.kernel;
    await workers.until('the copy waits', () => hub.find('live/movie')?.state === 'paused');
    const publisher = await workers.of(3).publish('live/movie');
    publisher.send(...samplePackets());
    await workers.until('the viewer goes on', () => viewer.tags.length > before);
    publisher.send(...samplePackets({ from: 400 }));
    await workers.until('the viewer has new packets', () => viewer.tags.length >= before + 20);
    expect(viewer.ended).toBeUndefined();
    const times = viewer.tags.filter(({ type }) => type === 'video').map(({ timestamp }) => timestamp);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
  });

  test('gives its names back', async () => {
    const workers = await startWorkers({ config: { duplicate: 'reject' } });
    await workers.of(2).publish('live/movie');
    workers.of(2).kill();
    await workers.until('its end is noticed', () =>
      workers.log.some(({ msg }) => msg.includes('worker 2 has ended')),
    );
    await workers.of(1).publish('live/movie');
  });
});

describe('a worker that hangs', () => {
  test('does not keep a name from a publisher that returns to another worker', async () => {
    const workers = await startWorkers();
    await workers.of(2).publish('live/movie');
    const thaw = workers.of(2).freeze();
    const publisher = await workers.of(1).publish('live/movie');
    publisher.send(...samplePackets());
    expect(publisher.publication.active).toBe(true);
    thaw();
    const { hub } = workers.of(2).worker.kernel;
    await workers.until(
      'it gives the name up when it goes on',
      () => hub.find('live/movie')?.origin !== 'local',
    );
  });
});

test('a worker that stops because of a bug gets no more connections, hinders no reload, and is replaced', async () => {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const greeting = (worker: number) =>
    pluginForTest('greeting', {
      server: (context) => {
        context.listen({ port: '127.0.0.1:0' }, (socket) => socket.end(`worker ${worker}`));
        context.onStop(() => (worker === 2 ? released : undefined));
      },
    });
  const workers = await startWorkers({ plugins: (worker) => [greeting(worker)] });
  onTestFinished(release);
  const { port } = workers.supervisor.addresses.find(({ option }) => option === 'greeting.port')!;
  const stopped = workers.of(2).worker.stop('a bug');
  // What a worker has said before is heard before.
  await workers.of(1).publish('live/movie');
  const answers = new Set<string>();
  for (let client = 0; client < 6; client++) answers.add(String(await readToEnd(await connectTo(port))));
  expect([...answers].toSorted()).toEqual(['worker 1', 'worker 3']);
  expect(await workers.reload({ mergeWriteMs: 5 })).toMatchObject({ outcome: 'applied' });
  release();
  await stopped;
  await workers.until(
    'three workers run',
    () => workers.supervisor.workers.length === 3 && workers.of(2).place.run > 3,
  );
});
