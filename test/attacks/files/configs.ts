// Configs and files that it names, each read at SIGHUP: too large, too deep, endless, or no files.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Attack, Attacker } from '../kit/attack.ts';
import { ANY_PORT, type Config } from '../kit/server-process.ts';
import { times } from '../kit/size.ts';

const REJECTED = /config rejected|livego\.json5: /;
const TAKEN = /config \d+ (applied|stays current: nothing)/;

/** The config is rejected, and the server goes on; then it takes a good one again. */
function rejected(name: string, write: (attacker: Attacker) => void): Attack {
  return {
    name: `the config ${name}`,
    complaint: /./,
    run: async (attacker) => {
      const { server } = attacker;
      const before = server.log.length;
      write(attacker);
      server.child.kill('SIGHUP');
      await server.says(REJECTED, before);
      await attacker.stream.flows();
      rmSync(server.file, { recursive: true, force: true });
      const after = server.log.length;
      server.writeConfig();
      server.child.kill('SIGHUP');
      await server.says(TAKEN, after);
    },
  };
}

function raw(name: string, text: () => string | Buffer): Attack {
  return rejected(name, ({ server }) => writeFileSync(server.file, text()));
}

function names(what: string, config: (fifo: string) => Config): Attack {
  return rejected(`names ${what}`, ({ server }) => {
    const fifo = join(server.folder, 'fifo');
    rmSync(fifo, { force: true });
    execFileSync('mkfifo', [fifo]);
    server.writeConfig(config(fifo));
  });
}

function instead(name: string, make: (file: string) => void): Attack {
  return rejected(name, ({ server }) => {
    rmSync(server.file, { force: true });
    make(server.file);
  });
}

export const CONFIGS: readonly Attack[] = [
  raw('has 200,000 unknown keys', () =>
    JSON.stringify(Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`k${index}`, 1]))),
  ),
  raw('has 20,000 unknown keys', () =>
    JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, 1]))),
  ),
  raw('is 5,000 braces deep', () => `${'{a:'.repeat(5000)}1${'}'.repeat(5000)}`),
  raw('is 300,000 brackets deep', () => '['.repeat(300_000)),
  raw('has 50,000 applications', () => `{servers:[${'{servername:"a"},'.repeat(50_000)}]}`),
  raw('is noise', () => Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7919) & 0xff))),
  raw('is one string of 900 KB', () => JSON.stringify({ level: 'x'.repeat(900_000) })),
  raw('names variables within variables', () => `{level: "${'${A:'.repeat(20_000)}${'}'.repeat(20_000)}"}`),
  rejected('is 100 MB long', ({ server }) => truncateSync(server.file, 100_000_000)),
  instead('is a pipe that nobody writes to', (file) => execFileSync('mkfifo', [file])),
  instead('is a directory', (file) => mkdirSync(file)),
  instead('is a link to itself', (file) => symlinkSync(file, file)),
  instead('is an endless device', (file) => symlinkSync('/dev/zero', file)),
  names('a pipe as certificate', (fifo) => ({ rtmp: { tls: { port: ANY_PORT, cert: fifo, key: fifo } } })),
  names('a pipe as plugin', (fifo) => ({ plugins: [fifo] })),
  names('a directory of the system for HLS', () => ({ hls: { path: '/proc/nope/hls' } })),
  names('an endless device as certificate', () => ({
    rtmp: { tls: { port: ANY_PORT, cert: '/dev/zero', key: '/dev/zero' } },
  })),
  {
    name: 'the config has as many applications as are allowed, and one again',
    run: async ({ server, stream }) => {
      const more = Array.from({ length: times(200, 1990) }, (_, index) => ({ servername: `event-${index}` }));
      for (const rest of [more, []]) {
        const before = server.log.length;
        server.writeConfig({ servers: [{ servername: 'live' }, ...rest] });
        server.child.kill('SIGHUP');
        await server.says(TAKEN, before);
        await stream.flows();
      }
    },
  },
  {
    name: 'SIGHUP comes again and again, with two configs in turn, each of which may be half written',
    complaint: /livego\.json5|config rejected/,
    run: async ({ server, stream }) => {
      for (let index = 0; index < times(30, 1000); index++) {
        server.writeConfig({
          gop_num: 1 + (index % 2),
          hls: { port: ANY_PORT, segmentSeconds: 0.5, playlistSegments: 100 },
        });
        server.child.kill('SIGHUP');
        if (index % 10 === 0) await stream.flows();
      }
    },
  },
];
