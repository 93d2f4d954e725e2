// What a worker that follows a stream of another one does when its questions fail.
import type { ServerContext } from 'livego';
import { expect, test } from 'vitest';
import { OtherWorkers } from '../../../plugins/hls/elsewhere/other-workers.ts';
import type { WatchQuestion } from '../../../plugins/hls/elsewhere/snapshot.ts';
import { makeState } from '../../../plugins/hls/state.ts';

test('a look for the returned publisher that fails is logged, and made again', async () => {
  const failure = new Error('the supervisor has gone');
  const logged: unknown[] = [];
  let located = 0;
  const snapshot = {
    revision: '1',
    available: [],
    options: { sessionTimeoutSeconds: 30, publisherGraceSeconds: 20 },
  };
  const answers: Readonly<Record<string, (question: WatchQuestion) => Promise<unknown>>> = {
    // Its worker ends after the first answer.
    watch: ({ revision }) => (revision === undefined ? Promise.resolve(snapshot) : Promise.reject(failure)),
  };
  const context = {
    question: ({ name }: { name: string }) => ({
      ask: (_: number, question: WatchQuestion) => answers[name]?.(question),
    }),
    now: () => 0,
    log: { debug: (values: object) => void logged.push(values) },
    everywhere: {
      worker: 1,
      others: [2],
      locate: () => (++located === 1 ? Promise.resolve(2) : Promise.reject(failure)),
    },
  } as unknown as ServerContext;
  const workers = new OtherWorkers(context, makeState());
  await workers.open('live/movie');
  const sweeps = async (): Promise<number> => {
    workers.sweep();
    return Promise.resolve(logged.length);
  };
  await expect.poll(sweeps, { interval: 5 }).toBeGreaterThan(1);
  expect(logged[0]).toEqual({ err: failure, stream: 'live/movie' });
  expect(workers.find('live/movie')).toBeDefined();
});
