// Attacks on WebSocket-FLV.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { deflateRawSync } from 'node:zlib';
import { closed, flushed, type Attack, type Attacker } from '../kit/attack.ts';
import { attacksOf } from '../kit/driver.ts';
import { times } from '../kit/size.ts';

const UPGRADE = [
  'GET /live/healthy.flv HTTP/1.1',
  'host: x',
  'connection: upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
].join('\r\n');

async function upgraded(attacker: Attacker, headers = ''): Promise<Socket> {
  const socket = await attacker.connect('httpflv.port');
  const answered = once(socket, 'data');
  socket.write(`${UPGRADE}\r\n${headers}\r\n`);
  await answered;
  return socket;
}

/** A masked frame of a client; `announced` is a length that is not that of the payload. */
function frame(first: number, payload: Buffer = Buffer.alloc(0), announced = payload.length): Buffer {
  const length =
    announced < 126
      ? Buffer.from([0x80 | announced])
      : Buffer.concat([Buffer.from([0xff, 0, 0]), Buffer.alloc(6)]);
  if (announced >= 126) length.writeUIntBE(Math.min(announced, 0xffffffffffff), 3, 6);
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([Buffer.from([first]), length, Buffer.alloc(4), payload]);
}

/** Frames after which the server closes the connection. */
function fatal(name: string, bytes: () => Buffer, headers = ''): Attack {
  return {
    name,
    run: async (attacker) => {
      for (let index = 0; index < times(2, 100); index++) {
        const socket = await upgraded(attacker, headers);
        socket.write(bytes());
        await closed(socket);
      }
    },
  };
}

/** As many frames as `short` or `long` says, on some connections. */
function flood(name: string, [short, long]: readonly [number, number], build: () => Buffer): Attack {
  return {
    name,
    run: async (attacker) => {
      const block = Buffer.concat(Array<Buffer>(1000).fill(build()));
      const sockets = [await upgraded(attacker), await upgraded(attacker)];
      sockets[1]!.pause();
      for (const socket of sockets) {
        for (let sent = 0; sent < times(short, long) && !socket.destroyed; sent += 1000) socket.write(block);
      }
    },
  };
}

const [CONTINUE, TEXT, BINARY, CLOSE, PING] = [0x00, 0x01, 0x02, 0x88, 0x89];
const FINAL = 0x80;
const BOMB = deflateRawSync(Buffer.alloc(60_000_000));

const ATTACKS: readonly Attack[] = [
  fatal('frames are not masked', () => Buffer.from([FINAL | BINARY, 3, 1, 2, 3])),
  fatal('a continuation continues nothing', () => frame(FINAL | CONTINUE, Buffer.from('x'))),
  fatal('a message begins within another', () => Buffer.concat([frame(TEXT), frame(TEXT)])),
  fatal('a frame announces 256 TiB', () => frame(FINAL | BINARY, Buffer.alloc(100), 2 ** 48 - 1)),
  fatal('reserved bits and types are used', () => frame(0xf3, Buffer.from('x'))),
  fatal('control frames are long', () =>
    Buffer.concat([Buffer.from([PING, 0xfe, 0, 200]), randomBytes(204)]),
  ),
  fatal('control frames are in fragments', () => frame(PING & 0x7f)),
  fatal('the code of a close is none', () => frame(CLOSE, Buffer.from([0, 1]))),
  fatal('text is no UTF-8', () => frame(FINAL | TEXT, Buffer.from([0xc0, 0xae, 0xff]))),
  fatal('what follows the upgrade is HTTP', () => Buffer.from('GET /streams HTTP/1.1\r\nhost: x\r\n\r\n')),
  fatal(
    'a message of 60 KB unfolds to 60 MB',
    () => frame(0xc2, BOMB),
    'sec-websocket-extensions: permessage-deflate\r\n',
  ),
  {
    name: 'a message is in 100,000 fragments, and does not end',
    run: async (attacker) => {
      const socket = await upgraded(attacker);
      socket.write(frame(BINARY, Buffer.from('x')));
      const block = Buffer.concat(Array<Buffer>(1000).fill(frame(CONTINUE, Buffer.from('x'))));
      for (let sent = 0; sent < times(20, 1000) && !socket.destroyed; sent++) {
        socket.write(block);
        await flushed(socket);
      }
    },
  },
  flood('pings flood, and their answers are not read', [20_000, 1_000_000], () =>
    frame(PING, Buffer.alloc(100, 1)),
  ),
  flood('pongs flood', [20_000, 1_000_000], () => frame(0x8a)),
  flood('messages flood', [20_000, 1_000_000], () => frame(FINAL | TEXT, Buffer.from('play'))),
  {
    name: 'viewers by WebSocket do not read',
    run: async (attacker) => {
      for (let index = 0; index < times(20, 300); index++) (await upgraded(attacker)).pause();
    },
  },
  {
    name: 'upgrades lack a key, a version and a stream, and repeat themselves',
    run: async (attacker) => {
      const wrong = [
        UPGRADE.replace(/\r\nsec-websocket-key.*/, ''),
        UPGRADE.replace('version: 13', 'version: 0'),
        UPGRADE.replace('healthy', 'nothing'),
        UPGRADE.replace('/live/healthy.flv', '/../x'),
        UPGRADE.replace('upgrade: websocket', 'upgrade: websocket, websocket'),
        `${UPGRADE}\r\nsec-websocket-key: BBBBBBBBBBBBBBBBBBBBBB==`,
        `${UPGRADE}\r\nsec-websocket-protocol: ${'a,'.repeat(2000)}a`,
        `${UPGRADE}\r\nsec-websocket-extensions: permessage-deflate; server_max_window_bits=99999`,
        `${UPGRADE}\r\ncontent-length: 5`,
        UPGRADE.replace('GET', 'POST'),
      ];
      for (let round = 0; round < times(2, 50); round++) {
        for (const request of wrong) (await attacker.connect('httpflv.port')).write(`${request}\r\n\r\n`);
      }
    },
  },
  {
    name: 'upgrades are pipelined behind a stream, and frames come with the upgrade',
    run: async (attacker) => {
      const [piped, early] = await attacker.connections(2, 'httpflv.port');
      piped!.write(`GET /live/healthy.flv HTTP/1.1\r\nhost: x\r\n\r\n${`${UPGRADE}\r\n\r\n`.repeat(1000)}`);
      early!.write(Buffer.concat([Buffer.from(`${UPGRADE}\r\n\r\n`), frame(PING), frame(0xf3)]));
      await closed(early!);
    },
  },
];

attacksOf({ name: 'WebSocket', attacks: ATTACKS });
