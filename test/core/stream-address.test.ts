import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  appOfTcUrl,
  parseAppPath,
  parseRtmpUrl,
  parseStreamAddress,
  parseStreamPath,
} from '../../core/stream-address.ts';
import type { RtmpStreamPath } from '../../core/stream-address.ts';

const apps = new Set(['live', 'event', 'event/spring']);
const isApp = (name: string): boolean => apps.has(name);

/** `app name query`, or the reason. */
function read(request: RtmpStreamPath): string {
  const result = parseStreamAddress(request, isApp);
  return result.ok ? [result.app, result.name, result.query.toString()].join(' ').trim() : result.reason;
}

test.each([
  ['live', 'movie', 'live movie'],
  ['/live/', 'movie', 'live movie'],
  ['live//', '//movie/', 'live movie'],
  ['live', 'room/movie', 'live room/movie'],
  ['live/room', 'movie', 'live room/movie'],
  ['', 'live/movie', 'live movie'],
  ['event/spring', 'main', 'event/spring main'],
  ['event', 'spring/main', 'event/spring main'],
  ['event', 'spring', 'event spring'],
  ['other/deep', 'movie', 'other deep/movie'],
  ['live?token=x', 'movie', 'live movie token=x'],
  ['live', 'movie?token=x', 'live movie token=x'],
  ['live/?token=a&b=1', 'movie?token=c', 'live movie b=1&token=c'],
  ['live', 'movie?vhost=example.com', 'live movie vhost=example.com'],
  ['live', 'movie?', 'live movie'],
  ['live', 'flv:movie', 'live movie'],
  ['live', 'mp4:dir/movie.mp4', 'live dir/movie.mp4'],
  ['live', 'mo%20vie', 'live mo vie'],
  ['live', '%E7%94%B5%E5%BD%B1', 'live 电影'],
  ['live', '电影', 'live 电影'],
  ['live', 'a%2Fb', 'live a/b'],
  ['live', 'a%252Fb', 'live a%2Fb'],
  ['live', '100%', 'live 100%'],
  ['live', 'x%zz%FFy%C0%AF', 'live x%zz%FFy%C0%AF'],
  ['live', '%F5%80%41', 'live %F5%80A'],
  ['live', '%ED%A0%80', 'live %ED%A0%80'],
])('app "%s" and name "%s" mean "%s"', (app, name, expected) => {
  expect(read({ app, name })).toBe(expected);
});

test.each([
  ['live/movie', '', 'live movie'],
  ['live/room/movie?token=x', '', 'live room/movie token=x'],
  ['', 'live/movie', 'live movie'],
  ['', 'live/movie?token=x', 'live movie token=x'],
  ['/', '/live/movie', 'live movie'],
])('the whole address may stand in one part: app "%s" and name "%s" mean "%s"', (app, name, expected) => {
  expect(read({ app, name })).toBe(expected);
});

test('an application alone names no stream, though its own name has two parts', () => {
  const isApp = (name: string) => name === 'live' || name === 'live/movie';
  expect(parseStreamAddress({ app: 'live/movie', name: '' }, isApp)).toMatchObject({
    ok: false,
    reason: expect.stringContaining('stream name is empty') as string,
  });
});

test.each([
  ['rtmp://host/live', 'live'],
  ['rtmp://host:1935/live/room?token=x', 'live/room?token=x'],
  ['rtmps://[::1]:443/live', 'live'],
  ['rtmp://host', ''],
  ['rtmp://host/', ''],
  ['', ''],
  ['live', ''],
])('the application of the tcUrl "%s" is "%s"', (tcUrl, app) => {
  expect(appOfTcUrl(tcUrl)).toBe(app);
});

test('a query on tcUrl is read, and gives way to the others', () => {
  expect(read({ app: 'live', name: 'movie?b=2', tcUrl: 'rtmp://h/live?a=1&b=1' })).toBe('live movie a=1&b=2');
});

test.each([
  ['live', '', /stream name is empty/],
  ['live', '/', /stream name is empty/],
  ['live', '?token=x', /stream name is empty/],
  ['live', 'flv:', /stream name is empty/],
  ['', 'movie', /application is missing before "movie"/],
  ['live', '../etc', /"\.\."/],
  ['live', '%2e%2e/etc', /"\.\."/],
  ['live/..', 'movie', /"\.\."/],
  ['live', './movie', /"\."/],
  ['live', 'a\\b', /backslash/],
  ['live', 'a%5Cb', /backslash/],
  ['live', 'a%00b', /control character/],
  ['live', 'a\nb', /control character/],
  ['live', 'a%7Fb', /control character/],
  ['live', 'x'.repeat(5000), /longer than 4096/],
  ['live', `x?${'y'.repeat(5000)}`, /longer than 4096/],
])('app "%s" with name "%s" is rejected: %s', (app, name, reason) => {
  expect(read({ app, name })).toMatch(reason);
});

test('a long name is read to its end, however it is encoded', () => {
  const name = '中'.repeat(4000);
  expect(parseStreamPath({ app: 'live', name: encodeURIComponent(name) })).toMatchObject({
    ok: true,
    path: `live/${name}`,
  });
});

test('nothing that is too long is read in part: it would name another stream', () => {
  const slashes = '/'.repeat(40_000);
  expect(read({ app: 'live', name: `${slashes}movie` })).toMatch(/longer than 4096/);
  expect(read({ app: slashes, name: 'live/movie' })).toMatch(/longer than 4096/);
  expect(parseAppPath(`live${slashes}`)).toMatchObject({ ok: false });
});

test('a parameter of a later part replaces all of its name in earlier parts, and the others stay in order', () => {
  const read = parseStreamPath({
    tcUrl: 'rtmp://host/live?a=1&b=1&b=2&c=1',
    app: 'live?b=3&d=1',
    name: 'movie?d=2&d=3&e',
  });
  expect(read.ok && String(read.query)).toBe('a=1&c=1&b=3&d=2&d=3&e=');
});

test('an application is cleaned for connect in the same way', () => {
  expect(parseAppPath('/live/?token=x')).toMatchObject({ ok: true, app: 'live' });
  expect(parseAppPath('')).toMatchObject({ ok: true, app: '' });
  expect(parseAppPath('a/../b')).toMatchObject({ ok: false });
});

test('no typed text throws, and no path leaves its root', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.stringMatching(/^[%./\\?a-f0-9:]*$/));
  const property = fc.property(text, text, text, (app, name, tcUrl) => {
    const result = parseStreamPath({ app, name, tcUrl });
    parseRtmpUrl(app);
    parseRtmpUrl(`rtmp://${name}`);
    if (!result.ok) return;
    expect(result.segments.length).toBeGreaterThanOrEqual(2);
    for (const segment of result.segments) expect(['', '.', '..']).not.toContain(segment);
    expect(/\p{Cc}|\\/u.test(result.path)).toBe(false);
  });
  fc.assert(property, { numRuns: 500 });
});

test.each([
  ['rtmp://example.com/live/movie', 'rtmp example.com 1935 live movie rtmp://example.com/live'],
  ['rtmps://example.com/live/movie', 'rtmps example.com 443 live movie rtmps://example.com/live'],
  ['RTMP://Example.com:19350/live/movie', 'rtmp Example.com 19350 live movie rtmp://Example.com:19350/live'],
  ['rtmp://[::1]:1936/live/movie', 'rtmp ::1 1936 live movie rtmp://[::1]:1936/live'],
  ['rtmp://h/live/room/movie', 'rtmp h 1935 live/room movie rtmp://h/live/room'],
  ['rtmp://h/live/movie?token=a/b', 'rtmp h 1935 live movie?token=a/b rtmp://h/live'],
  ['rtmp://h/live?token=x/movie', 'rtmp h 1935 live?token=x movie rtmp://h/live?token=x'],
  ['rtmp://h//live//movie/', 'rtmp h 1935 live movie rtmp://h/live'],
  ['rtmp://h/live/mo%20vie', 'rtmp h 1935 live mo%20vie rtmp://h/live'],
])('the full URL %s is read', (text, expected) => {
  const url = parseRtmpUrl(text);
  expect(url.ok && [url.scheme, url.host, url.port, url.app, url.name, url.tcUrl].join(' ')).toBe(expected);
});

test('full URLs give user and password decoded, and keep them out of tcUrl', () => {
  const url = parseRtmpUrl('rtmp://me:p%40ss@h/live/movie?a=1');
  expect(url.ok && url.userinfo).toEqual({ username: 'me', password: 'p@ss' });
  expect(url.ok && url.tcUrl).toBe('rtmp://h/live');
  expect(url.ok && url.query.get('a')).toBe('1');
});

test.each([
  ['http://h/live/movie', /not an RTMP URL/],
  ['rtmp:///live/movie', /not an RTMP URL/],
  ['http://me:secret@h/live/movie', /^"http:\/\/\*\*\*@h\/live\/movie" is not/],
  ['rtmp://h:0/live/movie', /Port 0/],
  ['rtmp://h:70000/live/movie', /Port 70000/],
  ['rtmp://h', /stream name is empty/],
  ['rtmp://h/live', /stream name is empty/],
  ['rtmp://h/live/', /stream name is empty/],
  ['rtmp://h/live/../movie', /"\.\."/],
])('the full URL %s is rejected: %s', (text, reason) => {
  const url = parseRtmpUrl(text);
  expect(!url.ok && url.reason).toMatch(reason);
});
