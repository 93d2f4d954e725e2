// Requests that begin and do not go on: upgrades, bodies that are announced, chunks with more about them than in them. And
// names that nobody uses twice.
import { once } from 'node:events';
import { flushed, type Attack, type Attacker } from '../kit/attack.ts';
import type { Door } from '../kit/server-process.ts';
import { times } from '../kit/size.ts';

const HOST = 'host: localhost\r\n';
const UPGRADE = [
  'connection: upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n',
].join('\r\n');

const PLACES: readonly (readonly [Door, string])[] = [
  ['httpflv.port', '/live/healthy.flv'],
  ['httpflv.port', '/live/missing.flv'],
  ['hls.port', '/live/healthy.m3u8'],
  ['hls.port', '/live/healthy/~x/index.m3u8'],
  ['replay.port', '/vod/live/x.flv'],
  ['api.port', '/api/v1/events'],
  ['api.port', '/api/v1/streams'],
  ['stat.port', '/stat'],
];

/** What the server answers must not be a fault of its own. */
function watch(attacker: Attacker, what: string): (bytes: Buffer) => void {
  return (bytes) => {
    const [line = ''] = bytes.toString('latin1').split('\r\n');
    if (/^HTTP\/1.1 5(?!01|03)/.test(line)) attacker.faults.push(`${what}: ${line}`);
  };
}

/** Opens connections at every place, and sends each this. */
function everywhere(name: string, request: (path: string) => string): Attack {
  return {
    name,
    run: async (attacker) => {
      for (const [door, path] of PLACES) {
        for (const socket of await attacker.connections(times(10, 250), door)) {
          socket.on('data', watch(attacker, path)).write(request(path));
        }
      }
    },
  };
}

/** Goes on with a body for as long as the server takes it. */
async function goOn(attacker: Attacker, door: Door, [head, block]: readonly [string, string]): Promise<void> {
  const socket = await attacker.connect(door);
  socket.on('data', watch(attacker, head));
  socket.write(head);
  for (let sent = 0; sent < times(40, 4000) && !socket.destroyed; sent++) {
    socket.write(block);
    await flushed(socket);
  }
}

const CHUNKED = `HTTP/1.1\r\n${HOST}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`;

const ENDLESS: readonly (readonly [string, string])[] = [
  [`POST /api/v1/bans ${CHUNKED}1;`, 'e=x;'.repeat(4000)],
  [`POST /api/v1/bans ${CHUNKED}`, `1;${'e=x;'.repeat(1000)}\r\n \r\n`.repeat(4)],
  [`POST /api/v1/bans ${CHUNKED}2\r\n{}\r\n0\r\n`, 'x-trailer: and more\r\n'.repeat(500)],
  [`POST /live/healthy.flv ${CHUNKED}0\r\nx: `, 'y'.repeat(10_000)],
];

const NAMES = ['name', 'имя', '名前', '🎥', 'e\u0301', 'x'.repeat(500), '%', '..', 'a'.repeat(50)];

export const UNFINISHED: readonly Attack[] = [
  everywhere('upgrades to WebSocket are asked for, and the requests never end', (path) =>
    `GET ${path} HTTP/1.1\r\n${HOST}${UPGRADE}`.slice(0, -1),
  ),
  everywhere(
    'upgrades are asked for everywhere, and then nothing comes',
    (path) => `GET ${path} HTTP/1.1\r\n${HOST}${UPGRADE}\r\n`,
  ),
  everywhere('bodies are announced with 100-continue, one behind another, and none comes', (path) =>
    `POST ${path} HTTP/1.1\r\n${HOST}expect: 100-continue\r\ncontent-length: 9\r\n\r\n`.repeat(50),
  ),
  {
    name: 'chunks have extensions and trailers without end',
    run: async (attacker) => {
      for (const door of ['api.port', 'httpflv.port', 'hls.port'] as const)
        for (const each of ENDLESS) await goOn(attacker, door, each);
    },
  },
  {
    name: 'names that nobody publishes are asked for, long and in every script',
    run: async (attacker) => {
      const ask = async (door: Door, form: string, connection: number): Promise<void> => {
        const socket = await attacker.connect(door);
        socket.on('data', watch(attacker, form));
        for (let index = 0; index < times(9, 100); index++) {
          const name = encodeURIComponent(`${NAMES[index % NAMES.length]}-${connection}-${index}`);
          const answered = once(socket, 'data');
          socket.write(`${index % 2 ? 'GET' : 'HEAD'} /live/${name}${form} HTTP/1.1\r\n${HOST}\r\n`);
          await answered;
        }
      };
      const connections = Array.from({ length: times(10, 200) }, (_, index) => index);
      await Promise.all(
        connections.flatMap((each) => [ask('httpflv.port', '.flv', each), ask('hls.port', '.m3u8', each)]),
      );
    },
  },
];
