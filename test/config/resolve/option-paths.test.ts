// Paths in options lead to the same files wherever the command is started.
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { resolvePaths } from '../../../config/resolve/option-paths.ts';

const path = (kind: string) => ({ type: 'string', path: kind });
const SCHEMA = {
  type: 'object',
  properties: {
    cert: path('read'),
    output: path('write'),
    program: path('program'),
    command: { type: 'array', items: { type: 'string' }, path: 'command' },
    commands: { type: 'array', items: { ...path('command'), type: ['string', 'array'] } },
    folders: { type: 'array', items: { type: 'string' }, path: 'write' },
    tls: { type: 'object', properties: { key: path('read'), port: { type: 'integer' } } },
  },
};
const FOLDERS = { config: '/etc/livego', state: undefined, working: '/home/me' };

function resolved(options: Record<string, unknown>, folders = FOLDERS as Parameters<typeof resolvePaths>[2]) {
  return resolvePaths(options, SCHEMA, folders, () => false).options;
}

test('relative paths of options begin at the folder of the config, at every depth', () => {
  expect(
    resolved({
      cert: 'a.pem',
      output: './replay/{name}',
      program: 'bin/ffmpeg',
      command: ['./tell.sh', './argument'],
      commands: ['./tell.sh live', ['../tell.sh', 'x'], 'curl ./x'],
      folders: ['recordings', '/srv/old'],
      tls: { key: '../b.pem', port: 443 },
    }),
  ).toEqual({
    cert: '/etc/livego/a.pem',
    output: '/etc/livego/replay/{name}',
    program: '/etc/livego/bin/ffmpeg',
    command: ['/etc/livego/tell.sh', './argument'],
    commands: [['/etc/livego/tell.sh', 'live'], ['/etc/tell.sh', 'x'], 'curl ./x'],
    folders: ['/etc/livego/recordings', '/srv/old'],
    tls: { key: '/etc/b.pem', port: 443 },
  });
});

test('what is no relative path stays as it is: nothing, a full path, a URL, a program in PATH', () => {
  const options = {
    cert: '',
    output: 'rtmp://host/app/{name}',
    program: 'ffmpeg',
    command: ['ffmpeg', '-i'],
    folders: [],
    tls: { key: '/k.pem', port: 0 },
  };
  expect(resolved(options)).toEqual(options);
});

test('a directory of the service manager is for what the server writes, and only for that', () => {
  const folders = { ...FOLDERS, state: '/var/lib/livego' };
  expect(resolved({ cert: 'a.pem', output: 'out', folders: ['x'] }, folders)).toEqual({
    cert: '/etc/livego/a.pem',
    output: '/var/lib/livego/out',
    folders: ['/var/lib/livego/x'],
  });
});

test('paths of flags are relative to the current directory', () => {
  const { options, misplaced } = resolvePaths(
    { cert: 'a.pem', output: 'out' },
    SCHEMA,
    FOLDERS,
    (at) => at[0] === 'output',
  );
  expect(options).toEqual({ cert: '/etc/livego/a.pem', output: '/home/me/out' });
  expect(misplaced).toEqual([]);
});

test('a file that is in the current directory alone is used, with the way out', () => {
  const working = resolve('test', 'config');
  const folders = { config: '/etc/livego', state: undefined, working };
  const { options, misplaced } = resolvePaths({ tls: { key: 'resolve' } }, SCHEMA, folders, () => false);
  expect(options).toEqual({ tls: { key: join(working, 'resolve') } });
  expect(misplaced).toEqual([
    {
      path: ['tls', 'key'],
      message: `${join(working, 'resolve')} is used, which earlier versions looked up in the current directory; write this path in full, or move it to /etc/livego/resolve`,
    },
  ]);
});
