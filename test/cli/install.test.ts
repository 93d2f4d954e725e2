import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { findProgram } from '../../scripts/setup/programs.mjs';
import { BUILTIN_PLUGINS } from '../../plugins/index.ts';
import { ROOT } from '../docs/documents.ts';
import { Command } from './command.ts';

let command: Command;

beforeEach(() => {
  command = new Command();
  command.builtins = BUILTIN_PLUGINS;
});

/** Runs the command to its end. */
async function call(...argv: string[]): Promise<{ readonly code: number; readonly output: string }> {
  const { code, output } = command.run(...argv);
  return { code: await code, output: output() };
}

describe('livego init', () => {
  test.each([
    ['the config that livego has without one', [], { rtmp: 1935, httpflv: 8011, hls: 8090 }],
    ['the ports and channel keys of livego (Go)', ['--classic'], { rtmp: 1935, httpflv: 7001, hls: 7002 }],
  ])('writes %s, with comments, and it passes the check', async (_what, flags, ports) => {
    const file = join(command.path, 'livego.json5');
    const written = await call('init', ...flags, file);
    expect(written).toEqual({ code: 0, output: expect.stringContaining(`npx livego --config_file ${file}`) });
    expect(readFileSync(file, 'utf8')).toContain('To check a change');
    expect((await call('check', file)).code).toBe(0);
    const { running, signal, code } = command.run('--config_file', file);
    const config = await running;
    const present = Object.keys(ports).map((name) => [name, config?.plugins.get(name)?.options['port']]);
    expect(Object.fromEntries(present)).toEqual(ports);
    signal('SIGTERM');
    await code;
  });

  test('changes no file that exists', async () => {
    const file = command.write('livego.json5', '{}');
    expect(await call('init', file)).toEqual({
      code: 1,
      output: `${file} exists already; nothing was written\n`,
    });
    expect(readFileSync(file, 'utf8')).toBe('{}');
  });
});

describe('livego service', () => {
  test.each([
    ['livego.service', []],
    ['livego.socket', ['--socket', '127.0.0.1:1935', '--socket', ':1936']],
  ])('prints a %s that systemd finds no fault with', async (name, flags) => {
    const { code, output } = await call('service', ...flags);
    expect(code).toBe(0);
    // A socket belongs to the service of its name.
    if (name === 'livego.socket') command.write('livego.service', (await call('service')).output);
    const file = command.write(name, output);
    if (!findProgram('systemd-analyze')) return;
    const { stderr, status } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
      encoding: 'utf8',
    });
    expect(stderr).not.toContain(name);
    expect(status).toBe(0);
  });

  test('runs this installation with the config, as the user, and waits until it is ready', async () => {
    const { output } = await call('service', '--config', '/etc/my config.json5', '--user', 'stream');
    expect(output).toContain('Type=notify\n');
    expect(output).toContain('User=stream\n');
    expect(output).not.toContain('DynamicUser');
    expect(output).toContain(
      `ExecStart=${process.execPath} ${ROOT}/bin/livego.js --config_file "/etc/my config.json5"\n`,
    );
    expect(output).toContain('ExecReload=/bin/kill -HUP $MAINPID\n');
  });

  test('names a config by its whole path, since the service runs in another folder', async () => {
    const { output } = await call('service', '--config', 'my.json5');
    expect(output).toContain(`--config_file ${join(process.cwd(), 'my.json5')}\n`);
    expect((await call('--config_file', '/srv/a.json5', 'service')).output).toContain(
      '--config_file /srv/a.json5\n',
    );
  });

  test('takes only what can be the name of a user', async () => {
    const wrong = 'stream\nExecStartPre=/bin/true';
    expect(await call('service', '--user', wrong)).toEqual({
      code: 1,
      output: `"${wrong}" is not the name of a user\n`,
    });
  });

  test('makes sockets at addresses only, and says by which number the config names each', async () => {
    const { output } = await call('service', '--socket', ':1935', '--socket', '[::1]:1936');
    expect(output).toContain(
      '# In the config: { fd: 3 }\nListenStream=1935\n# In the config: { fd: 4 }\nListenStream=[::1]:1936\n',
    );
    expect(await call('service', '--socket', 'nowhere')).toEqual({
      code: 1,
      output: '"nowhere" is not an address; write 1935, ":1935" or "127.0.0.1:1935"\n',
    });
  });
});

describe('livego new-plugin', () => {
  test('writes a plugin and a test of it that passes', async () => {
    const folder = join(command.path, 'mine');
    const written = await call('new-plugin', 'night-watch', '--folder', folder);
    expect(written.code).toBe(0);
    expect(written.output).toContain(`node --test ${folder}/night-watch.test.mjs`);
    expect(readFileSync(join(folder, 'night-watch.ts'), 'utf8')).toContain("name: 'night-watch'");
    // The package as it would be installed: this checkout.
    mkdirSync(join(command.path, 'node_modules'));
    symlinkSync(ROOT, join(command.path, 'node_modules', 'livego'));
    const run = spawnSync(process.execPath, ['--test', join(folder, 'night-watch.test.mjs')], {
      encoding: 'utf8',
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, NODE_OPTIONS: '' },
    });
    expect(run.stdout).toMatch(/pass 2\n.*fail 0/);
    expect(run.status).toBe(0);
    expect((await call('new-plugin', 'night-watch', '--folder', folder)).code).toBe(1);
  });

  test.each(['Night', 'a--b', '../x', 'rtmp'])('takes no name like "%s"', async (name) => {
    const { code, output } = await call('new-plugin', name, '--folder', command.path);
    expect(code).toBe(1);
    expect(output).toContain(`"${name}"`);
  });
});
