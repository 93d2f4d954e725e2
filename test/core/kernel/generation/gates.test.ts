import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { HookRunner } from '../../../../core/kernel/generation/hook-runner.ts';
import { Denial } from '../../../../core/session/denial.ts';
import { CONNECT_REQUEST, GATE_TIMEOUT_MS, hooksOf, STREAM_REQUEST } from './hook-kit.ts';

const FORBIDDEN = new Denial('forbidden', 'not you');

describe.each(['connect', 'publish', 'play'] as const)('the %s gate', (gate) => {
  const ask = async (hooks: HookRunner): Promise<Denial | undefined> =>
    gate === 'connect' ? hooks.connect(CONNECT_REQUEST) : hooks[gate](STREAM_REQUEST);

  test('admits every client when no plugin taps it', async () => {
    expect(await ask(hooksOf().hooks)).toBeUndefined();
  });

  test('asks in the order of the plugins; the first denial wins and ends it', async () => {
    const asked: string[] = [];
    const { hooks } = hooksOf(
      ['one', gate, () => void asked.push('one')],
      ['two', gate, async () => asked.push('two') && FORBIDDEN],
      ['three', gate, () => asked.push('three') && new Denial('limit', 'never said')],
    );
    expect(await ask(hooks)).toBe(FORBIDDEN);
    expect(asked).toEqual(['one', 'two']);
  });

  test.each([
    ['undefined', undefined],
    ['null', null],
  ])('continues with the next plugin when one answers %s', async (_, answer) => {
    const { hooks } = hooksOf(
      ['one', gate, () => answer],
      ['two', gate, async () => answer],
      ['three', gate, () => FORBIDDEN],
    );
    expect(await ask(hooks)).toBe(FORBIDDEN);
  });

  test.each([
    ['true', true],
    ['false', false],
    ['a string', 'welcome'],
    ['0', 0],
    ['an object that looks like a denial', { code: 'forbidden', reason: 'no' }],
  ])('denies when a plugin answers %s: gates only deny', async (_, answer) => {
    const { hooks, log } = hooksOf(['auth', gate, () => answer]);
    expect(await ask(hooks)).toEqual(new Denial('unavailable', 'the auth check failed'));
    expect(log.messages('error')).toEqual([`the ${gate} gate of plugin auth failed; the client is denied`]);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('secret detail');
      },
    ],
    ['rejects', () => Promise.reject(new Error('secret detail'))],
    // A plugin may throw anything.
    // eslint-disable-next-line typescript/prefer-promise-reject-errors
    ['rejects with nothing', () => Promise.reject(undefined as unknown as Error)],
  ])('denies when a plugin %s; the log names it, the client is told no detail', async (_, tap) => {
    const { hooks, log } = hooksOf(['auth', gate, tap], ['next', gate, () => undefined]);
    expect(await ask(hooks)).toEqual(new Denial('unavailable', 'the auth check failed'));
    expect(log.lines.at(-1)).toMatchObject({ level: 'error', plugin: 'auth', hook: gate });
  });
});

describe('time', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('a gate that does not answer in time denies, and its late answer changes nothing', async () => {
    let answer: (late: unknown) => void = () => {};
    const { hooks, log } = hooksOf(['auth', 'play', () => new Promise((resolve) => (answer = resolve))]);
    const asked = hooks.play(STREAM_REQUEST);
    await vi.advanceTimersByTimeAsync(GATE_TIMEOUT_MS - 1);
    expect(log.lines).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await asked).toEqual(new Denial('unavailable', 'the auth check failed'));
    expect(log.lines.at(-1)).toMatchObject({
      plugin: 'auth',
      err: { message: 'no answer within 5000 ms (gateTimeoutMs)' },
    });
    answer(undefined);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(log.lines).toHaveLength(1);
  });

  test('a gate that fails after its time is over does no harm', async () => {
    let fail: (error: Error) => void = () => {};
    const { hooks } = hooksOf(['auth', 'play', () => new Promise((_, reject) => (fail = reject))]);
    const asked = hooks.play(STREAM_REQUEST);
    await vi.advanceTimersByTimeAsync(GATE_TIMEOUT_MS);
    await asked;
    fail(new Error('too late'));
    await vi.advanceTimersByTimeAsync(1);
  });

  test('an answer leaves no timer behind', async () => {
    const { hooks } = hooksOf(
      ['auth', 'play', () => undefined],
      ['keys', 'resolveName', (name: string) => name],
      ['relay', 'streamMissing', () => undefined],
    );
    await hooks.play(STREAM_REQUEST);
    await hooks.resolveName(STREAM_REQUEST);
    await hooks.streamMissing(STREAM_REQUEST);
    expect(vi.getTimerCount()).toBe(0);
  });
});
