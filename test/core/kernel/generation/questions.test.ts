import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Denial } from '../../../../core/session/denial.ts';
import type { StreamProvider } from '../../../../core/session/providers/provider.ts';
import type { StreamRequest } from '../../../../core/session/requests.ts';
import { GATE_TIMEOUT_MS, hooksOf, OWNER, STREAM_REQUEST } from './hook-kit.ts';

const FORBIDDEN = new Denial('forbidden', 'not you');
const UNRESOLVED = new Denial('unavailable', 'the stream name could not be resolved');

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('resolveName', () => {
  test('hands the name from plugin to plugin, in order', async () => {
    const { hooks } = hooksOf(
      ['keys', 'resolveName', (name: string) => `room-of-${name}`],
      ['idle', 'resolveName', () => undefined],
      ['alias', 'resolveName', async (name: string, asked: StreamRequest) => `${name}/${asked.app}`],
    );
    expect(await hooks.resolveName(STREAM_REQUEST)).toEqual({ name: 'room-of-movie/live', printable: true });
  });

  test('is the name itself when no plugin changes it', async () => {
    expect(await hooksOf().hooks.resolveName(STREAM_REQUEST)).toEqual({ name: 'movie', printable: true });
  });

  test.each([
    ['a number', 5],
    ['an empty name', ''],
    ['true', true],
  ])('denies the client when a plugin answers %s, and the log names the plugin', async (_, answer) => {
    const { hooks, log } = hooksOf(['keys', 'resolveName', () => answer]);
    expect(await hooks.resolveName(STREAM_REQUEST)).toEqual(UNRESOLVED);
    expect(log.lines.at(-1)).toMatchObject({ level: 'error', plugin: 'keys', hook: 'resolveName' });
  });

  test('passes a thrown denial on, and makes one of any other fault', async () => {
    const denied = hooksOf([
      'keys',
      'resolveName',
      () => {
        throw FORBIDDEN;
      },
    ]);
    expect(await denied.hooks.resolveName(STREAM_REQUEST)).toBe(FORBIDDEN);
    expect(denied.log.lines).toEqual([]);
    const failed = hooksOf(['keys', 'resolveName', () => Promise.reject(new Error('redis is away'))]);
    expect(await failed.hooks.resolveName(STREAM_REQUEST)).toEqual(UNRESOLVED);
    expect(failed.log.lines).toMatchObject([{ plugin: 'keys', err: { message: 'redis is away' } }]);
  });

  test('denies the client when a plugin does not answer in time', async () => {
    const { hooks, log } = hooksOf(['keys', 'resolveName', () => new Promise(() => {})]);
    const asked = hooks.resolveName(STREAM_REQUEST);
    await vi.advanceTimersByTimeAsync(GATE_TIMEOUT_MS);
    expect(await asked).toEqual(UNRESOLVED);
    expect(log.lines.at(-1)).toMatchObject({ level: 'error', plugin: 'keys' });
  });

  test('of secret names is printable once a secret tap has answered, and not before', async () => {
    const secret = { secret: true };
    const { hooks } = hooksOf(
      ['alias', 'resolveName', (name: string) => name.toUpperCase()],
      ['keys', 'resolveName', (name: string) => (name === 'MOVIE' ? 'room' : undefined), secret],
    );
    expect(hooks.secretNames).toBe(true);
    expect(await hooks.resolveName(STREAM_REQUEST)).toEqual({ name: 'room', printable: true });
    const other = { ...STREAM_REQUEST, name: 'other' };
    expect(await hooks.resolveName(other)).toEqual({ name: 'OTHER', printable: false });
  });
});

describe('streamMissing', () => {
  const provider: StreamProvider = {
    description: 'relay from rtmp://origin/live/movie',
    start: () => {},
    stop: () => {},
  };
  const offered = { plugin: 'relay', owner: OWNER, provider };

  test('takes the first provider; null and nothing leave it to the next plugin', async () => {
    const { hooks } = hooksOf(
      ['one', 'streamMissing', () => null],
      ['two', 'streamMissing', async () => undefined],
      ['relay', 'streamMissing', async () => provider],
      ['vod', 'streamMissing', () => ({ ...provider, description: 'a file' })],
    );
    expect(await hooks.streamMissing(STREAM_REQUEST)).toEqual(offered);
  });

  test('is nothing when no plugin provides', async () => {
    const { hooks } = hooksOf(['one', 'streamMissing', () => null]);
    expect(await hooks.streamMissing(STREAM_REQUEST)).toBeUndefined();
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no route');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no route'))],
    ['answers true', () => true],
    ['answers a provider without start', () => ({ description: 'x', stop: () => {} })],
    ['answers a provider without stop', () => ({ description: 'x', start: () => {} })],
    ['answers a provider without a description', () => ({ start: () => {}, stop: () => {} })],
  ])('asks the next plugin when one %s, and the log names that one', async (_, tap) => {
    const { hooks, log } = hooksOf(['vod', 'streamMissing', tap], ['relay', 'streamMissing', () => provider]);
    expect(await hooks.streamMissing(STREAM_REQUEST)).toEqual(offered);
    expect(log.lines).toMatchObject([{ level: 'error', plugin: 'vod', hook: 'streamMissing' }]);
  });

  test('asks the next plugin when one does not answer in time, and ignores its late answer', async () => {
    let late: (answer: StreamProvider) => void = () => {};
    const { hooks, log } = hooksOf(
      ['vod', 'streamMissing', () => new Promise((resolve) => (late = resolve))],
      ['relay', 'streamMissing', () => provider],
    );
    const asked = hooks.streamMissing(STREAM_REQUEST);
    await vi.advanceTimersByTimeAsync(GATE_TIMEOUT_MS - 1);
    expect(log.lines).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await asked).toEqual(offered);
    expect(log.lines).toMatchObject([
      { plugin: 'vod', err: { message: 'no answer within 5000 ms (gateTimeoutMs)' } },
    ]);
    late({ ...provider, description: 'too late' });
    await vi.advanceTimersByTimeAsync(1);
    expect(log.lines).toHaveLength(1);
  });
});
