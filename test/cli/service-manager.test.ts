import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { notifySystemd } from '../../cli/service-manager.ts';
import { Command } from './command.ts';

let command: Command;

beforeEach(() => void (command = new Command()));

describe('a service manager', () => {
  test('is told when the server is ready, and when it stops', async () => {
    const { running, signal, code } = command.run('--config_file', command.write('livego.json5', '{}'));
    await running;
    await vi.waitFor(() => expect(command.told).toEqual(['READY=1', 'STATUS=serves config 1']));
    signal('SIGTERM');
    expect(await code).toBe(0);
    expect(command.told.slice(2)).toEqual(['STOPPING=1']);
  });

  test('is told of a reload, and that it is over, also when the config is rejected', async () => {
    const file = command.write('livego.json5', '{}');
    const { running, signal, code } = command.run('--config_file', file);
    await running;
    await vi.waitFor(() => expect(command.told).toHaveLength(2));
    signal('SIGHUP');
    await vi.waitFor(() => expect(command.told).toHaveLength(6));
    expect(command.told.slice(2)).toEqual([
      'RELOADING=1',
      expect.stringMatching(/^MONOTONIC_USEC=\d+$/),
      'READY=1',
      'STATUS=serves config 2',
    ]);
    command.write('livego.json5', '{ gop_num: -1 }');
    signal('SIGHUP');
    await vi.waitFor(() => expect(command.told).toHaveLength(10));
    expect(command.told.at(-1)).toBe('STATUS=serves config 2; a new one was rejected');
    signal('SIGTERM');
    await code;
  });

  test('is not told that a server is ready that could not start', async () => {
    const { code } = command.run('--config_file', command.write('livego.json5', '{ gop_num: -1 }'));
    expect(await code).toBe(1);
    expect(command.told).toEqual([]);
  });
});

describe('systemd', () => {
  test('is told by its own program, where it waits to be told', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'livego-notify-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const program = join(folder, 'systemd-notify');
    writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$@" >> ${folder}/told\n`);
    chmodSync(program, 0o755);
    vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH']}`);
    onTestFinished(() => void vi.unstubAllEnvs());

    await notifySystemd({})(['READY=1']);
    await notifySystemd({ NOTIFY_SOCKET: '/run/systemd/notify' })(['READY=1', 'STATUS=serves config 1']);
    expect(readFileSync(`${folder}/told`, 'utf8')).toBe('READY=1\nSTATUS=serves config 1\n');
  });

  test('that lacks its program is a fault that names the program', async () => {
    vi.stubEnv('PATH', '/nowhere');
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(notifySystemd({ NOTIFY_SOCKET: '/run/x' })(['READY=1'])).rejects.toThrow('systemd-notify');
  });
});
