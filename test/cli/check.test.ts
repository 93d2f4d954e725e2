import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { BUILTIN_PLUGINS } from '../../plugins/index.ts';
import { Command } from './command.ts';

let command: Command;

beforeEach(() => void (command = new Command()));

describe('livego check', () => {
  test('says OK to a config that a server would apply', async () => {
    const file = command.write(
      'livego.json5',
      '{ httpoper: "enable", servers: [{ servername: "live" }, { servername: "event" }] }',
    );
    const { code, output } = command.run('check', file);
    expect(await code).toBe(0);
    expect(output()).toBe(
      `warning: ${file}:1:3: httpoper: this build has no control API; the key has no effect\n` +
        `${file}: OK (applications: live, event; on: rtmp, hls, httpflv)\n`,
    );
  });

  test('shows every fault with its line and a caret, and exits with 1', async () => {
    const file = command.write('livego.json5', '{\n  lisen: 1935,\n  gop_num: "two",\n}');
    const { code, output } = command.run('check', file);
    expect(await code).toBe(1);
    expect(output()).toBe(
      `${file}:2:3: lisen: unknown key; did you mean "listen"?\n2 |   lisen: 1935,\n  |   ^\n` +
        `${file}:3:12: gop_num: "two" is a string; it must be a whole number from 0 to 100\n3 |   gop_num: "two",\n  |            ^\n` +
        `${file}: 2 faults\n`,
    );
  });

  test('names a missing certificate by its full path', async () => {
    command.builtins = BUILTIN_PLUGINS;
    const file = command.write('livego.json5', '{ rtmp: { tls: { port: 18443, cert: "certs/a.pem" } } }');
    const { code, output } = command.run('check', file);
    expect(await code).toBe(1);
    expect(output()).toContain(
      `${file}: rtmp.tls.cert (line 1): ${join(command.path, 'certs/a.pem')} cannot be read (there is no such file)`,
    );
  });

  test('names the lines of two options that clash, as they were written', async () => {
    command.builtins = BUILTIN_PLUGINS;
    const file = command.write('livego.json5', '{\n  listen: 18443,\n  hls: {\n    port: 18443,\n  },\n}');
    const { code, output } = command.run('check', file);
    expect(await code).toBe(1);
    expect(output()).toBe(
      `${file}: rtmp.port (listen in line 2) and hls.port (line 4) both name :18443, but only HTTP can share a port; change one of them\n`,
    );
  });

  test('checks the file of --config_file, which stands before every command in a container', async () => {
    const [served, other] = [
      command.write('served.json5', '{ gop_num: -1 }'),
      command.write('other.json5', '{}'),
    ];
    const check = async (...argv: string[]) => command.run('--config_file', served, 'check', ...argv).code;
    expect(await check()).toBe(1);
    expect(await check(other)).toBe(0);
  });

  test('rejects flags that would change what is served', async () => {
    const { code, output } = command.run('--gop_num', '2', 'check', command.write('livego.json5', '{}'));
    expect(await code).toBe(1);
    expect(output()).toBe(
      'error: --gop_num changes what is served, and "check" does not serve; leave it out\n',
    );
  });

  test('says that a file is missing', async () => {
    const { code, output } = command.run('check', join(command.path, 'none.json5'));
    expect(await code).toBe(1);
    expect(output()).toContain('none.json5: the file does not exist');
    const named = command.run('check', 'no-such-folder/none.json5');
    expect(await named.code).toBe(1);
    expect(named.output()).toContain(
      `no-such-folder/none.json5: the file does not exist (${resolve('no-such-folder/none.json5')})`,
    );
  });
});
