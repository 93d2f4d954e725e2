import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { AnswerTurns } from '../../../core/http/answer-turns.ts';

/** Answers that take so long each, by the clock. */
function answers(eachMs: number) {
  let now = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  onTestFinished(() => clock.mockRestore());
  const turns = new AnswerTurns();
  const done: number[] = [];
  const answer = (index: number) => (): void => {
    done.push(index);
    now += eachMs;
  };
  return { turns, done, answer };
}

const ALL = Array.from({ length: 100 }, (_, index) => index);

test('answers that are quick are given at once', () => {
  const { turns, done, answer } = answers(0.1);
  for (const index of ALL) turns.run(answer(index));
  expect(done).toEqual(ALL);
});

test('when a turn has taken long, the rest is answered in later turns, in order', async () => {
  const { turns, done, answer } = answers(5);
  for (const index of ALL) turns.run(answer(index));
  expect(done).toEqual([0, 1, 2, 3]);
  let before = done.length;
  while (done.length < ALL.length) {
    await nextTurn();
    expect(done.length - before).toBeLessThanOrEqual(4);
    before = done.length;
  }
  expect(done).toEqual(ALL);
});

test('an answer for a later turn comes before one that arrives in that turn', async () => {
  const { turns, done, answer } = answers(30);
  turns.runLater(answer(0));
  turns.run(answer(1));
  expect(done).toEqual([]);
  await nextTurn();
  turns.run(answer(2));
  while (done.length < 3) await nextTurn();
  expect(done).toEqual([0, 1, 2]);
});

test('an answer that throws is thrown, and the others are given nevertheless', async () => {
  const { turns, done, answer } = answers(1);
  turns.run(answer(0));
  expect(() =>
    turns.run(() => {
      throw new Error('a bug');
    }),
  ).toThrow('a bug');
  turns.run(answer(1));
  await nextTurn();
  expect(done).toEqual([0, 1]);
});
