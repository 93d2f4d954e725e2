// A plugin may bring a second copy of this package along. What that one throws and answers is recognised.
import { describe, expect, test } from 'vitest';
import { LivegoError, type ErrorCode } from '../../../core/errors.ts';
import { Denial } from '../../../core/session/denial.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { enter, kernelForTest, PROTOCOL, requestFor, tryPlay, tryPublish } from '../kernel/kernel-kit.ts';

const DENIAL = Symbol.for('livego.Denial');
const ERROR = Symbol.for('livego.LivegoError');

/** As another copy of the package makes it. */
class OtherDenial {
  readonly [DENIAL] = true;
  readonly code = 'forbidden';
  readonly reason = 'not you';
  readonly retryAfterSeconds = undefined;
}

class OtherError extends Error {
  readonly [ERROR] = true;
  readonly code: ErrorCode = 'LVG_MEDIA';
}

describe('a denial of another copy of the package', () => {
  test('is one, and what only looks like one is none', () => {
    expect(new OtherDenial()).toBeInstanceOf(Denial);
    expect(new Denial('limit', 'full')).toBeInstanceOf(Denial);
    for (const other of [{ code: 'forbidden', reason: 'no' }, null, undefined, 'denied', 0, new Error('no')])
      expect(other).not.toBeInstanceOf(Denial);
  });

  test.each([
    ['connect', enter],
    ['publish', tryPublish],
    ['play', tryPlay],
  ] as const)('denies at the %s gate, whether it is returned or thrown', async (gate, attempt) => {
    const denial = new OtherDenial();
    for (const answer of [() => denial, () => Promise.reject(denial)]) {
      const plugin = pluginForTest('auth', { server: ({ hooks }) => hooks[gate].tap(answer as never) });
      const test = kernelForTest();
      await test.apply({ definitions: [PROTOCOL, plugin] });
      expect(await attempt(test, requestFor())).toBe(denial);
      expect(test.log.messages('error')).toEqual([]);
      expect(test.log.messages('info').at(-1)).toContain('denied: not you');
    }
  });
  test('is passed on by a resolver that throws it', async () => {
    const denial = new OtherDenial();
    const plugin = pluginForTest('keys', {
      server: ({ hooks }) => hooks.resolveName.tap(() => Promise.reject(denial)),
    });
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL, plugin] });
    expect(await tryPlay(test)).toBe(denial);
    expect(test.log.messages('error')).toEqual([]);
  });
});

test('an error of another copy of the package is one of ours, and keeps its code and its words', async () => {
  expect(new OtherError('x')).toBeInstanceOf(LivegoError);
  expect(new LivegoError('LVG_FLV', 'x')).toBeInstanceOf(LivegoError);
  for (const other of [new Error('x'), { code: 'LVG_FLV' }, null, undefined])
    expect(other).not.toBeInstanceOf(LivegoError);
  const plugin = pluginForTest('one', {
    server: () => {
      throw new OtherError('the file movie.flv is cut off; record it again');
    },
  });
  const report = await kernelForTest().reload({ definitions: [plugin] });
  expect(report.error).toBe('the file movie.flv is cut off; record it again');
});
