// Attacks on TLS, at the addresses of RTMPS, HTTP-FLV and HLS.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { makeCertificate } from '../../helpers/programs/certificate.ts';
import { flushed, type Attack, type Attacker } from '../kit/attack.ts';
import { attacksOf } from '../kit/driver.ts';
import { ANY_PORT, HLS, type Config, type Door } from '../kit/server-process.ts';
import { times } from '../kit/size.ts';
import { opening } from '../rtmp/bytes.ts';

const DOORS: readonly Door[] = ['rtmp.tls.port', 'httpflv.tls.port', 'hls.tls.port'];

function secure(folder: string): Config {
  const files = { cert: join(folder, 'server.crt'), key: join(folder, 'server.key') };
  const tls = { port: ANY_PORT, ...makeCertificate('localhost', files) };
  return { rtmp: { tls }, httpflv: { tls }, hls: { ...HLS, tls } };
}

/** These bytes instead of a handshake, at each address, on some connections. */
function instead(name: string, bytes: () => Buffer): Attack {
  return {
    name,
    run: async (attacker) => {
      for (const door of DOORS) {
        for (const socket of await attacker.connections(times(5, 300), door)) socket.write(bytes());
      }
    },
  };
}

/** A connection past its handshake. */
async function secured(attacker: Attacker, door: Door): Promise<TLSSocket> {
  const raw = await attacker.connect(door);
  const socket = connectTls({ socket: raw, rejectUnauthorized: false, maxVersion: 'TLSv1.2' });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket.resume();
}

function record(type: number, payload: Buffer, announced = payload.length): Buffer {
  return Buffer.concat([Buffer.from([type, 3, 3, announced >> 8, announced & 0xff]), payload]);
}

const [ALERT, HANDSHAKE, DATA] = [21, 22, 23];
/** The beginning of a ClientHello that is as long as it says, and holds nothing. */
const HELLO = Buffer.concat([Buffer.from([1, 0, 0x3f, 0xfc, 3, 3]), randomBytes(32), Buffer.alloc(16_346)]);

const ATTACKS: readonly Attack[] = [
  instead('RTMP comes without TLS', opening),
  instead('HTTP comes without TLS', () => Buffer.from('GET /live/healthy.flv HTTP/1.1\r\nhost: x\r\n\r\n')),
  instead('a handshake ends half-way', () => record(HANDSHAKE, HELLO).subarray(0, 60)),
  instead('a ClientHello of 16 KB holds nothing', () => record(HANDSHAKE, HELLO)),
  instead('records are noise', () => randomBytes(2000)),
  instead('alerts flood', () => Buffer.concat(Array<Buffer>(2000).fill(record(ALERT, Buffer.from([1, 0]))))),
  instead('data comes before the handshake', () => record(DATA, randomBytes(5000))),
  instead('a record announces more than TLS allows', () => record(HANDSHAKE, HELLO.subarray(0, 500), 0xffff)),
  {
    name: 'nothing comes',
    run: async (attacker) => {
      for (const door of DOORS) await attacker.connections(times(20, 500), door);
    },
  },
  {
    name: 'clients shake hands and leave',
    run: async (attacker) => {
      for (let round = 0; round < times(3, 200); round++) {
        const sockets = await Promise.all(DOORS.map((door) => secured(attacker, door)));
        for (const socket of sockets) socket.destroy();
      }
    },
  },
  {
    name: 'noise comes where a client would renegotiate',
    run: async (attacker) => {
      for (const door of DOORS) {
        const raw = await attacker.connect(door);
        const socket = connectTls({ socket: raw, rejectUnauthorized: false, maxVersion: 'TLSv1.2' });
        socket.on('error', () => {});
        await once(socket, 'secureConnect');
        raw.write(record(HANDSHAKE, HELLO));
        raw.write(randomBytes(5000));
      }
    },
  },
  {
    name: 'clients renegotiate as often as they can',
    run: async (attacker) => {
      for (const door of DOORS) {
        const socket = await secured(attacker, door);
        for (let index = 0; index < times(5, 200) && !socket.destroyed; index++) {
          await new Promise<void>((resolve) => {
            const asked = socket.renegotiate({ rejectUnauthorized: false }, () => resolve());
            socket.once('close', () => resolve());
            if (asked !== true) resolve();
          });
        }
      }
    },
  },
  {
    name: 'viewers with TLS do not read',
    run: async (attacker) => {
      for (let index = 0; index < times(5, 100); index++) {
        const socket = await secured(attacker, 'httpflv.tls.port');
        socket.pause();
        socket.write('GET /live/healthy.flv HTTP/1.1\r\nhost: x\r\n\r\n');
      }
    },
  },
  {
    name: 'requests are pipelined within TLS, and nobody reads the answers',
    run: async (attacker) => {
      const socket = await secured(attacker, 'hls.tls.port');
      socket.pause();
      const block = 'GET /live/healthy.m3u8 HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(1000);
      for (let sent = 0; sent < times(20, 200) && !socket.destroyed; sent++) socket.write(block);
      const other = await secured(attacker, 'rtmp.tls.port');
      other.write(opening());
      await flushed(other);
    },
  },
];

attacksOf({ name: 'TLS', setUp: { config: secure }, attacks: ATTACKS });
