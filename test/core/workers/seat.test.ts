// A worker as the supervisor watches it.
import { Socket } from 'node:net';
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
  killed(): boolean;
  answer(): void;
  end(how: string): void;
}

const PLACE = { worker: 2, run: 7, socketPath: '/nowhere', generation: 1, secret: '' };

function seatForTest(): TestSeat {
  const log = memoryLog();
  const sent: Message[] = [];
  const returned: WaitingConnection[] = [];
  let events: WorkerEvents | undefined;
  let killed = false;
  const seat = new Seat({
    place: PLACE,
    log: log.log,
    handlers: {} as Handlers<SupervisorCalls>,
    spawn: (_, given) => {
      events = given;
      return { send: (message) => void sent.push(message), kill: () => void (killed = true) };
    },
    returned: (unsent) => void returned.push(...unsent),
    ended: (_seat, _how, unsent) => void returned.push(...unsent),
  });
  return {
    seat,
    log,
    sent,
    returned,
    killed: () => killed,
    answer: () => {
      const asked = sent.findLast((message) => message.is === 'ask');
      if (asked?.is === 'ask') events?.message({ is: 'answer', id: asked.id, output: undefined }, undefined);
    },
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

test('one connection is on its way at a time, and the others are given back when the worker ends', () => {
  const { seat, sent, returned, end } = seatForTest();
  const all = [connection(), connection(), connection()];
  for (const each of all) seat.hand(each);
  expect(sent.filter((message) => message.is === 'ask')).toHaveLength(1);
  expect(seat.connections).toBe(3);
  end('signal SIGKILL');
  expect(returned).toEqual(all.slice(1));
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
