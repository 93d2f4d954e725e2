import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { startLines } from '../../../cli/serve/start-lines.ts';
import { Command } from '../command.ts';

let command: Command;

beforeEach(() => void (command = new Command()));

describe('livego', () => {
  test('serves with the file it is given until SIGTERM, and exits with 0', async () => {
    const { code, running, signal, events } = command.run(
      '--config_file',
      command.write('livego.json5', '{ gop_num: 2 }'),
    );
    expect((await running)?.apps[0]?.options.gop_num).toBe(2);
    signal('SIGTERM');
    expect(await code).toBe(0);
    expect(events).toEqual(['stop SIGTERM']);
  });

  test('reloads at SIGHUP, and ends at once at the second signal', async () => {
    const { running, signal, events, code } = command.run(
      '--config_file',
      command.write('livego.json5', '{}'),
    );
    await running;
    signal('SIGHUP');
    signal('SIGTERM');
    signal('SIGTERM');
    expect(await code).toBe(0);
    expect(events).toContain('reload SIGHUP');
    expect(events).toContain('exit 1');
  });

  test('does not start with a faulty file, nor with one that was named and is missing', async () => {
    const faulty = command.run('--config_file', command.write('livego.json5', '{ gop_num: -1 }'));
    expect(await faulty.code).toBe(1);
    expect(faulty.output()).toContain('-1 is too small');
    const missing = command.run('--config_file', join(command.path, 'none.json5'));
    expect(await missing.code).toBe(1);
    expect(missing.output()).toContain('the file does not exist');
  });
});

describe('a classic flag', () => {
  test('overrides the file, in both forms', async () => {
    const file = command.write('livego.json5', '{ listen: 1, hls: { port: 2 } }');
    const { running, signal, code } = command.run(
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

  test('gets a warning if this build lacks its feature', async () => {
    const { running, signal, code, events } = command.run(
      `--config_file=${command.write('livego.json5', '{}')}`,
      '--api_addr',
      ':8070',
    );
    await running;
    signal('SIGTERM');
    await code;
    expect(events[0]).toContain('--api_addr: this build has no control API; the flag has no effect');
  });
});

describe('the lines of a start', () => {
  test('say what runs, with which config, and where to publish and play', () => {
    const address = (option: string, port: number, host?: string) =>
      ({ option, options: [option], scheme: 'http', host, port }) as const;
    expect(
      startLines({
        version: '1.2.3',
        file: '/etc/livego.json5',
        applications: ['event-*', 'live'],
        addresses: [
          address('rtmp.port', 1935),
          address('httpflv.port', 8011, '127.0.0.1'),
          address('hls.tls.port', 8443, '::'),
        ],
      }),
    ).toEqual([
      'livego 1.2.3 runs with the config /etc/livego.json5; applications event-*, live',
      'publish to rtmp://localhost:1935/live/NAME',
      'play rtmp://localhost:1935/live/NAME, http://127.0.0.1:8011/live/NAME.flv, https://localhost:8443/live/NAME.m3u8',
    ]);
  });

  test('say so if there is no config and nothing to publish to', () => {
    expect(startLines({ version: '1', file: undefined, applications: ['live'], addresses: [] })).toEqual([
      'livego 1 runs with no config file, the defaults; application live',
    ]);
  });
});

describe('the command line', () => {
  test('has help as a command, and names the nearest command for one that there is not', async () => {
    const help = command.run('help');
    expect(await help.code).toBe(0);
    expect(help.output()).toContain('Usage: livego');
    const near = command.run('chekc');
    expect(await near.code).toBe(1);
    expect(near.output()).toBe('error: there is no command "chekc"; did you mean "check"?\n');
    const file = command.run('my.json5');
    expect(await file.code).toBe(1);
    expect(file.output()).toContain('livego --config_file my.json5');
  });

  test('names the flag at fault, and no file', async () => {
    const { code, output } = command.run('--gop_num=many');
    expect(await code).toBe(1);
    expect(output()).not.toContain('livego.json5');
  });

  test('is rejected for unknown flags and words', async () => {
    for (const argv of [['--rtmp_adr', ':1'], ['serve'], ['--gop_num']]) {
      const { code, output } = command.run(...argv);
      expect(await code).toBe(1);
      expect(output()).toMatch(/^error: /);
    }
  });

  test('has help and version', async () => {
    const help = command.run('-h');
    expect(await help.code).toBe(0);
    expect(help.output()).toContain('--httpflv_addr <address>');
    const version = command.run('--version');
    expect(await version.code).toBe(0);
    expect(version.output()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
