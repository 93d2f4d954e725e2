// Servers that livego asks, and that answer what no server should, or nothing. They listen for as long as the tests run.
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { buildFlvHeader } from '../../../core/media/flv/file.ts';
import { flushed } from '../kit/attack.ts';

type Behaviour = (socket: Socket) => void;

/** The port of a server that does this with each connection. */
async function listen(behave: Behaviour): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    behave(socket);
  });
  server.unref();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Begins with this, and goes on with noise for as long as it is read. */
function noiseBehind(head: string | Buffer, block: Buffer): Behaviour {
  return (socket) => {
    socket.resume();
    socket.write(head);
    const goOn = async (): Promise<void> => {
      while (!socket.destroyed) {
        socket.write(block);
        await flushed(socket);
        // Only so many a second: the attacker has the same processors.
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    void goOn().catch(() => socket.destroy());
  };
}

const NOISE = Buffer.from(
  Array.from({ length: 64 * 1024 }, (_, index) => (index * 7919 + (index >> 7)) & 0xff),
);
/** The port of a server that sends whoever asks to another one, which sends them back. */
async function circle(): Promise<number> {
  const ports: number[] = [];
  for (const index of [0, 1]) {
    ports.push(
      await listen((socket) =>
        socket.on('data', () => {
          const location = `http://127.0.0.1:${ports[1 - index]}/live/x.flv`;
          socket.write(`HTTP/1.1 302 Found\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`);
        }),
      ),
    );
  }
  return ports[0]!;
}

const FLV_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: video/x-flv\r\n\r\n';
const FLV = Buffer.concat([Buffer.from(FLV_HEAD), buildFlvHeader({ audio: true, video: true })]);
/** A tag that announces 16 MB. */
const LONG_TAG = Buffer.from('09ffffff00000000000000', 'hex');

export const HOSTILE = {
  'never answer': await listen((socket) => void socket.resume()),
  'close each connection at once': await listen((socket) => void socket.destroy()),
  'answer with noise': await listen(noiseBehind('', NOISE)),
  'send headers without end': await listen(
    noiseBehind('HTTP/1.1 200 OK\r\n', Buffer.from('x-more: and more\r\n'.repeat(100))),
  ),
  'send a body without end': await listen(
    noiseBehind(
      'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"a":"',
      Buffer.alloc(64 * 1024, 'x'),
    ),
  ),
  'send chunks without end': await listen(
    noiseBehind(
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n',
      Buffer.from(`1;${'e=x;'.repeat(100)}\r\n{\r\n`.repeat(20)),
    ),
  ),
  'redirect to themselves': await listen((socket) =>
    socket.on('data', () =>
      socket.write(`HTTP/1.1 302 Found\r\nlocation: /again?${'x'.repeat(2000)}\r\ncontent-length: 0\r\n\r\n`),
    ),
  ),
  'redirect in circles': await circle(),
  'send FLV, then noise': await listen(noiseBehind(FLV, NOISE)),
  'send FLV whose tags are 16 MB': await listen(
    noiseBehind(Buffer.concat([FLV, LONG_TAG]), Buffer.alloc(64 * 1024)),
  ),
  'send FLV of tags without a byte': await listen(
    noiseBehind(
      FLV,
      Buffer.concat(Array<Buffer>(2000).fill(Buffer.from('0900000000000000000000' + '0000000b', 'hex'))),
    ),
  ),
  'accept an RTMP handshake, and send noise': await listen((socket) =>
    socket.once('data', (bytes: Buffer) => {
      socket.write(Buffer.concat([bytes.subarray(0, 1537), bytes.subarray(1, 1537)]));
      noiseBehind('', NOISE)(socket);
    }),
  ),
  'answer Redis with an array without end': await listen(
    noiseBehind('*1000000000\r\n', Buffer.from('$3\r\nabc\r\n'.repeat(1000))),
  ),
} as const;
