// Attacks on the API and the statistics, and guesses of passwords and tokens everywhere.
import { expect } from 'vitest';
import { fetchText } from '../../helpers/flv-viewer.ts';
import { flushed, OTHER_ADDRESS, readAll, type Attack, type Attacker } from '../kit/attack.ts';
import { attacksOf } from '../kit/driver.ts';
import { ACCESS_TOKEN } from '../kit/figures.ts';
import type { Config } from '../kit/server-process.ts';
import { times } from '../kit/size.ts';
import { command, connectCommand, handshake } from '../rtmp/bytes.ts';

const HOST = 'host: localhost\r\n';
const JSON_TYPE = 'content-type: application/json\r\n';

/** One request from the other address, so that limits for each address do not meet the healthy viewers. */
async function ask(attacker: Attacker, request: string): Promise<string> {
  const socket = await attacker.connect('api.port', OTHER_ADDRESS);
  const answer = readAll(socket);
  socket.write(request);
  return answer;
}

function post(path: string, body: string, headers = HOST + JSON_TYPE, method = 'POST'): string {
  const length = `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n`;
  return `${method} ${path} HTTP/1.1\r\n${headers}${length}\r\n${body}`;
}

const BODIES = [
  '',
  'null',
  '[]',
  '"text"',
  '{',
  '\ufeff{}',
  '{"a":1e999}',
  '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
  `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
  JSON.stringify(
    Object.fromEntries(Array.from({ length: times(2000, 20_000) }, (_, index) => [`k${index}`, index])),
  ),
  JSON.stringify({ address: 'x'.repeat(200_000) }),
  JSON.stringify({ address: '0.0.0.0/-1', seconds: -1 }),
  JSON.stringify({ address: '::/999', seconds: 1e308 }),
  '[{"op":"add","path":"/__proto__/x","value":1},{"op":"copy","from":"","path":"/a/a/a/a"}]',
  '[{"op":"test","path":"/~9","value":1}]',
  '\u0000\u0001\u0002',
];

const PATHS = [
  'bans',
  'relays',
  'config:check',
  'config:plan',
  'links:sign',
  'commands/x:call',
  'streams/live/none:end',
];

/** `guarded` knows a user; `live` knows none. */
function guarded(): Config {
  const users = [{ user: 'admin', password: 'a password that nobody guesses' }];
  return {
    servers: [{ servername: 'live' }, { servername: 'guarded', auth: { users } }],
    control: { tokens: [{ token: ACCESS_TOKEN }] },
  };
}

const ATTACKS: readonly Attack[] = [
  {
    name: 'bodies are 100 MB, and are sent to every kind of operation',
    run: async (attacker) => {
      for (const path of ['bans', 'config:check', 'relays']) {
        for (const length of ['content-length: 100000000\r\n', 'transfer-encoding: chunked\r\n']) {
          const socket = await attacker.connect('api.port', OTHER_ADDRESS);
          socket.write(`POST /api/v1/${path} HTTP/1.1\r\n${HOST}${JSON_TYPE}${length}\r\n`);
          const piece = 'x'.repeat(0x8000);
          const block = length.startsWith('content') ? piece : `8000\r\n${piece}\r\n`;
          for (let sent = 0; sent < times(100, 3000) && !socket.destroyed; sent++) {
            socket.write(block);
            await flushed(socket);
          }
        }
      }
    },
  },
  {
    name: 'bodies arrive a byte at a time, and never end',
    run: async (attacker) => {
      for (const socket of await attacker.connections(times(20, 500), 'api.port', OTHER_ADDRESS)) {
        socket.write(`POST /api/v1/bans HTTP/1.1\r\n${HOST}${JSON_TYPE}content-length: 1000\r\n\r\n{`);
        for (let index = 0; index < 20; index++) socket.write(' ');
      }
    },
  },
  {
    name: 'bodies are deep, wide, of noise, and dangerous in JavaScript',
    // The faults of a config that was sent are those of a config.
    complaint: /livego\.json5|config rejected/,
    run: async (attacker) => {
      for (const body of BODIES) {
        const answers = await Promise.all(PATHS.map((path) => ask(attacker, post(`/api/v1/${path}`, body))));
        for (const answer of answers) expect(answer).toMatch(/^HTTP\/1.1 (200|4\d\d|501)/);
        const patched = await ask(attacker, post('/api/v1/config', body, `${HOST}${JSON_TYPE}`, 'PATCH'));
        expect(patched).toMatch(/^HTTP\/1.1 (200|4\d\d)/);
      }
    },
  },
  {
    name: 'hosts and origins are those of other sites',
    run: async (attacker) => {
      const foreign = [
        'host: evil.example\r\n',
        'host: localhost.evil.example\r\n',
        `${HOST}origin: http://evil.example\r\n`,
        `${HOST}sec-fetch-site: cross-site\r\norigin: null\r\n`,
        `${HOST}x-forwarded-for: 127.0.0.1\r\n`,
      ];
      for (const headers of foreign) {
        expect(await ask(attacker, post('/api/v1/bans', '{"address":"127.0.0.1"}', headers))).toMatch(
          /^HTTP\/1.1 4(03|15)/,
        );
      }
    },
  },
  {
    name: 'clients follow events, and do not read',
    run: async (attacker) => {
      for (const socket of await attacker.connections(times(120, 300), 'api.port', OTHER_ADDRESS)) {
        socket.pause().write(`GET /api/v1/events HTTP/1.1\r\n${HOST}\r\n`);
      }
      for (let index = 0; index < times(20, 500); index++) {
        const publisher = await attacker.publish(`live/event-${index}`);
        publisher.vanish();
      }
    },
  },
  {
    name: 'lists and metrics are pipelined, and nobody reads them',
    run: async (attacker) => {
      for (const [door, path] of [
        ['api.port', '/api/v1/streams'],
        ['api.port', '/api/openapi.json'],
        ['stat.port', '/metrics'],
        ['stat.port', '/stat?format=xml'],
      ] as const) {
        const block = `GET ${path} HTTP/1.1\r\n${HOST}\r\n`.repeat(1000);
        for (const socket of await attacker.connections(times(3, 20), door, OTHER_ADDRESS)) {
          socket.pause().write(block);
        }
      }
    },
  },
  {
    name: 'clients and sessions are kicked that do not exist, with the classic requests too',
    run: async (attacker) => {
      const socket = await attacker.connect('api.port', OTHER_ADDRESS);
      for (let index = 0; index < times(100, 3000); index++) {
        const path = ['clients', 'sessions'][index % 2];
        const empty = `${HOST}content-length: 0\r\n`;
        socket.write(`POST /api/v1/${path}/${'9'.repeat(index % 300)}x:kick HTTP/1.1\r\n${empty}\r\n`);
        socket.write(`GET /control/get?room=${'r%0a'.repeat(index % 300)} HTTP/1.1\r\n${HOST}\r\n`);
        socket.write(
          `GET /control/pull?oper=stop&app=live&name=healthy&url=rtmp://x HTTP/1.1\r\n${HOST}\r\n`,
        );
        await flushed(socket);
      }
    },
  },
  {
    name: 'passwords and tokens are guessed by every protocol',
    setUp: { config: guarded },
    run: async (attacker) => {
      for (let index = 0; index < times(30, 1000); index++) {
        const rtmp = await attacker.connect('rtmp.port', OTHER_ADDRESS);
        const guess = `x?user=admin&password=${index}`;
        rtmp.write(
          Buffer.concat([handshake(), connectCommand('guarded'), command('publish', 3, null, guess, 'live')]),
        );
        const basic = Buffer.from(`admin:${index}`).toString('base64');
        const headers = `host: x\r\nauthorization: Basic ${basic}\r\n\r\n`;
        for (const door of ['httpflv.port', 'hls.port'] as const) {
          const form = door === 'hls.port' ? 'm3u8' : 'flv';
          const socket = await attacker.connect(door, OTHER_ADDRESS);
          socket.write(`GET /guarded/x.${form} HTTP/1.1\r\n${headers}`);
        }
        const socket = await attacker.connect('api.port', OTHER_ADDRESS);
        socket.write(
          `GET /api/v1/config HTTP/1.1\r\nhost: x\r\nauthorization: Bearer guess-${index}\r\n\r\n`,
        );
      }
      const { status } = await fetchText(attacker.url('api.port', '/api/v1/config'), {
        headers: { authorization: `Bearer ${ACCESS_TOKEN}` },
      });
      expect(status).toBe(200);
    },
  },
];

attacksOf({ name: 'API', attacks: ATTACKS });
