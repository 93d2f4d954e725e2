// The errors of Ajv in words: one fault for each place, however many there are.
import type { ErrorObject } from 'ajv';
import { describe, expect, test } from 'vitest';
import { describeErrors } from '../../../config/options/option-faults.ts';
import { compileSchema } from '../../../config/options/schema.ts';

const target = {
  anyOf: [
    { type: 'string' },
    { type: 'object', required: ['url'], properties: { url: { type: 'string' }, name: { type: 'string' } } },
  ],
};
const validate = compileSchema({ type: 'object', properties: { push: { type: 'array', items: target } } });

function errorsOf(push: readonly unknown[]): readonly ErrorObject[] {
  validate({ push });
  return validate.errors ?? [];
}

function faultsOf(push: readonly unknown[]): readonly string[] {
  return describeErrors(errorsOf(push), () => undefined).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
}

describe('a list whose items may have two forms', () => {
  test('has one fault for each wrong item, about the form that was meant', () => {
    expect(faultsOf([1, 'rtmp://a/b', { url: 2 }, { name: 'x' }, {}, { url: 'y', nam: 'x' }, 1])).toEqual([
      'push.0: 1 is not allowed; it must be a string or options in braces { }',
      'push.2.url: 2 is a number; it must be a string',
      'push.3: the option "url" is missing; it must be a string',
      'push.4: the option "url" is missing; it must be a string',
      'push.5.nam: unknown option; did you mean "name"?',
      'push.6: 1 is not allowed; it must be a string or options in braces { }',
    ]);
  });

  test.each([
    ['numbers', 1],
    ['objects', {}],
  ])('costs twice as much with twice as many %s in it, and no more', (_, item) => {
    const [few, many] = [200, 400].map((length) => readsFor(Array.from({ length }, () => item)));
    expect(many! / few!).toBeLessThan(2.1);
  });
});

/** How often a part of an error is read. */
function readsFor(push: readonly unknown[]): number {
  let reads = 0;
  const counted = errorsOf(push).map(
    (error) =>
      new Proxy(error, {
        get: (of, key: keyof ErrorObject) => {
          reads++;
          return of[key];
        },
      }),
  );
  describeErrors(counted, () => undefined);
  return reads;
}
