// Sockets and waiting. A test waits for an event, with a deadline, and never for a fixed time.
import { once } from 'node:events';
import type { EventEmitter } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { expect, onTestFinished, vi } from 'vitest';

export { freePort, freePorts } from './ports.ts';

const DEADLINE_MS = 60_000;

/** A connected socket, closed with the test. */
export async function connectTo(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host, noDelay: true });
  onTestFinished(() => void socket.destroy());
  await within(once(socket, 'connect'), `a connection to ${host}:${port}`);
  return socket;
}

/** Resolves when nobody listens there any more: a program that another test starts has copies of all sockets until it runs. */
export async function untilClosed(port: number): Promise<void> {
  await vi.waitFor(() => expect(connectTo(port)).rejects.toThrow());
}

/** Everything until the peer ends the connection; a reset counts as an end. */
export async function readToEnd(socket: Socket, deadlineMs?: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const ended = new Promise<void>((resolve) => {
    socket.on('data', (bytes: Buffer) => pieces.push(bytes)).once('close', () => resolve());
    socket.once('error', () => {}).once('end', () => socket.end());
  });
  await within(ended, 'the end of the connection', deadlineMs);
  return Buffer.concat(pieces);
}

/** The next `length` bytes; further bytes stay in the socket. */
export async function readBytes(socket: Socket, length: number, deadlineMs?: number): Promise<Buffer> {
  let stopListening = (): void => {};
  const read = new Promise<Buffer>((resolve, reject) => {
    const attempt = (): void => {
      const bytes = socket.read(length) as Buffer | null;
      if (bytes?.length === length) resolve(bytes);
      // At its end a stream returns what is left, which is shorter.
      else if (bytes !== null || socket.readableEnded || socket.destroyed) {
        reject(new Error('The connection ended before that.'));
      }
    };
    const events = ['readable', 'end', 'close'];
    stopListening = () => events.forEach((event) => socket.off(event, attempt));
    for (const event of events) socket.on(event, attempt);
    // Bytes that an earlier call left in the socket are not announced again.
    attempt();
  });
  return within(read, `${length} bytes`, deadlineMs).finally(stopListening);
}

/** The arguments of the first `event` that `when` accepts. */
export function waitForEvent<Arguments extends unknown[]>(
  emitter: EventEmitter,
  event: string,
  when: (...args: Arguments) => boolean = () => true,
  deadlineMs?: number,
): Promise<Arguments> {
  let listener: (...args: unknown[]) => void = () => {};
  const seen = new Promise<Arguments>((resolve) => {
    listener = (...args) => {
      if (when(...(args as Arguments))) resolve(args as Arguments);
    };
    emitter.on(event, listener);
  });
  return within(seen, `the event "${event}"`, deadlineMs).finally(() => emitter.off(event, listener));
}

/** The promise's outcome, or after the deadline an error that names what was waited for. */
export async function within<Value>(
  promise: Promise<Value>,
  what: string,
  deadlineMs = DEADLINE_MS,
): Promise<Value> {
  // The real clock's, even if the test has installed a fake one.
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = realSetTimeout(
      () => reject(new Error(`Timed out after ${deadlineMs} ms waiting for ${what}.`)),
      deadlineMs,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

const realSetTimeout = setTimeout;
