// TypeScript takes an async function wherever one that returns nothing is expected. One that rejects must not end the
// process: the runner fails a test file in which a rejection is left unhandled.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { handoverKey } from '../../../../core/plugin/handover.ts';
import type { ServerContext } from '../../../../core/plugin/plugin.ts';
import { pluginForTest } from '../../../helpers/config.ts';
import { connectTo, waitForEvent } from '../../../helpers/net.ts';
import { contextOf, kernelForTest, playFrom, publishTo, send, type TestKernel } from '../kernel-kit.ts';
import {
  FakeTransport,
  FLV,
  LEFT,
  RecordingSink,
  spell,
  START,
  streamForTest,
  video,
} from '../../stream/stream-kit.ts';

afterEach(() => void vi.useRealTimers());

// An async function where one that returns nothing is expected, as a plugin in JavaScript may have it.
const FAILS = (async () => {
  await Promise.resolve();
  throw new Error('later');
}) as unknown as () => void;

/** The messages of errors after pending rejections have been reported. */
async function errorsOf({ log }: TestKernel): Promise<string[]> {
  await nextTurn();
  await nextTurn();
  return log.lines
    .filter(({ level }) => level === 'error')
    .map(({ msg, err }) => `${msg}: ${(err as Error).message}`);
}

describe('an async callback that rejects is logged, and ends nothing else', () => {
  test('onActivate', async () => {
    const { test } = await contextOf((context) => context.onActivate(FAILS));
    expect(await errorsOf(test)).toEqual(['one failed when it was activated: later']);
  });

  test('everySecond', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    let ticks = 0;
    const { test } = await contextOf((context) => {
      context.everySecond(FAILS);
      context.everySecond(() => void ticks++);
    });
    await vi.advanceTimersByTimeAsync(1000);
    expect(ticks).toBe(1);
    expect(await errorsOf(test)).toEqual(['one failed in everySecond: later']);
  });

  test.each(['start', 'stop'] as const)('%s of a provider', async (which) => {
    const { test, context } = await contextOf();
    const provider = { description: 'relay', start: () => {}, stop: () => {}, [which]: FAILS };
    const provision = context.provide({ app: 'live', name: 'movie' }, provider);
    if (which === 'stop') provision.end(LEFT);
    const errors = await errorsOf(test);
    expect(errors).toEqual(which === 'stop' ? ['plugin one threw in a provider’s stop: later'] : []);
    expect(provision.state).toBe('ended');
  });

  test('close of a publisher, of a viewer, and of a viewer’s transport', async () => {
    const { test, context } = await contextOf();
    await publishTo(test, undefined, FAILS);
    const { transport } = await playFrom(test, undefined, FAILS);
    transport.close = FAILS;
    for (const session of context.sessions()) session.close();
    await test.kernel.stop('over');
    const failed = 'a session could not be closed: later';
    expect(await errorsOf(test)).toEqual([failed, failed]);
  });

  test('the handler of a connection, which is cut', async () => {
    const plugin = pluginForTest('one', { server: (context) => context.listen({ port: 0 }, FAILS) });
    const test = kernelForTest();
    await test.apply({ definitions: [plugin] });
    const socket = await connectTo(test.port('one.port'));
    await waitForEvent(socket, 'close');
    expect(await errorsOf(test)).toMatchObject([/could not be served: later$/]);
  });

  test('dispose of a handover', async () => {
    const key = handoverKey<number>('count');
    const declare = (context: ServerContext): void =>
      context.handover(key, {
        give: () => ({ state: 1, dispose: FAILS }),
        take: FAILS,
      });
    const { test, replace } = await contextOf(declare);
    await replace();
    expect(await errorsOf(test)).toEqual([
      'one could not take over from its predecessor and starts without its state: later',
      'one failed to release a resource: later',
    ]);
  });
});

test('an async give hands nothing over', async () => {
  const taken: unknown[] = [];
  const key = handoverKey<number>('count');
  const { test, replace } = await contextOf((context) =>
    context.handover(key, { give: FAILS as never, take: (state) => void taken.push(state) }),
  );
  await replace();
  expect(taken).toEqual([]);
  expect(await errorsOf(test)).toEqual([
    'one could not take over from its predecessor and starts without its state: give() is async; it must do its work before it returns',
  ]);
});

describe('a sink', () => {
  test.each(['live', 'gop', 'next-keyframe'] as const)(
    'from %s whose write is async is detached at its first packet; the others get them all',
    async (from) => {
      const { stream, publish, log } = streamForTest();
      publish(...START, video(0, 1, 'key'));
      let calls = 0;
      const write = (): void => {
        calls++;
        return FAILS();
      };
      stream.attach({ write }, from);
      const other = new RecordingSink();
      stream.attach(other, 'live');
      publish(video(40, 2, 'key'), video(80, 3));
      await nextTurn();
      expect(calls).toBe(1);
      expect(other.heard).toBe('V2! V3');
      expect(log.lines.filter(({ level }) => level === 'error')).toMatchObject([
        { err: { message: 'write() is async; it must do its work before it returns' } },
      ]);
    },
  );

  test('whose pause, discontinuity or end rejects is logged', async () => {
    const { stream, log } = streamForTest();
    for (const name of ['pause', 'discontinuity', 'end'])
      stream.attach({ write: () => {}, [name]: FAILS }, 'next-keyframe');
    stream.attach({ write: () => {}, pause: FAILS, discontinuity: FAILS, end: FAILS });
    stream.discontinuity();
    stream.hold();
    stream.end(LEFT);
    await nextTurn();
    const detached = 'a sink failed and was detached; the stream continues without it';
    // Each of the four is detached once, also the one of which everything rejects.
    expect(log.messages('error')).toEqual([detached, detached, detached, detached]);
  });

  test('whose write returns a value that is no promise stays attached', () => {
    const { stream, publish } = streamForTest();
    const packets: unknown[] = [];
    stream.attach({ write: (packet) => packets.push(packet) });
    publish(...START, video(0, 1, 'key'));
    expect(packets).toHaveLength(4);
  });
});

test('a delivery whose output is async is closed as failed; viewers continue', async () => {
  const { test, context } = await contextOf();
  const { publication, stream } = await publishTo(test);
  const { transport: viewer } = await playFrom(test);
  const transport = new FakeTransport();
  transport.write = FAILS;
  context.deliver(stream.view, { format: FLV, transport, start: 'gop' });
  send(publication, video(80, 3, 'key', 140_000), video(120, 4, 'key', 140_000));
  await nextTurn();
  expect(transport.causes.map(({ code }) => code)).toEqual(['failed']);
  expect(spell(viewer.tags)).toBe('v1 V1! V2 V3! V4!');
});

test('a delivery whose output becomes async only later is closed as failed, once', async () => {
  const { test, context } = await contextOf();
  const { publication, stream } = await publishTo(test);
  const transport = new FakeTransport();
  const write = transport.write.bind(transport);
  transport.write = (bytes) => (transport.writes.length < 3 ? write(bytes) : FAILS());
  context.deliver(stream.view, { format: FLV, transport, start: 'gop' });
  for (let packet = 3; packet < 10; packet++) send(publication, video(packet * 40, packet, 'key', 140_000));
  await nextTurn();
  expect(transport.writes).toHaveLength(3);
  expect(transport.causes.map(({ code }) => code)).toEqual(['failed']);
});

test('an error that cannot be logged ends nothing', async () => {
  const hostile = new Error('hostile');
  Object.defineProperty(hostile, 'message', {
    get: () => {
      throw new Error('unreadable');
    },
  });
  const { test } = await contextOf(({ hooks }) =>
    hooks.publishStart.tap(() => {
      throw hostile;
    }),
  );
  const { publication } = await publishTo(test);
  expect(publication.active).toBe(true);
  publication.end(LEFT);
  expect(test.log.messages('error').length).toBeGreaterThan(0);
});
