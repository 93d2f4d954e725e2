// The end of a connection from our side, whatever the peer does.
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { endSocket } from '../../../core/net/end-socket.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** A connection whose peer takes a write only when it is told to. */
function slowConnection(): { readonly socket: Duplex; take(): void } {
  const waiting: (() => void)[] = [];
  const socket = new Duplex({
    read: () => {},
    write: (_bytes, _encoding, taken) => void waiting.push(taken),
  });
  return { socket, take: () => waiting.shift()?.() };
}

test('a peer that takes nothing is cut off when the patience is over', () => {
  const { socket } = slowConnection();
  socket.write(Buffer.alloc(100));
  endSocket(socket, 1000);
  vi.advanceTimersByTime(900);
  expect(socket.destroyed).toBe(false);
  vi.advanceTimersByTime(200);
  expect(socket.destroyed).toBe(true);
});

test('one that takes some of the bytes gets as much time again for the rest', () => {
  const { socket, take } = slowConnection();
  for (const bytes of [100, 100, 100]) socket.write(Buffer.alloc(bytes));
  endSocket(socket, 1000);
  take();
  vi.advanceTimersByTime(1100);
  expect(socket.destroyed).toBe(false);
  vi.advanceTimersByTime(1100);
  expect(socket.destroyed).toBe(true);
});
