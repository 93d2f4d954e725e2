// What statistics keep between two looks: alerts of streams that have ended, bitrates of sessions that are asked for often.
import { expect, test, vi } from 'vitest';
import { AlertBoard } from '../../../plugins/stat/alerts/alert-board.ts';
import { SessionRates } from '../../../plugins/stat/figures/session-rates.ts';

test('the alerts of a stream that has ended are cleared, and neither raised nor counted any more', () => {
  const board = new AlertBoard();
  const stream = { app: 'live', name: 'movie', displayKey: 'live/movie' } as never;
  const options = { raiseAfterSeconds: 1, clearAfterSeconds: 1 } as never;
  const findings = [{ code: 'no-audio', message: 'video arrives and audio does not' }];
  expect(board.update(stream, findings, 0, options)).toEqual([]);
  expect(board.update(stream, findings, 1000, options)).toMatchObject([
    { code: 'no-audio', state: 'raised' },
  ]);
  expect([...board.count()]).toEqual([['no-audio', 1]]);
  expect(board.forget(stream)).toMatchObject([{ code: 'no-audio', state: 'cleared' }]);
  expect([[...board.count()], board.raisedOf(stream)]).toEqual([[], []]);
  expect(board.list()).toMatchObject([{ code: 'no-audio', state: 'cleared' }]);
});

test('a bitrate is the same for all who ask within five seconds, and then that of the time between', () => {
  vi.useFakeTimers({ now: 1_000_000 });
  const rates = new SessionRates();
  const session = { id: 'a', role: 'play', startedAt: new Date(999_000), counters: { sentBytes: 125_000 } };
  const measure = (now: number): number => rates.measure(session as never, now);
  expect(measure(0)).toBe(1000);
  session.counters.sentBytes = 1_000_000;
  expect([measure(100), measure(4999)]).toEqual([1000, 1000]);
  expect(measure(7000)).toBe(1000);
  session.counters.sentBytes = 1_125_000;
  expect(measure(12_000)).toBe(200);
  // One that has left and another one with its id begin anew.
  rates.forgetOthers([]);
  session.counters.sentBytes = 0;
  expect(measure(12_001)).toBe(0);
  vi.useRealTimers();
});
