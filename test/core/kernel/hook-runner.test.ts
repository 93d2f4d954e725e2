import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Denial } from '../../../core/session/denial.ts';
import { HOOK_NAMES, Hooks, type ConnectRequest, type TapRecord } from '../../../core/plugin/hooks.ts';
import type { StreamRequest } from '../../../core/session/session.ts';
import { memoryLog, type MemoryLog } from '../../helpers/memory-log.ts';
import { streamForTest } from '../stream/stream-kit.ts';

const GATE_TIMEOUT_MS = 5000;
const client = { id: 'c1', plugin: 'rtmp', protocol: 'rtmp', remote: '192.0.2.1:5000' };
const query = new URLSearchParams();
const request: StreamRequest = { client, app: 'live', name: 'movie', query };
const connect: ConnectRequest = { client, app: 'live', query };
const FORBIDDEN = new Denial('forbidden', 'not you');

function hooksOf(...taps: readonly (readonly [plugin: string, hook: TapRecord['hook'], tap: unknown])[]): {
  hooks: Hooks;
  log: MemoryLog;
} {
  const log = memoryLog();
  const records = taps.map(([plugin, hook, tap]) => ({ plugin, hook, tap }) as TapRecord);
  return { hooks: new Hooks(records, log.log, GATE_TIMEOUT_MS), log };
}

describe.each(['connect', 'publish', 'play'] as const)('the %s gate', (gate) => {
  const ask = (hooks: Hooks): Promise<Denial | undefined> =>
    gate === 'connect' ? hooks.connect(connect) : hooks[gate](request);

  test('lets everybody in when nobody guards it', async () => {
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
  ])('passes on when a plugin answers %s, and the next is still asked', async (_, answer) => {
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
  ])('stays closed when a plugin answers %s: gates only deny', async (_, answer) => {
    const { hooks, log } = hooksOf(['auth', gate, () => answer]);
    expect(await ask(hooks)).toEqual(new Denial('unavailable', 'the auth check failed'));
    expect(log.messages('error')).toEqual([`the ${gate} gate of plugin auth failed; the client is refused`]);
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
  ])('stays closed when a plugin %s; the log names it, the client learns no detail', async (_, tap) => {
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
    const asked = hooks.play(request);
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

  test('a gate that fails after its time is over takes nothing down', async () => {
    let fail: (error: Error) => void = () => {};
    const { hooks } = hooksOf(['auth', 'play', () => new Promise((_, reject) => (fail = reject))]);
    const asked = hooks.play(request);
    await vi.advanceTimersByTimeAsync(GATE_TIMEOUT_MS);
    await asked;
    fail(new Error('too late'));
    await vi.advanceTimersByTimeAsync(1);
  });

  test('an answer leaves no timer behind', async () => {
    const { hooks } = hooksOf(
      ['auth', 'play', () => undefined],
      ['keys', 'resolveName', (name: string) => name],
    );
    await hooks.play(request);
    await hooks.resolveName(request);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a plugin that does not find a name in time refuses the client', async () => {
    const { hooks, log } = hooksOf(['keys', 'resolveName', () => new Promise(() => {})]);
    const asked = hooks.resolveName(request);
    await vi.advanceTimersByTimeAsync(GATE_TIMEOUT_MS);
    expect(await asked).toEqual(new Denial('unavailable', 'the stream name movie could not be resolved'));
    expect(log.lines.at(-1)).toMatchObject({ level: 'error', plugin: 'keys' });
  });
});

describe('resolveName', () => {
  test('hands the name from plugin to plugin, in order', async () => {
    const { hooks } = hooksOf(
      ['keys', 'resolveName', (name: string) => `room-of-${name}`],
      ['idle', 'resolveName', () => undefined],
      ['alias', 'resolveName', async (name: string, asked: StreamRequest) => `${name}/${asked.app}`],
    );
    expect(await hooks.resolveName(request)).toBe('room-of-movie/live');
  });

  test('is the name itself when nobody changes it', async () => {
    expect(await hooksOf().hooks.resolveName(request)).toBe('movie');
  });

  test.each([
    ['a number', 5],
    ['an empty name', ''],
    ['true', true],
  ])('with %s refuses the client and names the plugin', async (_, answer) => {
    const { hooks, log } = hooksOf(['keys', 'resolveName', () => answer]);
    expect(await hooks.resolveName(request)).toBeInstanceOf(Denial);
    expect(log.lines.at(-1)).toMatchObject({ plugin: 'keys' });
  });

  test('passes a thrown denial on, and makes one of any other fault', async () => {
    const denied = hooksOf([
      'keys',
      'resolveName',
      () => {
        throw FORBIDDEN;
      },
    ]);
    expect(await denied.hooks.resolveName(request)).toBe(FORBIDDEN);
    expect(denied.log.lines).toEqual([]);
    const failed = hooksOf(['keys', 'resolveName', () => Promise.reject(new Error('redis is away'))]);
    expect(await failed.hooks.resolveName(request)).toEqual(
      new Denial('unavailable', 'the stream name movie could not be resolved'),
    );
  });
});

describe('streamMissing', () => {
  const provider = { description: 'relay from rtmp://origin/live/movie' };

  test('takes the first who provides; null and nothing leave it to the next', async () => {
    const { hooks } = hooksOf(
      ['one', 'streamMissing', () => null],
      ['two', 'streamMissing', async () => undefined],
      ['relay', 'streamMissing', async () => provider],
      ['vod', 'streamMissing', () => ({ description: 'a file' })],
    );
    expect(await hooks.streamMissing(request)).toBe(provider);
  });

  test('is nobody when nobody does', async () => {
    expect(await hooksOf(['one', 'streamMissing', () => null]).hooks.streamMissing(request)).toBeUndefined();
  });

  test('asks the next when one fails, and the log names who failed', async () => {
    const { hooks, log } = hooksOf(
      [
        'relay',
        'streamMissing',
        () => {
          throw new Error('no route');
        },
      ],
      ['vod', 'streamMissing', () => provider],
    );
    expect(await hooks.streamMissing(request)).toBe(provider);
    expect(log.lines).toMatchObject([{ level: 'error', plugin: 'relay', hook: 'streamMissing' }]);
  });
});

describe('what everybody is told', () => {
  const cause = { code: 'left', message: 'gone' } as const;
  const { stream } = streamForTest();

  test.each([
    'streamStart',
    'streamStop',
    'playStart',
    'playStop',
    'fileEnd',
    'stat',
    'configChange',
  ] as const)(
    '%s reaches every plugin in order, though one throws and one rejects; the log names both',
    async (hook) => {
      const told: unknown[][] = [];
      const { hooks, log } = hooksOf(
        ['one', hook, (...args: unknown[]) => told.push(['one', ...args])],
        [
          'bad',
          hook,
          () => {
            throw new Error('bug');
          },
        ],
        [
          'worse',
          hook,
          async () => {
            throw new Error('bug');
          },
        ],
        ['two', hook, (...args: unknown[]) => told.push(['two', ...args])],
      );
      const args = [stream, cause, 'third'] as const;
      (hooks[hook] as (...all: unknown[]) => void)(...args);
      const expected = {
        streamStart: 1,
        streamStop: 2,
        playStart: 2,
        playStop: 3,
        fileEnd: 1,
        stat: 1,
        configChange: 1,
      };
      const passed = args.slice(0, expected[hook]);
      expect(told).toEqual([
        ['one', ...passed],
        ['two', ...passed],
      ]);
      await Promise.resolve();
      expect(log.lines).toMatchObject([
        { level: 'error', plugin: 'bad', hook },
        { level: 'error', plugin: 'worse', hook },
      ]);
    },
  );
});

test('every hook can be tapped', () => {
  const taps = HOOK_NAMES.map((hook) => ['one', hook, () => undefined] as const);
  expect(() => hooksOf(...taps)).not.toThrow();
  expect(HOOK_NAMES).toHaveLength(12);
});
