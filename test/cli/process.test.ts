// The command as a process of its own: what npm start and a service manager deal with. Built by the set-up of npm test.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { waitForEvent, within } from '../helpers/net.ts';

const COMMAND = fileURLToPath(new URL('../../bin/livego.js', import.meta.url));

interface Running {
  readonly child: ChildProcess;
  readonly file: string;
  /** Resolves with the first log line, from the start on, that holds the text. */
  saw(text: string): Promise<Readonly<Record<string, unknown>>>;
}

function start(config: object): Running {
  const folder = mkdtempSync(join(tmpdir(), 'livego-process-'));
  const file = join(folder, 'livego.json5');
  writeFileSync(file, JSON.stringify(config));
  const child = spawn(process.execPath, [COMMAND, '--config_file', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  const lines: Readonly<Record<string, unknown>>[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line) as Readonly<Record<string, unknown>>);
    for (const each of waiting) each();
  });
  const saw = (text: string) =>
    within(
      new Promise<Readonly<Record<string, unknown>>>((resolve) => {
        const look = (): void => {
          const found = lines.find(({ msg }) => String(msg).includes(text));
          if (found) resolve(found);
        };
        waiting.add(look);
        look();
      }),
      `the log line "${text}"`,
      20_000,
    );
  return { child, file, saw };
}

const PORTS = {
  listen: '127.0.0.1:0',
  flvport: '127.0.0.1:0',
  hlsport: '127.0.0.1:0',
  operport: '127.0.0.1:0',
  watch: { enabled: false },
};

test('a server without a terminal logs JSON, reloads at SIGHUP, and exits with 0 at SIGTERM', async () => {
  const { child, file, saw } = start(PORTS);
  expect((await saw('rtmp.port'))['level']).toBe(30);
  await saw('hls.port');
  writeFileSync(file, JSON.stringify({ ...PORTS, gop_num: 2 }));
  child.kill('SIGHUP');
  expect((await saw('config 2 applied'))['msg']).toContain('gop_num of live changed');
  writeFileSync(file, JSON.stringify({ ...PORTS, gop_nun: 3 }));
  child.kill('SIGHUP');
  await saw('config rejected, config 2 stays current');
  const ended = waitForEvent(child, 'exit', undefined, 5000);
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

test('a config with faults ends the command with 1, and every fault is on standard error', async () => {
  const { child } = start({ ...PORTS, gop_num: 'two', hlsprot: 8090 });
  const closed = waitForEvent(child, 'close');
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  expect(await closed).toEqual([1, null]);
  expect(stderr).toContain('gop_num: "two"');
  expect(stderr).toContain('hlsport');
});
