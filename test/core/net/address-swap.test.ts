// Listeners that give way to another address of the same port.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { AddressSwap } from '../../../core/net/address-swap.ts';
import type { Listener } from '../../../core/net/listener.ts';
import { ListenerPool } from '../../../core/net/listener-pool.ts';
import { memoryLog } from '../../helpers/memory-log.ts';
import { connectTo, freePort } from '../../helpers/net.ts';

/** Another program listens there. */
async function occupy(port: number, host: string): Promise<void> {
  const other = createServer().listen(port, host);
  onTestFinished(() => void other.close());
  await once(other, 'listening');
}

test('a listener that gave way in vain listens again, and the error names the option', async () => {
  const port = await freePort();
  const pool = new ListenerPool(memoryLog().log);
  const one = await pool.acquire('one', { host: '127.0.0.1', port }, 'rtmp.port');
  one.use((socket) => socket.destroy());
  onTestFinished(() => void pool.release('one'));
  await occupy(port, '127.0.0.2');
  await expect(pool.acquire('all', { host: undefined, port }, 'hls.port')).rejects.toThrow(
    `hls.port: :${port} is in use by another program; stop that program or choose another port`,
  );
  expect(one.listening).toBe(true);
  await connectTo(port);
});

test('a listener that the new config has acquired as well does not give way', async () => {
  const port = await freePort();
  const pool = new ListenerPool(memoryLog().log);
  const one = await pool.acquire('one', { host: '127.0.0.1', port }, 'rtmp.port');
  one.use((socket) => socket.destroy());
  await pool.acquire('one', { host: '127.0.0.1', port }, 'rtmp.port');
  onTestFinished(() => {
    for (const key of ['one', 'one', 'all']) void pool.release(key);
  });
  await expect(pool.acquire('all', { host: '0.0.0.0', port }, 'hls.port')).rejects.toThrow('is in use');
  expect(one.listening).toBe(true);
});

/** A listener of 127.0.0.x:1935 that opens or fails, so often, as the system would have it. */
function fakeListener(host: string, failure?: string, failures = Infinity) {
  const opened: string[] = [];
  const listener = {
    address: { host, port: 1935 },
    close: () => {},
    open: () => {
      opened.push(host);
      return failure !== undefined && opened.length <= failures
        ? Promise.reject(Object.assign(new Error(failure), { code: failure }))
        : Promise.resolve();
    },
  };
  return { listener: listener as unknown as Listener, opened };
}

test('a listener that cannot listen again is logged, and the others listen all the same', async () => {
  const { log, lines } = memoryLog();
  const [lost, other] = [fakeListener('127.0.0.1', 'EACCES'), fakeListener('127.0.0.2')];
  const { listener } = fakeListener('0.0.0.0', 'EADDRINUSE');
  const outgoing = [lost.listener, other.listener];
  await expect(AddressSwap.open(listener, 'rtmp.port', outgoing, log)).rejects.toMatchObject({
    code: 'LVG_LISTEN',
  });
  expect(other.opened).toEqual(['127.0.0.2']);
  expect(lines).toMatchObject([{ level: 'error', msg: '127.0.0.1:1935 could not be opened again' }]);
});

test('a port that a starting program holds for a moment is tried again, by the new listener and by those that gave way', async () => {
  const { log, lines } = memoryLog();
  const present = fakeListener('127.0.0.1', 'EADDRINUSE', 2);
  const wanted = fakeListener('0.0.0.0', 'EADDRINUSE', 3);
  const swap = await AddressSwap.open(wanted.listener, 'rtmp.port', [present.listener], log);
  expect(wanted.opened).toHaveLength(4);
  await swap.undo([present.listener]).opened;
  expect(present.opened).toHaveLength(3);
  expect(lines).toEqual([]);
});
