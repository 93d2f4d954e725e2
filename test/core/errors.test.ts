import { expect, test } from 'vitest';
import { ERROR_CATALOGUE, type ErrorCode, type ErrorEntry } from '../../core/error-catalogue.ts';
import { LivegoError } from '../../core/errors.ts';

const CODES = Object.keys(ERROR_CATALOGUE) as ErrorCode[];
const ofPeers = (code: ErrorCode): boolean => (ERROR_CATALOGUE[code] as ErrorEntry).of === 'malformed bytes';

test('errors for malformed bytes have no stack, which is nearly all that an error costs', () => {
  const before = Error.stackTraceLimit;
  for (const code of CODES.filter(ofPeers))
    expect(new LivegoError(code, 'a reason').stack).not.toMatch(/^ +at /m);
  expect(Error.stackTraceLimit).toBe(before);
});

test('all other errors say where they were thrown', () => {
  for (const code of CODES.filter((each) => !ofPeers(each)))
    expect(new LivegoError(code, 'a reason').stack).toContain('errors.test.ts');
});
