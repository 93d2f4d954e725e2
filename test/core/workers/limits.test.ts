// What holds for the whole server holds for all of its workers together.
import { describe, expect, test } from 'vitest';
import { Denial } from '../../../core/session/denial.ts';
import { declareListCommand } from '../../../core/plugin/list-command.ts';
import type { ServerContext } from '../../../core/plugin/plugin.ts';
import type { MetricSpec } from '../../../core/plugin/metrics.ts';
import type { Question } from '../../../core/plugin/worker-calls.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { samplePackets } from '../../../testing/sample-packets.ts';
import { startWorkers } from './workers-kit.ts';

const KICKED = { code: 'kicked', message: 'closed by the operator' } as const;

describe('a limit', () => {
  test('of viewers of a stream is kept exactly, also when all come at once to all workers', async () => {
    const workers = await startWorkers({ config: { maxViewersPerStream: 5 } });
    const publisher = await workers.of(1).publish('live/movie');
    publisher.send(...samplePackets());
    const asked = Array.from({ length: 18 }, (_, index) => workers.of((index % 3) + 1).tryPlay('live/movie'));
    const answers = await Promise.all(asked);
    const denials = answers.filter((answer) => answer instanceof Denial);
    expect(answers.length - denials.length).toBe(5);
    for (const denial of denials) expect(denial.code).toBe('limit');
  });

  test('of clients of one address counts those of every worker', async () => {
    const workers = await startWorkers({ config: { maxConnectionsPerAddress: 2 } });
    const first = await workers.of(1).publish('live/one');
    await workers.of(2).publish('live/two');
    expect(await workers.of(3).tryPublish('live/three')).toMatchObject({ code: 'limit' });
    first.leave();
    await workers.of(3).publish('live/three');
  });

  test('of clients of one address counts those that came while there was no limit', async () => {
    const workers = await startWorkers();
    const first = await workers.of(1).publish('live/one');
    await workers.of(2).publish('live/two');
    expect(await workers.reload({ maxConnectionsPerAddress: 2 })).toMatchObject({ outcome: 'applied' });
    expect(await workers.of(3).tryPublish('live/three')).toMatchObject({ code: 'limit' });
    first.leave();
    await workers.of(3).publish('live/three');
  });

  test('of clients of one address holds as soon as a config sets it, while a plugin that it replaces still stops', async () => {
    let stopping = 0;
    let release = (): void => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const stop = (): Promise<void> => (stopping++, released);
    const slow = pluginForTest('slow', { server: ({ onStop }) => onStop(stop) });
    const schema = { type: 'object', properties: { size: { type: 'number', default: 1 } } } as const;
    const workers = await startWorkers({ plugins: () => [{ ...slow, schema }] });
    for (const number of [1, 2, 3]) await workers.of(number).publish(`live/${number}`);
    const reload = workers.reload({ maxConnectionsPerAddress: 3, slow: { size: 2 } });
    await workers.until('all have applied it', () => stopping === 3);
    for (const number of [1, 2, 3])
      expect(await workers.of(number).tryPublish('live/more')).toMatchObject({ code: 'limit' });
    release();
    expect(await reload).toMatchObject({ outcome: 'applied' });
    expect(await workers.of(1).tryPublish('live/more')).toMatchObject({ code: 'limit' });
  });

  test('of clients of one address is free again when a worker has ended', async () => {
    const workers = await startWorkers({ config: { maxConnectionsPerAddress: 1 } });
    await workers.of(1).publish('live/one');
    workers.of(1).kill();
    await workers.until('its end is noticed', () =>
      workers.log.some(({ msg }) => msg.includes('worker 1 has ended')),
    );
    await workers.of(3).publish('live/three');
  });
});

describe('plugins', () => {
  const joined: MetricSpec<'counter'> = { name: 'census_joined_total', type: 'counter', help: 'Viewers.' };

  function census(contexts: Map<number, ServerContext>, questions: Map<number, Question<string, string>>) {
    return (worker: number) => [
      pluginForTest('census', {
        server(context) {
          contexts.set(worker, context);
          let count = 0;
          context.metric(joined);
          context.hooks.playStart.tap(() => void count++);
          context.hooks.stat.tap((write) => write.counter(joined, count));
          context.command<{ readonly who: string }>({
            name: 'greet',
            description: 'Greets.',
            input: { type: 'object', properties: { who: { type: 'string' } }, required: ['who'] },
            run: ({ who }) => {
              if (who !== `worker ${worker}`) throw new Denial('not-found', `${who} is not here`);
              return `hello from ${who}`;
            },
          });
          questions.set(
            worker,
            context.question<string, string>({ name: 'echo', answer: (text) => `${text} ${worker}` }),
          );
        },
      }),
    ];
  }

  test('see streams, sessions, connections and metrics of all workers, each once', async () => {
    const contexts = new Map<number, ServerContext>();
    const workers = await startWorkers({ plugins: census(contexts, new Map()) });
    const publisher = await workers.of(1).publish('live/movie');
    publisher.send(...samplePackets());
    for (const number of [1, 2, 3]) await workers.of(number).play('live/movie');
    for (const number of [1, 2, 3]) {
      const { everywhere } = contexts.get(number)!;
      expect(await everywhere.streams()).toMatchObject([{ key: 'live/movie', worker: 1 }]);
      expect((await everywhere.sessions()).map(({ role }) => role).toSorted()).toEqual([
        'play',
        'play',
        'play',
        'publish',
      ]);
      expect(await everywhere.connections()).toHaveLength(4);
      const metrics = await everywhere.metrics();
      const valueOf = (name: string) => metrics.find(({ metric }) => metric.name === name)?.value;
      expect(valueOf('census_joined_total')).toBe(3);
      expect(valueOf('server_streams')).toBe(1);
      expect(valueOf('server_viewers')).toBe(3);
      expect(valueOf('config_generation')).toBe(1);
      expect(await everywhere.locate('live/movie')).toBe(1);
    }
  });

  test('close a session wherever it is', async () => {
    const contexts = new Map<number, ServerContext>();
    const workers = await startWorkers({ plugins: census(contexts, new Map()) });
    const publisher = await workers.of(1).publish('live/movie');
    const { everywhere } = contexts.get(3)!;
    const [session] = await everywhere.sessions();
    expect(await everywhere.close(session!.id)).toBe(true);
    expect(publisher.ended).toEqual(KICKED);
    expect(await everywhere.close('nobody')).toBe(false);
  });

  test('ask their instances in all workers, which answer in their order, and one of them', async () => {
    const questions = new Map<number, Question<string, string>>();
    await startWorkers({ plugins: census(new Map(), questions) });
    const answers = await questions.get(2)!.askAll('here is');
    expect(answers).toEqual([
      { worker: 1, answer: 'here is 1' },
      { worker: 2, answer: 'here is 2' },
      { worker: 3, answer: 'here is 3' },
    ]);
    expect(await questions.get(2)!.ask(3, 'at')).toBe('at 3');
  });

  test('have commands that run in the worker that has something to do', async () => {
    const contexts = new Map<number, ServerContext>();
    await startWorkers({ plugins: census(contexts, new Map()) });
    const { commands } = contexts.get(1)!;
    expect(await commands.call('census.greet', { who: 'worker 3' })).toBe('hello from worker 3');
    await expect(commands.call('census.greet', { who: 'worker 9' })).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(commands.call('census.greet', {})).rejects.toMatchObject({ code: 'LVG_COMMAND' });
  });

  test('do one after another what only one worker at a time may do, also when one ends in the midst of it', async () => {
    const contexts = new Map<number, ServerContext>();
    const workers = await startWorkers({ plugins: census(contexts, new Map()) });
    const running: number[] = [];
    let most = 0;
    const work = (worker: number) => () =>
      contexts.get(worker)!.everywhere.exclusively('count', async () => {
        most = Math.max(most, running.push(worker));
        await contexts.get(worker)!.everywhere.streams();
        running.splice(running.indexOf(worker), 1);
        return worker;
      });
    const turns = [1, 2, 3, 1, 2, 3, 1, 2, 3];
    expect(await Promise.all(turns.map((worker) => work(worker)()))).toEqual(turns);
    expect(most).toBe(1);
    let began = false;
    void contexts.get(1)!.everywhere.exclusively('count', () => {
      began = true;
      return new Promise(() => {});
    });
    await workers.until('worker 1 has its turn', () => began);
    const waiting = work(2)();
    workers.of(1).kill();
    expect(await waiting).toBe(2);
    await expect(
      contexts.get(2)!.everywhere.exclusively('count', () => Promise.reject(new Error('no'))),
    ).rejects.toThrow('no');
    expect(await work(3)()).toBe(3);
  });

  test('change the config from all workers at once, and no change is lost', async () => {
    const contexts = new Map<number, ServerContext>();
    await startWorkers({ plugins: census(contexts, new Map()), config: { control: { hosts: [] } } });
    const add = (host: string) => (text: string) => {
      const config = JSON.parse(text) as { control: { hosts: string[] } };
      config.control.hosts.push(host);
      return JSON.stringify(config);
    };
    const edits = Array.from({ length: 12 }, (_, index) =>
      contexts.get((index % 3) + 1)!.config.edit(add(`host-${index}`), { reason: 'a test' }),
    );
    const outcomes = new Set((await Promise.all(edits)).map(({ outcome }) => outcome));
    expect([...outcomes]).toEqual(['saved']);
    const { text } = await contexts.get(1)!.config.read();
    expect((JSON.parse(text) as { control: { hosts: string[] } }).control.hosts).toHaveLength(12);
    expect(contexts.get(1)!.config.history.length).toBe(13);
  });

  test('list by one command what each worker has', async () => {
    const contexts = new Map<number, ServerContext>();
    await startWorkers({
      plugins: (worker) => [
        pluginForTest('census', {
          server(context) {
            contexts.set(worker, context);
            const apps = worker === 1 ? ['live', 'event'] : ['live'];
            declareListCommand<{ readonly app: string; readonly worker: number }>(context, {
              description: 'Lists.',
              key: 'places',
              list: () => apps.map((app) => ({ app, worker })),
            });
          },
        }),
      ],
    });
    const { commands } = contexts.get(2)!;
    const [first, second, third] = [1, 2, 3].map((worker) => ({ app: 'live', worker }));
    expect(await commands.call('census.list', {})).toEqual({
      places: [first, { app: 'event', worker: 1 }, second, third],
    });
    expect(await commands.call('census.list', { app: 'event' })).toEqual({
      places: [{ app: 'event', worker: 1 }],
    });
  });

  test('publish what all of their instances want to publish from one worker, and from another when that one ends', async () => {
    const started: number[] = [];
    const always = (worker: number) => [
      pluginForTest('always', {
        server: (context) =>
          context.onActivate(() => {
            context.provide(
              { app: 'live', name: 'loop' },
              {
                description: `the loop of worker ${worker}`,
                start: (publication) => {
                  started.push(worker);
                  for (const { info, timestamp, payload } of samplePackets())
                    publication.receive(info, timestamp, payload);
                },
                stop: () => {},
              },
            );
          }),
      }),
    ];
    const workers = await startWorkers({ plugins: always });
    await workers.until('it is published', () => started.length > 0);
    const [first] = started;
    expect(started).toEqual([first]);
    workers.of(first!).kill();
    await workers.until('another worker publishes it', () => started.length === 2);
    expect(started[1]).not.toBe(first);
  });
});
