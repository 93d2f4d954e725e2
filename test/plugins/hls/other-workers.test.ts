// What a worker that follows a stream of another one does when its questions fail.
import { Denial, messageOf, type ServerContext } from 'livego';
import { expect, onTestFinished, test, vi } from 'vitest';
import { declareMakerQuestions } from '../../../plugins/hls/elsewhere/maker-questions.ts';
import { OtherWorkers } from '../../../plugins/hls/elsewhere/other-workers.ts';
import type { FileQuestion, WatchQuestion } from '../../../plugins/hls/elsewhere/snapshot.ts';
import type { MasterPlaylists } from '../../../plugins/hls/playlists/master-playlists.ts';
import type { Presentation } from '../../../plugins/hls/presentation.ts';
import type { PresentationRegistry } from '../../../plugins/hls/presentations.ts';
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
    holdMemory: () => 0,
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

/** Worker 1. Worker 2 has ended, and worker 3, which has what it has left, notices it after a look. */
function withoutWorker2(): OtherWorkers {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const snapshot = { available: [], master: '', options: { publisherGraceSeconds: 20 } };
  const leftStream = { home: 2, snapshot, leftForMs: 0, numbers: [] };
  let looks = 0;
  const ask = (worker: number): Promise<unknown> => {
    if (worker === 2) return Promise.reject(new Error('the other worker has ended'));
    return Promise.resolve([++looks > 1 ? leftStream : undefined]);
  };
  const context = {
    question: () => ({ ask }),
    now: () => 0,
    holdMemory: () => 0,
    peerLog: { info: () => {} },
    // The supervisor knows nothing of it yet.
    everywhere: { worker: 1, others: [2, 3], locate: () => Promise.resolve(2) },
  } as unknown as ServerContext;
  return new OtherWorkers(context, makeState());
}

test.each(['open', 'findLeft'] as const)(
  'a stream whose worker does not answer is found in another one that has it, when that one has noticed: %s',
  async (how) => {
    const workers = withoutWorker2();
    const found = workers[how]('live/movie');
    await vi.advanceTimersByTimeAsync(250);
    expect(await found).toMatchObject({ key: 'live/movie', orphaned: true, ready: true });
    // It is there, although its worker still does not answer.
    expect(await workers.open('live/movie')).toBe(await found);
  },
);

test('what is found while the worker that the publisher returns to is asked is shown until that one has a playlist', async () => {
  const options = { sessionTimeoutSeconds: 30, publisherGraceSeconds: 20 };
  const leftStream = { home: 2, snapshot: { available: [], master: '', options }, leftForMs: 0, numbers: [] };
  const homes = [undefined, 3];
  const answers = new Map<string, (answer: unknown) => void>();
  const context = {
    question: ({ name }: { name: string }) => ({
      ask: () => new Promise((resolve) => answers.set(name, resolve)),
    }),
    now: () => 0,
    holdMemory: () => 0,
    everywhere: { worker: 1, others: [3], locate: () => Promise.resolve(homes.shift()) },
  } as unknown as ServerContext;
  const workers = new OtherWorkers(context, makeState());
  const found = workers.findLeft('live/movie');
  await expect.poll(() => answers.has('left')).toBe(true);
  const opened = workers.open('live/movie');
  await expect.poll(() => answers.has('watch')).toBe(true);
  answers.get('left')!([leftStream]);
  expect(await found).toMatchObject({ orphaned: true, ready: true });
  answers.get('watch')!({ available: [], options });
  expect(await opened).toBe(await found);
  expect(workers.find('live/movie')).toBe(await found);
});

/** Worker 1, which has followed a reload: segments belong to sessions now. The others have not. */
function afterReload(
  answers: Readonly<Record<string, (question: WatchQuestion) => Promise<unknown>>>,
): OtherWorkers {
  const context = {
    question: ({ name }: { name: string }) => ({
      ask: (_: number, question: WatchQuestion) => answers[name]!(question),
    }),
    now: () => 0,
    holdMemory: () => 0,
    everywhere: { worker: 1, others: [2, 3], locate: () => Promise.resolve(answers['watch'] && 2) },
  } as unknown as ServerContext;
  const state = makeState();
  state.presentations.addApplication({ servername: 'li*', options: { sessionTokens: 'all' } });
  return new OtherWorkers(context, state);
}

const OPEN_TO_ALL = {
  available: [],
  master: '',
  options: { sessionTokens: 'none', sessionTimeoutSeconds: 30, publisherGraceSeconds: 20 },
};

test('what a worker has left that has not followed the reload is not found in one that has not either', async () => {
  const left = { home: 2, snapshot: OPEN_TO_ALL, leftForMs: 0, numbers: [] };
  const workers = afterReload({ left: () => Promise.resolve([left]) });
  expect(await workers.findLeft('live/movie')).toBeUndefined();
  expect(workers.find('live/movie')).toBeUndefined();
});

test('a worker that is killed before it follows a reload leaves nothing', async () => {
  let kill = (): void => {};
  const killed = new Promise<never>((_, reject) => (kill = () => reject(new Error('it was killed'))));
  const watch = ({ revision }: WatchQuestion): Promise<unknown> =>
    revision === undefined ? Promise.resolve({ ...OPEN_TO_ALL, revision: '1' }) : killed;
  const workers = afterReload({ watch });
  const opened = await workers.open('live/movie');
  expect(workers.find('live/movie')).toBe(opened);
  kill();
  await expect.poll(() => workers.find('live/movie')).toBeUndefined();
});

test('what is opened while HLS is switched off does not stay', async () => {
  let answer = (_snapshot: object): void => {};
  const snapshot = { available: [], options: { sessionTimeoutSeconds: 30, publisherGraceSeconds: 20 } };
  const context = {
    question: () => ({ ask: () => new Promise((resolve) => (answer = resolve)) }),
    now: () => 0,
    holdMemory: () => 0,
    everywhere: { worker: 1, others: [2], locate: () => Promise.resolve(2) },
  } as unknown as ServerContext;
  const state = makeState();
  const workers = new OtherWorkers(context, state);
  const opened = workers.open('live/movie');
  await Promise.resolve();
  workers.stop();
  await Promise.resolve();
  answer(snapshot);
  expect([await opened, state.remotes.size]).toEqual([undefined, 0]);
});

test('copies of what a killed worker has left count no longer when they are in the window of this one', async () => {
  const bytes = Buffer.alloc(1000);
  const listed = [{ sequence: 1, data: { key: undefined } }];
  const window = { nextSequence: 2, discontinuities: 0, targetDuration: 1, retained: [], listed, keys: [] };
  const options = { sessionTimeoutSeconds: 30, publisherGraceSeconds: 20 };
  let kill = (): void => {};
  const killed = new Promise<never>((_, reject) => (kill = () => reject(new Error('it was killed'))));
  const answers: Readonly<Record<string, (question: WatchQuestion) => Promise<unknown>>> = {
    watch: ({ revision }) =>
      revision === undefined
        ? Promise.resolve({ revision: '1', available: [1], master: '', options, window })
        : killed,
    file: () => Promise.resolve({ kind: 'segment', bytes, etag: '"a"', encrypted: false }),
  };
  let held = 0;
  const context = {
    question: ({ name }: { name: string }) => ({
      ask: (_: number, question: WatchQuestion) => answers[name]?.(question) ?? Promise.resolve(),
    }),
    now: () => 0,
    holdMemory: (_: string, change: number) => ((held += change), 0),
    everywhere: { worker: 1, others: [2], locate: () => Promise.resolve(2) },
  } as unknown as ServerContext;
  const workers = new OtherWorkers(context, makeState());
  const opened = await workers.open('live/movie');
  await opened!.file({ kind: 'segment', number: 1 });
  kill();
  await expect.poll(() => opened!.ended).toBe(true);
  expect(held).toBe(1000);
  const taken = await workers.segmentsOf('live/movie');
  expect(taken!.listed).toEqual([{ sequence: 1, data: { key: undefined, source: { bytes } } }]);
  expect(held).toBe(0);
});

test('a worker that does not know its segments yet says so to the one that asks, whose log has it', async () => {
  type Answer = (question: FileQuestion) => Promise<unknown>;
  const answers = new Map<string, Answer>();
  const context = {
    question: ({ name, answer }: { name: string; answer: Answer }) => void answers.set(name, answer),
  } as unknown as ServerContext;
  const presentations = { find: () => ({ file: () => new Denial('unavailable', 'it is not known yet') }) };
  declareMakerQuestions(context, presentations as unknown as PresentationRegistry, {} as MasterPlaylists);
  const answered = answers.get('file')!({ key: 'live/movie', file: { kind: 'segment', number: 1 } });
  // No more than this goes to another process.
  expect(await answered.catch(messageOf)).toBe('it is not known yet');
});

test('a worker that has the end of a stream asks nobody for another quality of it', () => {
  const locate = vi.fn(() => Promise.resolve(undefined));
  const context = {
    question: () => ({ ask: () => Promise.resolve([]) }),
    now: () => 0,
    everywhere: { worker: 1, others: [2], locate },
  } as unknown as ServerContext;
  const state = makeState();
  const ended = { ready: true, stream: undefined } as unknown as Presentation;
  vi.spyOn(state.presentations, 'find').mockReturnValue(ended);
  const workers = new OtherWorkers(context, state);
  expect(workers.findRendition('live/low', 'live/movie')).toBeUndefined();
  expect(locate).not.toHaveBeenCalled();
});
