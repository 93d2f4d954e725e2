import { describe, expect, test } from 'vitest';
import type { HookRunner } from '../../../../core/kernel/generation/hook-runner.ts';
import { HOOK_NAMES, type HookName } from '../../../../core/plugin/hooks.ts';
import { Denial } from '../../../../core/session/denial.ts';
import { CONNECT_REQUEST, hooksOf, STREAM_REQUEST } from './hook-kit.ts';
import { sessionForTest, streamForTest } from '../../stream/stream-kit.ts';

const CAUSE = { code: 'left', message: 'the client disconnected' } as const;
const { view: stream } = streamForTest().stream;
const { view: session } = sessionForTest('play');

type Told = readonly unknown[];

/** What each event tells. */
const EVENTS = {
  streamStart: [stream],
  publishStart: [session, stream],
  playStart: [session, stream],
  playStop: [session, stream, CAUSE],
  publishStop: [session, stream, CAUSE],
  streamStop: [stream, CAUSE],
  disconnect: [{ id: 'c1' }, CAUSE],
  denied: [{ displayKey: 'live/movie' }, new Denial('limit', 'full')],
  fileEnd: [{ path: '/tmp/a.ts' }],
  pluginEvent: [{ kind: 'relay_up' }],
  stat: [{ gauge: () => {} }],
  configChange: [{ generation: 1 }],
} as const satisfies Partial<Record<HookName, Told>>;

type EventName = keyof typeof EVENTS;

function emit(hooks: HookRunner, name: EventName): void {
  (hooks.emit as (name: EventName, ...values: Told) => void).call(hooks, name, ...EVENTS[name]);
}

/** How each hook that waits for an answer is run, and what its tap gets. */
const QUESTIONS: Partial<Record<HookName, readonly [run: (hooks: HookRunner) => unknown, ...Told]>> = {
  connect: [(hooks) => hooks.connect(CONNECT_REQUEST), CONNECT_REQUEST],
  resolveName: [(hooks) => hooks.resolveName(STREAM_REQUEST), 'movie', STREAM_REQUEST],
  publish: [(hooks) => hooks.publish(STREAM_REQUEST), STREAM_REQUEST],
  play: [(hooks) => hooks.play(STREAM_REQUEST), STREAM_REQUEST],
  streamMissing: [(hooks) => hooks.streamMissing(STREAM_REQUEST), STREAM_REQUEST],
};

test('there are these hooks, in the order of a stream’s life', () => {
  expect(HOOK_NAMES).toEqual([
    'connect',
    'resolveName',
    'publish',
    'play',
    'streamMissing',
    'streamStart',
    'publishStart',
    'playStart',
    'playStop',
    'publishStop',
    'streamStop',
    'disconnect',
    'denied',
    'fileEnd',
    'pluginEvent',
    'stat',
    'configChange',
  ]);
});

test.each(HOOK_NAMES)(
  '%s can be tapped: its tap is called once, with all its values, and no other hook’s',
  async (hook) => {
    const called: (readonly [HookName, Told])[] = [];
    const taps = HOOK_NAMES.map(
      (name) => ['one', name, (...told: Told) => void called.push([name, told])] as const,
    );
    const { hooks } = hooksOf(...taps);
    const question = QUESTIONS[hook];
    if (question) await question[0](hooks);
    else emit(hooks, hook as EventName);
    const told = question ? question.slice(1) : EVENTS[hook as EventName];
    expect(called).toEqual([[hook, told]]);
  },
);

describe('an event', () => {
  test.each(Object.keys(EVENTS) as EventName[])(
    '(%s) reaches every plugin in order, though one throws and one rejects; the log names both',
    async (hook) => {
      const told: unknown[][] = [];
      const { hooks, log } = hooksOf(
        ['one', hook, (...values: unknown[]) => told.push(['one', ...values])],
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
        ['two', hook, (...values: unknown[]) => told.push(['two', ...values])],
      );
      emit(hooks, hook);
      expect(told).toEqual([
        ['one', ...EVENTS[hook]],
        ['two', ...EVENTS[hook]],
      ]);
      await Promise.resolve();
      expect(log.lines).toMatchObject([
        { level: 'error', plugin: 'bad', hook },
        { level: 'error', plugin: 'worse', hook },
      ]);
    },
  );
});
