import { once } from 'node:events';
import { connect, createServer, Socket, type AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { noDelaySwitch } from '../../../core/net/no-delay.ts';

function socketFrom(address: string | undefined): Socket {
  return Object.defineProperty(new Socket(), 'remoteAddress', { value: address });
}

test('a connection from this machine is switched', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [Socket];
  const setNoDelay = vi.spyOn(socket, 'setNoDelay');
  const set = noDelaySwitch(socket);
  set?.(false);
  set?.(true);
  expect(setNoDelay.mock.calls).toEqual([[false], [true]]);
  client.destroy();
  socket.destroy();
  server.close();
});

test.each(['127.9.9.9', '::1', '::ffff:127.0.0.1'])('%s is this machine', (address) => {
  expect(noDelaySwitch(socketFrom(address))).toBeTypeOf('function');
});

test.each(['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1', 'fe80::1%eth0', undefined])(
  '%s is not: it keeps TCP_NODELAY',
  (address) => {
    expect(noDelaySwitch(socketFrom(address))).toBeUndefined();
  },
);

test('what is no socket has no TCP_NODELAY', () => {
  expect(noDelaySwitch(new Duplex())).toBeUndefined();
});
