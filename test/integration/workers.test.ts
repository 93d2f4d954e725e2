// The command with three workers, as processes: ffmpeg publishes, ffmpeg and others play, processes are killed. Built by the
// set-up of npm test.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { clip, probePackets, publish, watch } from '../helpers/media/ffmpeg.ts';
import { fetchText } from '../helpers/flv-viewer.ts';
import { connectTo, readBytes, waitForEvent, within } from '../helpers/net.ts';
import { expectSamePackets } from '../helpers/media/same-packets.ts';

const COMMAND = fileURLToPath(new URL('../../bin/livego.js', import.meta.url));

type Line = Readonly<Record<string, unknown>>;

interface Server {
  readonly child: ChildProcess;
  readonly file: string;
  /** Resolves with the lines that hold the text, as soon as there are so many. */
  saw(text: string, count?: number): Promise<readonly Line[]>;
  lines(text: string): readonly Line[];
  url(scheme: 'rtmp' | 'httpflv' | 'hls', path: string): string;
  /** Process ids of the workers that have written a line, by their number. */
  pids(): ReadonlyMap<number, number>;
}

const CONFIG = {
  workers: 3,
  listen: '127.0.0.1:0',
  flvport: '127.0.0.1:0',
  operport: '127.0.0.1:0',
  hls: { port: '127.0.0.1:0', segmentSeconds: 1, sessionTokens: 'none' },
  watch: { enabled: false },
  servers: [{ servername: 'live' }],
  keepAfterUnpublishMs: 10_000,
};

async function start(config: object = CONFIG): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'livego-workers-'));
  const file = join(folder, 'livego.json5');
  writeFileSync(file, JSON.stringify(config));
  const child = spawn(process.execPath, [COMMAND, '--config_file', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  const all: Line[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    all.push(JSON.parse(line) as Line);
    for (const each of waiting) each();
  });
  const lines = (text: string): readonly Line[] => all.filter(({ msg }) => String(msg).includes(text));
  const saw = (text: string, count = 1): Promise<readonly Line[]> =>
    within(
      new Promise<readonly Line[]>((resolve) => {
        const look = (): void => {
          if (lines(text).length >= count) resolve(lines(text));
        };
        waiting.add(look);
        look();
      }),
      `${count} log lines "${text}"`,
      60_000,
    );
  await saw('workers run');
  const portOf = (option: string): string =>
    /:(\d+) \(/.exec(String(lines(`(${option}.port,`)[0]?.['msg']))![1]!;
  return {
    child,
    file,
    saw,
    lines,
    url: (scheme, path) => `${scheme === 'rtmp' ? 'rtmp' : 'http'}://127.0.0.1:${portOf(scheme)}/${path}`,
    pids: () =>
      new Map(
        lines('the worker runs as process').map((line) => [Number(line['worker']), Number(line['pid'])]),
      ),
  };
}

function workerOf(line: Line | undefined): number {
  return Number(line?.['worker']);
}

test('viewers by every protocol get the packets of the source, whatever worker they reach', async () => {
  const server = await start();
  const file = await clip({});
  const viewers = [
    ...Array.from({ length: 3 }, () => watch(server.url('rtmp', 'live/movie'))),
    ...Array.from({ length: 3 }, () => watch(server.url('httpflv', 'live/movie.flv'))),
  ];
  const publisher = publish({ file, url: server.url('rtmp', 'live/movie') });
  await server.saw('viewer connected', 6);
  const playlist = await fetchText(server.url('hls', 'live/movie.m3u8'));
  expect(playlist.body).toContain('#EXTM3U');
  await publisher.succeeded();
  const homes = new Set(server.lines('viewer connected').map(workerOf));
  expect(homes).toEqual(new Set([1, 2, 3]));
  const source = await probePackets(file);
  for (const viewer of viewers) expectSamePackets(await viewer.packets, source);
});

test('the worker of the publisher is killed: viewers elsewhere go on when it publishes again', async () => {
  const server = await start();
  const file = await clip({});
  const url = server.url('rtmp', 'live/movie');
  const first = publish({ file, url, repeat: 'forever' });
  const [published] = await server.saw('publisher connected');
  const viewers = Array.from({ length: 3 }, () => watch(server.url('httpflv', 'live/movie.flv')));
  const joined = await server.saw('viewer connected', 3);
  const home = workerOf(published);
  process.kill(server.pids().get(home)!, 'SIGKILL');
  await server.saw(`worker ${home} has ended (signal SIGKILL)`);
  await first.done;
  const second = publish({ file, url, repeat: 'forever' });
  await server.saw('live/movie is provided by a copy', 3);
  await server.saw(`worker ${home} runs`);
  await second.stop();
  const left = await server.saw(
    'viewer disconnected',
    joined.filter((line) => workerOf(line) !== home).length,
  );
  expect(left.every((line) => workerOf(line) !== home)).toBe(true);
  // Not `viewer.stop()`: ffprobe fails where the killed worker was the viewer's own, and had said nothing yet.
  for (const viewer of viewers) await viewer.program.stop();
});

test('clients that were given to a worker that hangs are served by the others when it is killed', async () => {
  const server = await start();
  const [, pid] = [...server.pids()].at(-1)!;
  process.kill(pid, 'SIGSTOP');
  const port = Number(new URL(server.url('rtmp', '')).port);
  const clients = await Promise.all(Array.from({ length: 9 }, () => connectTo(port)));
  for (const client of clients) client.write(Buffer.concat([Buffer.of(3), Buffer.alloc(1536)]));
  process.kill(pid, 'SIGKILL');
  for (const client of clients) {
    const [version] = await readBytes(client, 1);
    expect(version).toBe(3);
    client.destroy();
  }
});

test('SIGHUP reloads all workers, SIGTERM ends all of them', async () => {
  const server = await start();
  writeFileSync(server.file, JSON.stringify({ ...CONFIG, gop_num: 2 }));
  server.child.kill('SIGHUP');
  const [line] = await server.saw('config 2 applied');
  expect(line?.['msg']).toContain('gop_num of live changed');
  writeFileSync(server.file, JSON.stringify({ ...CONFIG, gop_nun: 2 }));
  server.child.kill('SIGHUP');
  await server.saw('config rejected, config 2 stays current');
  const pids = [...server.pids().values()];
  expect(pids).toHaveLength(3);
  const ended = waitForEvent(server.child, 'exit');
  server.child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('a plugin that ends the process that loads it is a fault of the config, and nothing else ends', async () => {
  const server = await start();
  const plugin = join(dirname(server.file), 'mine.mjs');
  writeFileSync(plugin, 'process.exit(7);');
  writeFileSync(server.file, JSON.stringify({ ...CONFIG, plugins: [plugin] }));
  server.child.kill('SIGHUP');
  await server.saw('the process that loads the config has ended (exit code 7)');
  await server.saw('config rejected, config 1 stays current');
  writeFileSync(plugin, `export default { name: 'mine', schema: { type: 'object' }, app() {} };`);
  server.child.kill('SIGHUP');
  const [line] = await server.saw('config 2 applied');
  expect(line?.['msg']).toContain('mine');
  expect(server.lines('has ended (')).toHaveLength(1);
});

test('workers end when their supervisor is killed', async () => {
  const server = await start();
  expect(server.pids().size).toBe(3);
  const closed = waitForEvent(server.child, 'close');
  server.child.kill('SIGKILL');
  // Their standard output, which is the supervisor's, closes with the last of them.
  await closed;
});
