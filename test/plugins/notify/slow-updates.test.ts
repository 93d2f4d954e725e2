// Questions about sessions that a web service answers slowly.
import { afterEach, expect, test, vi } from 'vitest';
import { makeFormat } from '../../../plugins/notify/formats/index.ts';
import { send } from '../../../plugins/notify/send.ts';
import { sendUpdates } from '../../../plugins/notify/updates.ts';

vi.mock('../../../plugins/notify/send.ts', () => ({ send: vi.fn() }));

afterEach(() => vi.restoreAllMocks());

function start(count: number) {
  const answers: (() => void)[] = [];
  vi.mocked(send).mockImplementation(
    () =>
      new Promise((resolve) => answers.push(() => resolve({ status: 200, body: '', location: undefined }))),
  );
  const sessions = Array.from({ length: count }, (_, index) => ({
    ...{ id: `s${index}`, role: 'publish', app: 'live', name: 'movie', key: 'live/movie', close: vi.fn() },
    client: { id: 'c', protocol: 'rtmp', remote: '192.0.2.1:1' },
    startedAt: new Date(),
    counters: {},
  }));
  let second!: (now: number) => void;
  let stop!: () => void;
  const context = {
    servername: 'live',
    sessions: () => sessions,
    everySecond: (tick: typeof second) => void (second = tick),
    onStop: (ends: typeof stop) => void (stop = ends),
    log: { debug: vi.fn() },
  };
  const options = { updateSeconds: 1, events: ['update'], urls: {}, url: 'http://web/' };
  const state = {
    parameters: { of: () => new URLSearchParams() },
    questions: { allowed: 0, denied: 0, failed: 0 },
  };
  const format = makeFormat({ format: 'nginx-rtmp', serverId: '', method: 'POST' });
  sendUpdates(context as never, { options, format, state, teller: undefined } as never);
  second(0);
  return { answers, second, stop: () => stop(), questions: state.questions };
}

const turns = () => new Promise((resolve) => setImmediate(resolve));

test('a session is asked about once at a time, however late the answer is', async () => {
  const { answers, second, questions } = start(1);
  for (let now = 1000; now <= 5000; now += 1000) second(now);
  expect(answers).toHaveLength(1);
  answers[0]!();
  await turns();
  expect([answers.length, questions.allowed]).toEqual([1, 1]);
  second(6000);
  expect(answers).toHaveLength(2);
});

test('sixteen are asked about at once, the others follow, and none after the end', async () => {
  const { answers, second, stop } = start(40);
  second(1000);
  expect(answers).toHaveLength(16);
  answers[0]!();
  await turns();
  expect(answers).toHaveLength(17);
  stop();
  for (const answer of answers) answer();
  await turns();
  expect(answers).toHaveLength(17);
});
