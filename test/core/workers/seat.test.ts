// A worker as the supervisor watches it.
import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Message } from '../../../core/workers/conversation.ts';
import type { Handlers } from '../../../core/workers/conversation.ts';
import type { SupervisorCalls } from '../../../core/workers/messages.ts';
import { Seat, type WaitingConnection } from '../../../core/workers/supervisor/seat.ts';
import type { WorkerEvents } from '../../../core/workers/worker-process.ts';
import { memoryLog, type MemoryLog } from '../../helpers/memory-log.ts';

interface TestSeat {
  readonly seat: Seat;
  readonly log: MemoryLog;
  readonly sent: Message[];
  readonly returned: WaitingConnection[];
  /** Connections that are counted as closed. */
  closed(): number;
  /** Connections that were sent. */
  connections(): number;
  killed(): boolean;
  answer(): void;
  /** The worker takes the oldest connection that was sent. */
  take(): Promise<void>;
  /** The process could not read the oldest connection that was sent. */
  fail(message: string): Promise<void>;
  end(how: string): void;
}

const PLACE = { worker: 2, run: 7, socketPath: '/nowhere', generation: 1, secret: '' };

function seatForTest(): TestSeat {
  const log = memoryLog();
  const sent: Message[] = [];
  const returned: WaitingConnection[] = [];
  let events: WorkerEvents | undefined;
  let killed = false;
  let closed = 0;
  let answered = 0;
  const asked = () => sent.filter((message) => message.is === 'ask' && message.name === 'connection');
  const settle = async (answer: { is: 'answer'; output: undefined } | { is: 'fault'; message: string }) => {
    const ask = asked()[answered++];
    if (ask?.is === 'ask') events?.message({ ...answer, id: ask.id }, undefined);
    await nextTurn();
  };
  const seat = new Seat({
    place: PLACE,
    log: log.log,
    handlers: { closed: ({ count }) => void (closed += count) } as Handlers<SupervisorCalls>,
    spawn: (_, given) => {
      events = given;
      const send = (message: Message): void => void sent.push(message);
      return { send, mostUnderWay: 3, kill: () => void (killed = true) };
    },
    returned: (unsent) => void returned.push(...unsent),
    ended: (_seat, _how, unsent) => void returned.push(...unsent),
  });
  return {
    seat,
    log,
    sent,
    returned,
    closed: () => closed,
    connections: () => asked().length,
    killed: () => killed,
    answer: () => {
      const asked = sent.findLast((message) => message.is === 'ask');
      if (asked?.is === 'ask') events?.message({ is: 'answer', id: asked.id, output: undefined }, undefined);
    },
    take: () => settle({ is: 'answer', output: undefined }),
    fail: (message) => settle({ is: 'fault', message }),
    end: (how) => events?.ended(how),
  };
}

function connection(): WaitingConnection {
  const socket = new Socket();
  onTestFinished(() => void socket.destroy());
  return { key: ':1935', socket };
}

test('a worker that answers no ping for ten seconds is reported and killed', () => {
  const { seat, log, killed } = seatForTest();
  for (let second = 0; second < 10; second++) seat.watch();
  expect(killed()).toBe(false);
  seat.watch();
  expect(killed()).toBe(true);
  expect(log.messages('error')).toEqual(['worker 2 has not answered for 10 s; it is replaced']);
});

test('a worker that answers is left alone', async () => {
  const { seat, killed, answer } = seatForTest();
  for (let second = 0; second < 30; second++) {
    seat.watch();
    answer();
    await Promise.resolve();
    await Promise.resolve();
  }
  expect(killed()).toBe(false);
});

test('a worker is sent one connection first, and with each that it takes one more at a time, up to a limit', async () => {
  const { seat, connections, take } = seatForTest();
  for (let count = 0; count < 20; count++) seat.hand(connection());
  const sent = [connections()];
  for (let taken = 1; taken <= 4; taken++) {
    await take();
    sent.push(connections());
  }
  expect(sent).toEqual([1, 3, 5, 6, 7]);
});

test('an idle worker is sent one connection at a time again', async () => {
  const { seat, connections, take } = seatForTest();
  for (let count = 0; count < 4; count++) seat.hand(connection());
  for (let count = 0; count < 4; count++) await take();
  for (let count = 0; count < 4; count++) seat.hand(connection());
  expect(connections()).toBe(5);
});

test('connections that a worker has not taken when it ends are given back, open, also those on their way', async () => {
  const { seat, returned, take, end } = seatForTest();
  const all = [connection(), connection(), connection(), connection(), connection()];
  for (const each of all) seat.hand(each);
  await take();
  expect(seat.connections).toBe(5);
  end('signal SIGKILL');
  await nextTurn();
  expect(returned).toEqual(all.slice(1));
  expect(all.map(({ socket }) => socket.destroyed)).toEqual([true, false, false, false, false]);
});

test('connections that a slow worker does not take are given back', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const { seat, returned } = seatForTest();
  const all = [connection(), connection()];
  for (const each of all) seat.hand(each);
  expect(seat.slow).toBe(false);
  vi.advanceTimersByTime(300);
  expect(seat.slow).toBe(true);
  seat.watch();
  expect(returned).toEqual(all.slice(1));
  expect(seat.connections).toBe(1);
});

test('a worker that goes on taking connections is not slow, however long each has been on its way', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const { seat, returned, take } = seatForTest();
  for (let count = 0; count < 9; count++) seat.hand(connection());
  for (let count = 0; count < 5; count++) {
    vi.advanceTimersByTime(200);
    await take();
    expect(seat.slow).toBe(false);
  }
  vi.advanceTimersByTime(300);
  expect(seat.slow).toBe(true);
  seat.watch();
  expect(returned).toHaveLength(1);
});

test('a connection that the process cannot read is closed, counted as closed and reported, and the next follows', async () => {
  const { seat, log, closed, connections, fail } = seatForTest();
  const all = [connection(), connection()];
  for (const each of all) seat.hand(each);
  await fail('no file descriptor is free');
  expect(all.map(({ socket }) => socket.destroyed)).toEqual([true, false]);
  expect([closed(), connections()]).toEqual([1, 2]);
  expect(log.messages('error')).toEqual(['a connection could not be handed to worker 2']);
});
