import { describe, expect, test } from 'vitest';
import {
  addQuery,
  fillTemplate,
  findFault,
  parseAddress,
  redirectAddress,
} from '../../../../plugins/relay/connections/address.ts';
import { Marks, MAX_MARKS, readVia, writeVia } from '../../../../plugins/relay/loops/via.ts';

describe('a template', () => {
  test.each([
    ['rtmp://h/live', 'rtmp://h/live/movie'],
    ['rtmp://h/live/', 'rtmp://h/live/movie'],
    ['rtmp://h/live?key=1', 'rtmp://h/live/movie?key=1'],
    ['rtmp://h/live/KEY', 'rtmp://h/live/KEY'],
    ['rtmp://h/live/room/', 'rtmp://h/live/room/movie'],
    ['rtmp://h/{app}/{name}', 'rtmp://h/app/movie'],
    ['rtmp://h/{app}', 'rtmp://h/app/movie'],
    ['rtmp://h/x/{name}_copy', 'rtmp://h/x/movie_copy'],
    ['http://h/{app}/{name}.flv?a=1', 'http://h/app/movie.flv?a=1'],
    ['http://h/fixed.flv', 'http://h/fixed.flv'],
  ])('%s is %s for app/movie', (template, url) => {
    expect(fillTemplate(template, { app: 'app', name: 'movie' })).toBe(url);
  });

  test('encodes names for the web, and nothing in names is a pattern of its own', () => {
    const place = { app: 'a', name: 'x y?/$&' };
    expect(fillTemplate('http://h/{name}.flv', place)).toBe('http://h/x%20y%3F/%24%26.flv');
    expect(fillTemplate('rtmp://h/{app}/{name}', { app: 'a', name: '$&{app}' })).toBe('rtmp://h/a/$&{app}');
  });

  test.each([
    ['rtmp://h/live', 'push', undefined],
    ['http://h/live.flv', 'push', 'a stream is pushed to an rtmp:// or rtmps:// address'],
    ['wss://h/live.flv', 'pull', undefined],
    ['srt://h/live', 'pull', 'the address begins with rtmp, rtmps, http, https, ws or wss, and "://"'],
    ['rtmp://h:99999/live', 'pull', 'Port 99999 is not 1 to 65535.'],
  ] as const)('%s for a %s has the fault: %s', (template, use, fault) => {
    expect(findFault(template, use)).toBe(fault);
  });
});

describe('what is shown of an address', () => {
  test.each([
    ['rtmp://u:pw@h:1936/app/movie?token=x', 'rtmp://h:1936/app/movie?***'],
    ['rtmps://h/live2/SECRET-KEY', 'rtmps://h/live2/***'],
    ['rtmp://h/app?key=x/movie', 'rtmp://h/app/movie?***'],
    ['https://u:pw@h/live/movie.flv?token=x', 'https://h/live/movie.flv?***'],
  ])('%s: %s', (url, label) => {
    expect(parseAddress(url, 'movie')?.label).toBe(label);
  });

  test('has no parameter that is added', () => {
    const address = addQuery(parseAddress('http://h/a.flv')!, new URLSearchParams('token=x'));
    expect(address).toMatchObject({ url: 'http://h/a.flv?token=x', label: 'http://h/a.flv?***' });
  });
});

describe('where a peer sends its client', () => {
  test.each([
    ['rtmp://h/app/movie?k=1', 'rtmp://b:1936/other', 'rtmp://b:1936/other/movie?k=1'],
    ['rtmp://h/app/movie', 'rtmp://b', 'rtmp://b/app/movie'],
    ['rtmp://h:1936/app/movie', '/other', 'rtmp://h:1936/other/movie'],
    ['http://h/a/b.flv', '../c.flv?x=1', 'http://h/c.flv?x=1'],
    ['http://h/a/b.flv', 'https://c/d.flv', 'https://c/d.flv'],
  ])('from %s by %s: %s', (from, target, url) => {
    expect(redirectAddress(parseAddress(from)!, target)?.url).toBe(url);
  });

  test('nowhere, if it names no address', () => {
    expect(redirectAddress(parseAddress('http://h/a.flv')!, 'ftp://x/y')).toBeUndefined();
  });
});

describe('the marks of a relay', () => {
  test('come back as they were written, between other words', () => {
    const marks = new Marks();
    const via = [marks.of('live/a'), marks.of('live/b')];
    expect(readVia(`FMLE/3.0 (compatible; ${writeVia(via)})`)).toEqual(via);
    expect(readVia('OBS 30')).toEqual([]);
    expect(readVia(undefined)).toEqual([]);
  });

  test('differ from server to server and from stream to stream', () => {
    const [one, other] = [new Marks(), new Marks()];
    expect(one.of('live/a')).toBe(one.of('live/a'));
    expect(new Set([one.of('live/a'), other.of('live/a'), one.of('live/b')]).size).toBe(3);
  });

  test('are no more than a limit', () => {
    const marks = Array.from({ length: 40 }, (_, index) => new Marks().of(`live/${index}`));
    expect(readVia(writeVia(marks))).toEqual(marks.slice(-MAX_MARKS));
  });
});
