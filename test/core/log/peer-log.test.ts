// Lines that peers cause: so many, and then how many were left out.
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { PeerLog } from '../../../core/log/peer-log.ts';
import { memoryLog } from '../../helpers/memory-log.ts';
import { startServer } from '../../helpers/server.ts';

test('each peer may cause sixty lines a minute, and each minute says how many were left out', () => {
  const { log, lines } = memoryLog();
  const peers = new PeerLog(log);
  const limited = peers.limit(log);
  for (let line = 0; line < 100; line++) limited.info({ remote: `192.0.2.1:${line}` }, 'denied');
  limited.info({ remote: '192.0.2.2:1' }, 'denied');
  limited.info({ audit: true, remote: '192.0.2.1:1' }, 'asked for a change');
  expect(lines).toHaveLength(62);
  peers.tick(500);
  peers.tick(60_499);
  expect(lines).toHaveLength(62);
  peers.tick(60_500);
  expect(lines.at(-1)).toMatchObject({ about: '192.0.2.1', msg: '40 more lines like these were left out' });
  limited.child({ plugin: 'rtmp' }).info({ remote: '192.0.2.1:7' }, 'denied');
  expect(lines.at(-1)).toMatchObject({ remote: '192.0.2.1:7', plugin: 'rtmp' });
});

test('all addresses of an IPv6 /64 are one peer', () => {
  const { log, lines } = memoryLog();
  const limited = new PeerLog(log).limit(log);
  for (let line = 0; line < 100; line++) limited.info({ remote: `[2001:db8::${line}]:1935` }, 'denied');
  expect(lines).toHaveLength(60);
  limited.info({ remote: '[2001:db8:0:1::1]:1935' }, 'denied');
  limited.info({ remote: '2001:db8:0:2::1' }, 'denied');
  expect(lines).toHaveLength(62);
});

test('many peers may cause 600 warnings a minute', () => {
  const { log, lines } = memoryLog();
  const limited = new PeerLog(log).limit(log);
  for (let peer = 0; peer < 5000; peer++) limited.warn({ stream: `live/${peer}` }, 'bad');
  expect(lines).toHaveLength(600);
});

test('an address that sends nonsense again and again fills no log', async () => {
  const { port, log } = await startServer();
  const send = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect(port(), '127.0.0.1', () => socket.write(Buffer.alloc(1537, 9)));
      socket.on('error', () => {}).on('close', () => resolve());
    });
  for (let round = 0; round < 65; round++) await send();
  expect(log.filter(({ msg }) => msg.startsWith('RTMP connection closed'))).toHaveLength(60);
});
