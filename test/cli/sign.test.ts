// `livego sign` and `livego hash`.
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BUILTIN_PLUGINS } from '../../plugins/index.ts';
import { PasswordCheck } from '../../plugins/auth/credentials/passwords.ts';
import { Command } from './command.ts';

const START = new Date('2026-11-25T12:00:00Z');
const SECRET = 'a secret of sufficient length';

beforeEach(() => void vi.useFakeTimers({ now: START, toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

function command(auth: object = { sign: { secret: SECRET } }): { command: Command; file: string } {
  const made = new Command();
  made.builtins = BUILTIN_PLUGINS;
  const servers = [
    { servername: 'live' },
    { servername: 'vip/*', auth: { play: { sign: { secret: `${SECRET} too` } } } },
  ];
  return { command: made, file: made.write('livego.json5', JSON.stringify({ auth, servers })) };
}

test.each([
  ['rtmp://h/live/movie', 'publish', '1h', SECRET, 'publish live/movie', 3600],
  ['http://h:8011/live/movie.flv', 'play', '90', SECRET, 'play live/movie', 90],
  ['https://h/live/room/movie.m3u8?only=audio', 'play', '7d', SECRET, 'play live/room/movie', 7 * 86_400],
  ['rtmp://h/vip/gold/movie', 'play', '15m', `${SECRET} too`, 'play vip/gold/movie', 900],
])('signs %s to %s for %s', async (...row) => {
  const [url, action, expires, secret, text, seconds] = row;
  const { command: made, file } = command();
  const run = made.run('sign', url, '--action', action, '--expires', expires, '--config', file);
  expect(await run.code).toBe(0);
  const until = START.getTime() / 1000 + seconds;
  const sign = createHmac('sha256', secret).update(`${text} ${until}`).digest('hex');
  expect(run.output()).toBe(`${url}${url.includes('?') ? '&' : '?'}expires=${until}&sign=${sign}\n`);
});

test.each([
  [
    ['rtmp://h/live/movie', '--action', 'play', '--expires', 'soon'],
    {},
    /duration such as 90s, 15m, 1h or 7d/,
  ],
  [['rtmp://h/live/movie', '--action', 'watch', '--expires', '1h'], {}, /Allowed choices are publish, play/],
  [['live/movie', '--action', 'play', '--expires', '1h'], {}, /"live\/movie" is not the address of a stream/],
  [
    ['rtmp://h/live/movie', '--action', 'play', '--expires', '1h'],
    {},
    /has no auth\.sign\.secret for application "live"/,
  ],
  [
    ['rtmp://h/live/movie', '--action', 'play', '--expires', '1h'],
    { sign: { secret: SECRET, bindIp: true } },
    /name the client’s address with --ip/,
  ],
])('says what is wrong with %j', async (argv, auth, message) => {
  const { command: made, file } = command(auth);
  const run = made.run('sign', ...argv, '--config', file);
  expect(await run.code).toBe(1);
  expect(run.output()).toMatch(message);
  expect(run.output()).not.toContain(SECRET);
});

test('hashes a password that is typed, and makes the line for RTMP', async () => {
  const made = new Command();
  made.secret = 'correct horse';
  const run = made.run('hash', '--user', 'me');
  expect(await run.code).toBe(0);
  const [hash = '', adobe = ''] = run.output().trim().split('\n');
  expect(await new PasswordCheck().check('correct horse', hash)).toBe(true);
  expect(await new PasswordCheck().check('correct horses', hash)).toBe(false);
  expect(adobe).toMatch(/^\$adobe\$[0-9a-f]{12}\$[A-Za-z0-9+/]{22}==$/);
  expect(run.output()).not.toContain('correct');
});

test('hashes no empty password', async () => {
  const run = new Command().run('hash');
  expect(await run.code).toBe(1);
  expect(run.output()).toContain('no password was given');
});
