// Attacks on the process: it is stopped, its log is not read, it may open no more files, its plugins fail.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Attack } from '../kit/attack.ts';
import { attacksOf } from '../kit/driver.ts';
import { HLS, type Config } from '../kit/server-process.ts';
import { LONG, times } from '../kit/size.ts';
import { opening } from '../rtmp/bytes.ts';

/** Shorter than the stops, and longer than the clients of a loaded machine are silent. */
const DEADLINES: Config = {
  read_timeout: 5,
  write_timeout: 5,
  rtmp: { commandTimeoutMs: 5000, handshakeTimeoutMs: 5000 },
  hls: { ...HLS, sessionTimeoutSeconds: 5 },
};

const BAD_PLUGIN = `
export default {
  name: 'bad',
  schema: { type: 'object', properties: {} },
  app: (context) => {
    const fail = async (what) => { throw new Error('rejected: ' + what); };
    context.hooks.streamStart.tap(async () => fail('streamStart'));
    context.hooks.publishStart.tap(() => { throw new Error('thrown: publishStart'); });
    context.hooks.streamStop.tap(() => { void fail('nobody handles this'); });
  },
};
`;

function badPlugin(folder: string): Config {
  writeFileSync(join(folder, 'bad.mjs'), BAD_PLUGIN);
  return { plugins: ['./bad.mjs'], bad: 'enable', keepAfterUnpublishMs: 0, keepAfterDisconnectMs: 0 };
}

const ATTACKS: readonly Attack[] = [
  {
    name: 'the process is stopped for longer than every timeout, and goes on',
    setUp: { config: () => DEADLINES },
    run: async ({ server, stream }) => {
      for (let round = 0; round < times(1, 5); round++) {
        server.child.kill('SIGSTOP');
        await sleep(times(6000, 20_000));
        server.child.kill('SIGCONT');
        await stream.isWhole();
      }
    },
  },
  {
    name: 'the reader of the log leaves',
    setUp: { config: () => ({ level: 'trace' }) },
    run: async (attacker) => {
      attacker.server.child.stdout!.destroy();
      for (let index = 0; index < times(50, 5000); index++) {
        (await attacker.connect('httpflv.port')).end('nonsense\r\n\r\n');
      }
    },
  },
  {
    name: 'the reader of the log stalls, and reads on',
    setUp: { config: () => ({ level: 'trace' }) },
    run: async (attacker) => {
      const { server, stream } = attacker;
      server.child.stdout!.pause();
      for (let index = 0; index < times(200, 20_000); index++) {
        const socket = await attacker.connect('rtmp.port');
        socket.end('nonsense, and no handshake of any kind');
      }
      await stream.flows();
      server.child.stdout!.resume();
    },
  },
  {
    name: 'no file descriptor is left',
    setUp: { ulimit: '-n 256' },
    run: async (attacker) => {
      for (const door of ['rtmp.port', 'httpflv.port', 'hls.port', 'stat.port'] as const) {
        await attacker.connections(100, door);
      }
      await attacker.server.says(/ulimit -n/);
      await attacker.stream.isWhole();
    },
  },
  {
    name: 'a plugin throws, rejects, and rejects where nobody looks',
    setUp: { config: badPlugin },
    complaint: /./,
    run: async (attacker) => {
      const from = attacker.server.log.length;
      for (let index = 0; index < times(3, 300); index++) {
        const publisher = await attacker.publish(`live/bad-${index}`);
        await publisher.leave();
      }
      await attacker.server.says(/a bug in plugin bad: a promise was rejected/, from);
    },
  },
  {
    name: 'SIGTERM comes while connections pipeline requests, play and publish, and do not read',
    ends: true,
    setUp: {},
    run: async (attacker) => {
      const requests = 'GET /live/healthy.flv HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(2000);
      for (const door of ['httpflv.port', 'hls.port', 'stat.port'] as const) {
        for (const socket of await attacker.connections(times(3, 30), door)) socket.pause().write(requests);
      }
      for (const socket of await attacker.connections(times(5, 100), 'rtmp.port'))
        socket.pause().write(opening());
      await attacker.stream.flows();
      expect(await attacker.server.stop()).toBe(0);
    },
  },
];

/** What a server's memory does by itself. */
const CONTROL: Attack = { name: 'nothing is done, for comparison', setUp: {}, run: async () => {} };

attacksOf({ name: 'process', attacks: LONG ? [CONTROL, ...ATTACKS] : ATTACKS });
