import { describe, expect, test } from 'vitest';
import { matchesServername } from '../../core/servername.ts';

describe('the servername', () => {
  test.each([
    ['live', 'live', true],
    ['live', 'Live', false],
    ['live', 'live2', false],
    ['*', 'anything/at all', true],
    ['*', '', true],
    ['event-*', 'event-', true],
    ['event-*', 'event-2026/final', true],
    ['event-*', 'an event-1', false],
    ['*-live', 'a-live', true],
    ['*-live', 'a-live-b', false],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'acb', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['*a*a*', 'a', false],
    ['*a*a*', 'xaxax', true],
    ['l.ve', 'live', false],
    ['(live|event)', 'live', false],
  ])('%s and the name %j: %s', (servername, name, fits) => {
    expect(matchesServername(servername, name)).toBe(fits);
  });

  test('with many stars costs no more than its length', () => {
    expect(matchesServername(`${'*a'.repeat(5000)}*b`, 'a'.repeat(100_000))).toBe(false);
  });
});
