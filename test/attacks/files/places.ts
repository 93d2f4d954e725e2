// Places that the server is told to write to and that are none: pipes, links that lead in circles, folders without rights,
// a file system with no room. And a config that is followed while something else takes its name.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { avcFrame, avcHeader } from '../../helpers/media/media.ts';
import { flushed, type Attack, type Attacker } from '../kit/attack.ts';
import type { Config } from '../kit/server-process.ts';
import { times } from '../kit/size.ts';

const PLACES: Readonly<Record<string, (place: string) => void>> = {
  'a pipe': (place) => void execFileSync('mkfifo', [place]),
  'a link to itself': (place) => symlinkSync(place, place),
  'a link to a device': (place) => symlinkSync('/dev/full', place),
  'a folder of pipes': (place) => {
    mkdirSync(join(place, 'disk'), { recursive: true });
    for (const name of ['movie.flv', 'movie.ts', 'movie.m3u8', 'movie']) {
      execFileSync('mkfifo', [join(place, 'disk', name)]);
    }
  },
  'a folder without rights': (place) => {
    mkdirSync(place);
    chmodSync(place, 0);
  },
};

function writingTo(hls: string, recordings: string): Config {
  return {
    servers: [
      { servername: 'live' },
      { servername: 'disk', hls: { path: hls, segmentSeconds: 0.5 }, record: 'enable' },
    ],
    record: { directory: recordings },
  };
}

async function publishToDisk(attacker: Attacker, name: string, frames: number): Promise<void> {
  const publisher = await attacker.publish(`disk/${name}`);
  attacker.defer(() => publisher.vanish());
  publisher.send(avcHeader());
  for (let index = 0; index < frames && !publisher.closed; index++) {
    publisher.send(avcFrame(index % 2 ? 'inter' : 'key', index * 250, index & 0xff, 50_000));
    await flushed(publisher.socket);
  }
}

/** A file system of 2 MiB; false where the system does not let this user mount one. */
function mountSmall(folder: string): boolean {
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export const FOLDERS: readonly Attack[] = [
  ...Object.entries(PLACES).map(([what, make]): Attack => ({
    name: `${what} stands where HLS files and recordings are to be written`,
    setUp: {
      config: (folder) => writingTo(join(folder, 'hls'), join(folder, 'recordings')),
    },
    complaint: /disk|record|HLS|file|hls/i,
    run: async (attacker) => {
      for (const each of ['hls', 'recordings']) {
        const place = join(attacker.server.folder, each);
        rmSync(place, { recursive: true, force: true });
        make(place);
      }
      for (const name of ['movie', 'other']) await publishToDisk(attacker, name, times(20, 400));
      await attacker.stream.isWhole();
    },
  })),
  {
    name: 'a file system of 2 MiB fills with HLS files and recordings, and is emptied',
    setUp: {
      config: (folder) => writingTo(join(folder, 'small', 'hls'), join(folder, 'small', 'recordings')),
    },
    complaint: /ENOSPC|disk|record|HLS|file/i,
    run: async (attacker) => {
      const small = join(attacker.server.folder, 'small');
      rmSync(small, { recursive: true, force: true });
      if (mountSmall(small)) attacker.defer(() => execFileSync('umount', ['-l', small]));
      await publishToDisk(attacker, 'movie', times(100, 2000));
      await attacker.stream.isWhole();
      for (const each of ['hls', 'recordings']) {
        rmSync(join(small, each), { recursive: true, force: true, maxRetries: 20 });
      }
      await publishToDisk(attacker, 'later', 20);
    },
  },
  {
    name: 'the config is followed, and a folder, a link, a pipe and nothing take its name in turn',
    setUp: { config: () => ({ watch: { enabled: true, settleMs: 20 } }) },
    complaint: /livego\.json5|config rejected/,
    run: async (attacker) => {
      const { server } = attacker;
      const { file } = server;
      const takes: readonly (() => void)[] = [
        () => mkdirSync(file),
        () => symlinkSync(file, file),
        () => execFileSync('mkfifo', [file]),
        () => symlinkSync('/dev/zero', file),
        () => {},
      ];
      for (let round = 0; round < times(1, 40); round++) {
        for (const take of takes) {
          rmSync(file, { recursive: true, force: true });
          take();
          await attacker.stream.flows();
        }
        const before = server.log.length;
        rmSync(file, { recursive: true, force: true });
        server.writeConfig({ watch: { enabled: true, settleMs: 20 }, gop_num: 1 + (round % 2) });
        await server.says(/config \d+ (applied|stays current: nothing)/, before);
      }
    },
  },
];
