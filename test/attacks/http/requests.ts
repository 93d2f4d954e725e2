// Requests that are malformed, ambiguous, slow, or ask for what does not exist.
import { flushed, turn, type Attack } from '../kit/attack.ts';
import type { Door } from '../kit/server-process.ts';
import { times } from '../kit/size.ts';

const DOORS: readonly Door[] = ['httpflv.port', 'hls.port', 'api.port', 'stat.port', 'replay.port'];

/** Heads of requests, each of which every HTTP address gets. None of them may be a fault of the server. */
function heads(name: string, requests: readonly string[]): Attack {
  return {
    name,
    run: async (attacker) => {
      for (const request of requests) {
        for (const door of DOORS) {
          const socket = await attacker.connect(door);
          socket.on('data', (bytes: Buffer) => {
            const answer = bytes.toString('latin1');
            if (/^HTTP\/1.1 50[02]/.test(answer)) attacker.faults.push(`${request.slice(0, 200)}\n${answer}`);
          });
          socket.write(request, 'latin1');
        }
      }
    },
  };
}

const PATHS = [
  '/../../etc/passwd',
  '/live/../../../etc/passwd',
  '/live/%2e%2e/%2e%2e/etc/passwd',
  '/live/..%2f..%2fetc%2fpasswd.flv',
  '/live/%c0%ae%c0%ae/%c0%ae%c0%ae/x.flv',
  '/live/nul%00.flv',
  '/live/nul\0.flv',
  '/live/..\\..\\x.flv',
  '//live//healthy.flv',
  '/live/healthy.flv/../x',
  '/live/%zz%.flv',
  '/live/\u00ff\u00fe.flv',
  '/live/%ff%fe.m3u8',
  '/live/é/%F0%9F%98%80.m3u8',
  '/live/healthy/~/index.m3u8',
  '/live/healthy/~token/../1.ts',
  '/live/healthy/99999999999999999999.ts',
  '/live/healthy/-1.ts',
  '/vod/../../../etc/passwd',
  '/vod/live/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
  '/vod/live/..%5c..%5cx.flv',
  '/vod/live/x.flv?start=-1e999',
  '/vod/live/x.m3u8?start=NaN',
  '/vod?app=../../x&name=%00',
  '/api/v1/streams/..%2f..%2f/x',
  '/api/v1/config/history/9e999',
  '/stat?format=../../x',
  '/players/../../../package.json',
  '/players/..%2f..%2f..%2fpackage.json',
  '/?__proto__[x]=1&constructor=2&toString=3',
  `/live/${'a/'.repeat(3000)}x.flv`,
  `/live/${'x'.repeat(12_000)}.flv`,
  `/live/healthy.flv?${'a=1&'.repeat(3000)}`,
];

const HOST = 'host: x\r\n';
const TE = 'transfer-encoding: chunked\r\n';

export const REQUESTS: readonly Attack[] = [
  heads(
    'paths climb, hold NUL, bad UTF-8 and 12,000 characters',
    PATHS.map((path) => `GET ${path} HTTP/1.1\r\n${HOST}\r\n`),
  ),
  heads('requests are smuggled behind lengths that contradict each other', [
    `POST /x HTTP/1.1\r\n${HOST}content-length: 5\r\n${TE}\r\n0\r\n\r\nGET /streams HTTP/1.1\r\n${HOST}\r\n`,
    `POST /x HTTP/1.1\r\n${HOST}content-length: 5\r\ncontent-length: 6\r\n\r\nhello!`,
    `POST /x HTTP/1.1\r\n${HOST}content-length: +5\r\n\r\nhello`,
    `POST /x HTTP/1.1\r\n${HOST}content-length: 99999999999999999999\r\n\r\nhello`,
    `POST /x HTTP/1.1\r\n${HOST}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    `POST /x HTTP/1.1\r\n${HOST}transfer-encoding : chunked\r\n\r\n0\r\n\r\n`,
    `POST /x HTTP/1.1\r\n${HOST}${TE}\r\nffffffffffffffff\r\nx`,
    `POST /x HTTP/1.1\r\n${HOST}${TE}\r\n5;${'e=x;'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`,
    `POST /x HTTP/1.1\r\n${HOST}${TE}\r\n-1\r\nhello`,
    `GET /x HTTP/1.1\nhost: x\n\n`,
    `GET /x HTTP/1.1\r\nhost: x\r\n folded: y\r\n\r\n`,
    `GET /streams HTTP/1.1\r\n${HOST}content-length: 60\r\n\r\nGET /streams HTTP/1.1\r\n${HOST}\r\n`,
  ]),
  heads('methods, versions and hosts are unknown', [
    `TRACE /live/healthy.flv HTTP/1.1\r\n${HOST}\r\n`,
    `CONNECT 127.0.0.1:22 HTTP/1.1\r\n${HOST}\r\n`,
    `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`,
    `FLY /live/healthy.flv HTTP/1.1\r\n${HOST}\r\n`,
    'GET /live/healthy.flv\r\n',
    `GET /live/healthy.flv HTTP/9.9\r\n${HOST}\r\n`,
    `GET http://other.example/live/healthy.flv HTTP/1.1\r\n${HOST}\r\n`,
    'GET /live/healthy.flv HTTP/1.1\r\n\r\n',
    'GET /live/healthy.flv HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n',
    'GET /live/healthy.m3u8 HTTP/1.1\r\nhost: [::::]:99999/../x\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    `POST /live/healthy.flv HTTP/1.1\r\n${HOST}expect: 100-continue\r\ncontent-length: 9\r\n\r\n`,
    `POST /live/healthy.flv HTTP/1.1\r\n${HOST}expect: the-moon\r\n\r\n`,
    `GET /x HTTP/1.1\r\n${HOST}upgrade: h2c, tls/1.0, nothing\r\nconnection: upgrade\r\n\r\n`,
  ]),
  heads('headers are 3,000, or one of 200 KB, or of control characters', [
    `GET /live/healthy.flv HTTP/1.1\r\n${HOST}${'a: b\r\n'.repeat(3000)}\r\n`,
    `GET /live/healthy.flv HTTP/1.1\r\n${HOST}x: ${'y'.repeat(200_000)}\r\n\r\n`,
    `GET /live/healthy.flv HTTP/1.1\r\n${HOST}x: \u0001\u0000\r\n\r\n`,
    `GET /live/healthy.m3u8 HTTP/1.1\r\n${HOST}accept-encoding: ${'gzip;q=0.1,'.repeat(1000)}*\r\n\r\n`,
    `GET /live/healthy.m3u8 HTTP/1.1\r\n${HOST}if-none-match: ${'"a",'.repeat(3000)}\r\n\r\n`,
    `GET /live/healthy.m3u8 HTTP/1.1\r\n${HOST}if-modified-since: never\r\nif-range: ""\r\n\r\n`,
    `GET /live/healthy.flv HTTP/1.1\r\n${HOST}origin: ${'x'.repeat(8000)}\r\n\r\n`,
    `GET /live/healthy.flv HTTP/1.1\r\n${HOST}x-forwarded-for: ${'1.2.3.4,'.repeat(1000)}\r\n\r\n`,
    `GET /live/healthy.flv HTTP/1.1\r\n${HOST}authorization: Basic ${'A'.repeat(10_000)}\r\n\r\n`,
  ]),
  {
    name: 'heads arrive a byte at a time, and never end',
    run: async (attacker) => {
      const head = `GET /live/healthy.flv HTTP/1.1\r\n${HOST}${'a: b\r\n'.repeat(30)}`;
      for (const door of DOORS) {
        const sockets = await attacker.connections(times(5, 100), door);
        for (let at = 0; at < times(40, head.length); at++) {
          for (const socket of sockets) socket.write(head[at]!);
          await turn();
        }
      }
    },
  },
  {
    name: 'bodies are sent that nobody asked for, without an end',
    run: async (attacker) => {
      const block = `8000\r\n${'x'.repeat(0x8000)}\r\n`;
      for (const door of DOORS) {
        const socket = await attacker.connect(door);
        socket.write(`POST /live/healthy.flv HTTP/1.1\r\n${HOST}${TE}\r\n`);
        for (let sent = 0; sent < times(40, 4000) && !socket.destroyed; sent++) {
          socket.write(block);
          await flushed(socket);
        }
      }
    },
  },
  ...['/live/healthy.flv', '/live/nothing.flv', '/streams', '/live/healthy.m3u8'].map((path): Attack => {
    const door = path.endsWith('m3u8') ? 'hls.port' : 'httpflv.port';
    return {
      name: `connections pipeline requests for ${path} without end, and read nothing`,
      run: async (attacker) => {
        const block = `GET ${path} HTTP/1.1\r\n${HOST}\r\n`.repeat(2000);
        for (const socket of await attacker.connections(times(4, 20), door)) {
          socket.pause();
          for (let sent = 0; sent < times(20, 140); sent++) socket.write(block);
        }
      },
    };
  }),
  {
    name: 'connections are kept alive with requests for what does not exist',
    run: async (attacker) => {
      for (const door of DOORS) {
        for (const socket of await attacker.connections(times(10, 40), door)) {
          for (let index = 0; index < times(20, 200); index++) {
            socket.write(`HEAD /none/${index}.m3u8 HTTP/1.1\r\n${HOST}\r\n`);
          }
        }
      }
    },
  },
  {
    name: 'connections open at every address, say nothing, and stay',
    run: async (attacker) => {
      for (const door of DOORS) await attacker.connections(times(20, 500), door);
    },
  },
];
