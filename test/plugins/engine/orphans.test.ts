// What a server that is killed leaves behind: no program that still runs, and files that can be played. Built by the set-up
// of npm test.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { clip, probePackets, publish } from '../../helpers/media/ffmpeg.ts';
import { startServer } from '../../helpers/server.ts';
import { filesIn, temporaryFolder } from '../record-flv/record-kit.ts';

const COMMAND = fileURLToPath(new URL('../../../bin/livego.js', import.meta.url));

test('no program outlives a server that is killed, and what was recorded is completed at the next start', async () => {
  const folder = temporaryFolder();
  const [recordings, replays] = [join(folder, 'recordings'), join(folder, 'replays')];
  const file = join(folder, 'livego.json5');
  const shell = 'echo $$ > "$1"; cat > /dev/null';
  const command = ['sh', '-c', shell, 'sh', join(folder, 'pid')];
  writeFileSync(
    file,
    JSON.stringify({
      listen: '127.0.0.1:0',
      flvport: '127.0.0.1:0',
      operport: '127.0.0.1:0',
      hls: false,
      watch: { enabled: false },
      record: { directory: recordings },
      engine: { output: replays },
      servers: [{ servername: 'live' }, { servername: 'event', engine: { profile: 'command', command } }],
    }),
  );
  const server = spawn(process.execPath, [COMMAND, '--config_file', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: folder,
  });
  onTestFinished(() => void server.kill('SIGKILL'));
  const port = await listening(createInterface({ input: server.stdout }));
  const source = await clip({});
  for (const app of ['live', 'event'])
    publish({ file: source, url: `rtmp://127.0.0.1:${port}/${app}/movie`, repeat: 'forever' });
  const programs = await vi.waitUntil(() => {
    const found = childrenOf(server.pid!);
    return found.length === 2 && hasText(join(folder, 'pid')) && found;
  });
  // Two seconds of media are on the disk.
  await vi.waitUntil(() => filesIn(recordings).length === 2 && sizeOf(recordings) > 200_000);
  server.kill('SIGKILL');
  await vi.waitUntil(() => programs.filter(isRunning).length === 0);
  await startServer({ config: { record: { directory: recordings }, engine: { output: replays } } });
  const isRecorded = (each: string): boolean => each.startsWith('live/') && each.endsWith('.flv');
  const recorded = await vi.waitUntil(() => filesIn(recordings).find(isRecorded));
  expect((await probePackets(join(recordings, recorded))).length).toBeGreaterThan(50);
});

async function listening(lines: AsyncIterable<string>): Promise<number> {
  for await (const line of lines) {
    const port = /listening on 127\.0\.0\.1:(\d+) \(rtmp\.port/.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error('the server has ended');
}

/** Processes whose parent is this one. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && statOf(Number(name))?.parent === parent)
    .map(Number);
}

function statOf(pid: number): { readonly state: string; readonly parent: number } | undefined {
  try {
    const [, state = '', parent = ''] =
      /\) (\S) (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  const stat = statOf(pid);
  return stat !== undefined && stat.state !== 'Z';
}

function hasText(file: string): boolean {
  try {
    return readFileSync(file, 'utf8').endsWith('\n');
  } catch {
    return false;
  }
}

function sizeOf(folder: string): number {
  return filesIn(folder).reduce((sum, file) => sum + readFileSync(join(folder, file)).length, 0);
}
