import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../../cli/main.ts';
import type { CliIo, Signal } from '../../cli/io.ts';
import { createLogger } from '../../core/log.ts';
import type { ResolvedConfig } from '../../core/config.ts';
import { FAKES } from '../config/fake-plugins.ts';

let directory: string;

beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'livego-cli-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(content: string): string {
  const file = join(directory, 'livego.json5');
  writeFileSync(file, content);
  return file;
}

/** Runs the command with a server that only notes what it is told. */
function start(...argv: string[]): {
  code: Promise<number>;
  running: Promise<ResolvedConfig | undefined>;
  signal: (name: Signal) => void;
  events: string[];
  output: () => string;
} {
  const events: string[] = [];
  let output = '';
  let listener: ((signal: Signal) => void) | undefined;
  let started: (config: ResolvedConfig | undefined) => void;
  const running = new Promise<ResolvedConfig | undefined>((resolve) => (started = resolve));
  const io: CliIo = {
    out: (text) => (output += text),
    err: (text) => (output += text),
    env: {},
    onSignal(listen) {
      listener = listen;
      return () => (listener = undefined);
    },
    exit: (code) => void events.push(`exit ${code}`),
    builtins: FAKES,
    log: createLogger({ level: 'silent' }),
    createServer: ({ source }) => ({
      async start() {
        const loaded = await source.load();
        started(loaded.ok ? loaded.config : undefined);
        events.push(...loaded.warnings);
        if (!loaded.ok) throw new Error(loaded.faults.map(({ message }) => message).join('\n'));
      },
      reload: async (reason) => void events.push(`reload ${reason}`),
      stop: async (cause) => void events.push(`stop ${cause}`),
    }),
  };
  return { code: run(argv, io), running, signal: (name) => listener?.(name), events, output: () => output };
}

describe('livego', () => {
  test('serves the file it is given until SIGTERM, and ends with 0', async () => {
    const { code, running, signal, events } = start('--config_file', write('{ gop_num: 2 }'));
    expect((await running)?.apps[0]?.options.gop_num).toBe(2);
    signal('SIGTERM');
    expect(await code).toBe(0);
    expect(events).toEqual(['stop SIGTERM']);
  });

  test('takes classic flags in both forms, and lays them over the file', async () => {
    const file = write('{ listen: 1, hls: { port: 2 } }');
    const { running, signal, code } = start(
      `--config_file=${file}`,
      '--rtmp_addr',
      ':1936',
      '--hls_keep_after_end',
      '--gop_num=3',
      '--read_timeout=2.5',
    );
    const config = await running;
    expect(config?.plugins.get('rtmp')?.options).toEqual({ port: ':1936' });
    expect(config?.plugins.get('hls')?.options).toMatchObject({ port: 2, keepAfterEnd: true });
    expect([config?.apps[0]?.options.gop_num, config?.server.read_timeout]).toEqual([3, 2.5]);
    signal('SIGINT');
    await code;
  });

  test('warns of a flag whose feature this build lacks', async () => {
    const { running, signal, code, events } = start(`--config_file=${write('{}')}`, '--flv_dir', 'tmp');
    await running;
    signal('SIGTERM');
    await code;
    expect(events[0]).toContain(
      '--flv_dir: this build has no recording to FLV files; the flag has no effect',
    );
  });

  test('reloads at SIGHUP, and ends at once at the second signal', async () => {
    const { running, signal, events, code } = start('--config_file', write('{}'));
    await running;
    signal('SIGHUP');
    signal('SIGTERM');
    signal('SIGTERM');
    expect(await code).toBe(0);
    expect(events).toContain('reload SIGHUP');
    expect(events).toContain('exit 1');
  });

  test('does not start with a faulty file, or one that was named and is not there', async () => {
    const faulty = start('--config_file', write('{ gop_num: -1 }'));
    expect(await faulty.code).toBe(1);
    expect(faulty.output()).toContain('-1 is too small');
    const missing = start('--config_file', join(directory, 'none.json5'));
    expect(await missing.code).toBe(1);
    expect(missing.output()).toContain('the file does not exist');
  });

  test('refuses flags and words that it does not know', async () => {
    for (const argv of [['--rtmp_adr', ':1'], ['serve'], ['--gop_num']]) {
      const { code, output } = start(...argv);
      expect(await code).toBe(1);
      expect(output()).toMatch(/^error: /);
    }
  });

  test('prints help and version', async () => {
    const help = start('-h');
    expect(await help.code).toBe(0);
    expect(help.output()).toContain('--httpflv_addr <address>');
    const version = start('--version');
    expect(await version.code).toBe(0);
    expect(version.output()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('livego check', () => {
  test('says OK to a config that would be taken', async () => {
    const file = write('{ httpoper: "enable", servers: [{ servername: "live" }, { servername: "event" }] }');
    const { code, output } = start('check', file);
    expect(await code).toBe(0);
    expect(output()).toBe(
      `warning: ${file}:1:3: httpoper: this build has no control API; the key has no effect\n` +
        `${file}: OK (applications: live, event; on: rtmp, hls, httpflv)\n`,
    );
  });

  test('shows every fault with its line and a caret, and ends with 1', async () => {
    const file = write('{\n  lisen: 1935,\n  gop_num: "two",\n}');
    const { code, output } = start('check', file);
    expect(await code).toBe(1);
    expect(output()).toBe(
      `${file}:2:3: lisen: unknown key; did you mean "listen"?\n2 |   lisen: 1935,\n  |   ^\n` +
        `${file}:3:12: gop_num: "two" is a string; it must be a whole number from 0 to 100\n3 |   gop_num: "two",\n  |            ^\n` +
        `${file}: 2 faults\n`,
    );
  });

  test('says that a file is not there', async () => {
    const { code, output } = start('check', join(directory, 'none.json5'));
    expect(await code).toBe(1);
    expect(output()).toContain('none.json5: the file does not exist');
  });
});

describe('livego plan', () => {
  function writeAs(name: string, content: string): string {
    const file = join(directory, name);
    writeFileSync(file, content);
    return file;
  }
  const running = '{ servers: [{ servername: "live" }, { servername: "event", onRemove: "close" }] }';

  test('says in words what would change, and what becomes of present sessions', async () => {
    const against = writeAs('running.json5', running);
    const file = writeAs(
      'new.json5',
      '{ gop_num: 2, listen: 1936, relay: { push: ["rtmp://cdn/app"] }, servers: [{ servername: "live", hls: "off" }] }',
    );
    const { code, output } = start('plan', file, '--against', against);
    expect(await code).toBe(0);
    expect(output()).toBe(
      [
        `${file} instead of ${against}:`,
        'application event removed',
        'relay of live added',
        'rtmp replaced',
        'hls of live removed',
        'gop_num of live changed',
        'rtmp.port :1936 opened',
        'rtmp.port :1935 closed',
        'rtmp of event: present sessions are closed (onRemove: "close")',
        'hls of event: present sessions are closed (onRemove: "close")',
        'httpflv of event: present sessions are closed (onRemove: "close")',
        'hls of live: present sessions finish, new ones are refused (onRemove: "drain")',
        'all other sessions go on untouched\n',
      ].join('\n  '),
    );
  });

  test('says that nothing would change', async () => {
    const against = writeAs('running.json5', running);
    const file = writeAs('new.json5', `// a comment\n${running}`);
    const { code, output } = start('plan', file, '--against', against);
    expect(await code).toBe(0);
    expect(output()).toBe(`${file} instead of ${against}:\n  nothing would change\n`);
  });

  test('shows every fault of both files, and ends with 1', async () => {
    const against = writeAs('running.json5', '{ gop_num: -1 }');
    const file = writeAs('new.json5', '{ lisen: 1, gop_num: "x" }');
    const { code, output } = start('plan', file, '--against', against);
    expect(await code).toBe(1);
    expect(output()).toContain(`${against}:1:12: gop_num: -1 is too small`);
    expect(output()).toContain(`${file}:1:3: lisen: unknown key; did you mean "listen"?`);
    expect(output()).toContain(`${file}: 2 faults\n`);
  });

  test('prints JSON for programs', async () => {
    const against = writeAs('running.json5', running);
    const { code, output } = start('plan', writeAs('new.json5', '{}'), '--against', against, '--json');
    expect(await code).toBe(0);
    expect(JSON.parse(output())).toMatchObject({
      outcome: 'applied',
      changes: { appsRemoved: ['event'], closing: ['rtmp of event', 'hls of event', 'httpflv of event'] },
    });
    const faulty = start('plan', writeAs('bad.json5', '{ x: 1 }'), '--against', against, '--json');
    expect(await faulty.code).toBe(1);
    expect(JSON.parse(faulty.output())).toMatchObject({
      outcome: 'refused',
      refusals: [{ faults: [{ line: 1, column: 3, path: 'x' }] }],
    });
  });

  test('wants to know what is in force', async () => {
    const { code, output } = start('plan', writeAs('new.json5', '{}'));
    expect(await code).toBe(1);
    expect(output()).toContain("required option '--against <running>' not specified");
  });
});

test('livego schema prints a JSON Schema', async () => {
  const { code, output } = start('schema');
  expect(await code).toBe(0);
  expect(JSON.parse(output())).toMatchObject({
    title: 'livego.json5',
    properties: { hls: {}, hlsport: {}, servers: {} },
  });
});
