// Disks that are full, files that vanish, and recordings that are none.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchText } from '../../helpers/flv-viewer.ts';
import { avcFrame, avcHeader } from '../../helpers/media/media.ts';
import { flushed, type Attack, type Attacker } from '../kit/attack.ts';
import { ANY_PORT, type Config, type ServerProcess } from '../kit/server-process.ts';
import { times } from '../kit/size.ts';

/** `live` in memory, with the healthy stream; `disk` in files. */
function onDisk(folder: string): Config {
  const hls = { path: join(folder, 'hls'), segmentSeconds: 0.5 };
  return {
    servers: [{ servername: 'live' }, { servername: 'disk', hls }],
    record: { directory: join(folder, 'recordings') },
  };
}

async function publishToDisk(attacker: Attacker, name: string, seconds: number): Promise<void> {
  const publisher = await attacker.publish(`disk/${encodeURIComponent(name)}`);
  attacker.defer(() => publisher.vanish());
  publisher.send(avcHeader());
  for (let index = 0; index < seconds * 4; index++) {
    publisher.send(avcFrame(index % 2 ? 'inter' : 'key', index * 250, index & 0xff, 50_000));
    await flushed(publisher.socket);
  }
}

/** What a file of the process may have: a limit of 0 is a disk without a free byte. */
function limitFiles({ child }: ServerProcess, bytes: string): void {
  execFileSync('prlimit', ['--pid', String(child.pid), `--fsize=${bytes}:unlimited`]);
}

const FILE_NAMES = [
  'victim',
  'victim.m3u8',
  'victim/1.ts',
  'v2/12.ts',
  'VICTIM',
  'con',
  'index.m3u8',
  '.hidden',
  'a b',
];

/** Minutes of a stream are published in a second: a disk need not follow. */
const TOO_SLOW = /HLS files cannot be written/;

/** What a directory of recordings may hold that is no recording. */
function brokenRecordings(folder: string): Config {
  const app = join(folder, 'recordings', 'live');
  mkdirSync(app, { recursive: true });
  const flv = Buffer.from(
    '464c56010500000009000000000900000a0000000000000017010000006500000000000000150000',
    'hex',
  );
  writeFileSync(join(app, 'empty.flv'), '');
  writeFileSync(join(app, 'short.flv'), flv.subarray(0, 17));
  writeFileSync(join(app, 'cut.flv'), flv);
  writeFileSync(join(app, 'noise.flv'), Buffer.concat([flv, Buffer.alloc(500_000, 0x9b)]));
  writeFileSync(join(app, 'text.flv'), 'x'.repeat(300_000));
  writeFileSync(
    join(app, 'large-tag.flv'),
    Buffer.concat([flv.subarray(0, 13), Buffer.from('09ffffff', 'hex')]),
  );
  writeFileSync(join(app, 'large.flv'), flv);
  truncateSync(join(app, 'large.flv'), 3_000_000_000);
  writeFileSync(join(app, 'noise.ts'), Buffer.alloc(188_000, 0x47));
  execFileSync('mkfifo', [join(app, 'pipe.flv')]);
  mkdirSync(join(app, 'folder.flv'));
  symlinkSync('/etc/passwd', join(app, 'outside.flv'));
  symlinkSync('/dev/zero', join(app, 'endless.flv'));
  symlinkSync(app, join(app, 'circle'));
  return {
    replay: { enabled: true, port: ANY_PORT, directories: [join(folder, 'recordings')], scanSeconds: 1 },
  };
}

const RECORDINGS = [
  'empty',
  'short',
  'cut',
  'noise',
  'text',
  'large-tag',
  'large',
  'pipe',
  'folder',
  'outside',
  'endless',
];

export const DISKS: readonly Attack[] = [
  {
    name: 'streams have the names of files of HLS, of devices and of hidden files, and are written to disk',
    setUp: { config: onDisk },
    complaint: TOO_SLOW,
    run: async (attacker) => {
      for (const name of FILE_NAMES) await publishToDisk(attacker, name, times(4, 60));
    },
  },
  {
    name: 'segments on disk are pipelined 3,000 times, and nobody reads them',
    setUp: { config: onDisk },
    complaint: TOO_SLOW,
    run: async (attacker) => {
      await publishToDisk(attacker, 'movie', 20);
      const master = attacker.url('hls.port', '/disk/movie.m3u8');
      const list = new URL(/^[^#\n].*$/m.exec((await fetchText(master)).body)![0], master);
      const segment = new URL(/^\d+\.ts.*$/m.exec((await fetchText(list.href)).body)![0], list);
      const block = `GET ${segment.pathname} HTTP/1.1\r\nhost: x\r\n\r\n`.repeat(3000);
      for (const socket of await attacker.connections(times(6, 30), 'hls.port')) socket.pause().write(block);
    },
  },
  {
    name: 'the disk is full, for HLS and for recordings, and is free again',
    setUp: { config: onDisk },
    complaint: /EFBIG|ENOSPC|file|record|disk/,
    run: async (attacker) => {
      const publishing = publishToDisk(attacker, 'movie', times(10, 200));
      limitFiles(attacker.server, '0');
      await publishing;
      await attacker.stream.isWhole();
      limitFiles(attacker.server, 'unlimited');
      await publishToDisk(attacker, 'later', 4);
    },
  },
  {
    name: 'the folders of HLS and of recordings vanish, and become a file',
    setUp: { config: onDisk },
    complaint: /ENOTDIR|ENOENT|file|record|disk/,
    run: async (attacker) => {
      const { folder } = attacker.server;
      await publishToDisk(attacker, 'movie', 4);
      for (const each of ['hls', 'recordings']) {
        rmSync(join(folder, each), { recursive: true, force: true, maxRetries: 20 });
        writeFileSync(join(folder, each), 'a file');
      }
      await publishToDisk(attacker, 'other', times(8, 60));
    },
  },
  {
    name: 'recordings are cut, empty, pipes, devices and links, and are asked for in every form',
    setUp: { config: brokenRecordings },
    run: async (attacker) => {
      for (const name of RECORDINGS) {
        for (const form of ['.flv', '.flv?start=1', '.flv?start=1e300', '.m3u8', '/~x/0.ts', '.ts']) {
          const socket = await attacker.connect('replay.port');
          socket.on('data', (bytes: Buffer) => {
            if (bytes.includes('root:')) attacker.faults.push('A file outside of the directory was served.');
          });
          socket.write(`GET /vod/live/${name}${form} HTTP/1.1\r\nhost: x\r\nrange: bytes=0-99\r\n\r\n`);
        }
      }
      for (const form of ['/vod', '/vod?app=live', '/vod?name=%00', '/vod/live/circle/circle/cut.flv']) {
        (await attacker.connect('replay.port')).write(`GET ${form} HTTP/1.1\r\nhost: x\r\n\r\n`);
      }
    },
  },
];
