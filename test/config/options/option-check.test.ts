import { describe, expect, test } from 'vitest';
import { OptionCheck } from '../../../config/options/option-check.ts';
import type { JsonSchema } from '../../../core/options/json-schema.ts';

const TEXT = 'what the file has';

/** The value that a variable with this content gives an option with this schema, or the faults. */
function given(content: string, schema: JsonSchema): unknown {
  const { options, faults } = new OptionCheck({ type: 'object', properties: { x: schema } }).run(
    { x: content },
    () => ({ text: TEXT, alone: true }),
  );
  return faults.length === 0 ? options['x'] : faults.map(({ message }) => message);
}

const integer = { type: 'integer', maximum: 100 };
const port = { anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^:[0-9]+$' }] };

describe('a variable or a flag', () => {
  test.each([
    ['7', integer, 7],
    [' -7 ', integer, -7],
    ['.5', { type: 'number' }, 0.5],
    ['1e2', { type: 'number' }, 100],
    ['TRUE', { type: 'boolean' }, true],
    ['false', { type: ['boolean', 'integer'] }, false],
    ['7', { type: 'string' }, '7'],
    ['7', { type: ['integer', 'string'] }, '7'],
    ['true', { enum: ['true', 'false'] }, 'true'],
    ['7', { enum: [5, 7] }, 7],
    ['7', { anyOf: [{ const: 'auto' }, integer] }, 7],
    ['auto', { anyOf: [{ const: 'auto' }, integer] }, 'auto'],
    ['7', port, 7],
    [':7', port, ':7'],
    ['7', { type: 'integer', oneOf: [{ minimum: 5 }, { maximum: 3 }] }, 7],
  ])('with the content %j has the type that %j wants', (content, schema, value) => {
    expect(given(content, schema)).toBe(value);
  });

  test.each([
    ['many', integer, 'is a string; it must be a whole number of at most 100'],
    ['0x10', integer, 'is a string; it must be a whole number of at most 100'],
    ['101', integer, 'is too large; it must be a whole number of at most 100'],
    ['2.5', integer, 'is not a whole number; it must be a whole number of at most 100'],
    ['yes', { type: 'boolean' }, 'is a string; it must be true or false'],
    ['1', { type: 'boolean' }, 'is a string; it must be true or false'],
  ])('with the content %j is a fault where %j is wanted', (content, schema, fault) => {
    expect(given(content, schema)).toEqual([`"${TEXT}" ${fault}`]);
  });
});

describe('variables', () => {
  const schema = {
    type: 'object',
    definitions: {
      node: { type: 'object', properties: { n: integer, next: { $ref: '#/definitions/node' } } },
    },
    properties: {
      list: {
        type: 'array',
        items: { anyOf: [{ type: 'string' }, { type: 'object', properties: { n: integer } }] },
      },
      map: { type: 'object', additionalProperties: integer },
      coded: { type: 'object', additionalProperties: false, patternProperties: { '^n': integer } },
      chain: { $ref: '#/definitions/node' },
    },
  };
  const check = new OptionCheck(schema);

  test('have their types at every depth', () => {
    const options = {
      list: ['1', { n: '1' }],
      map: { one: '1' },
      coded: { n1: '1' },
      chain: { n: '1', next: { n: '1' } },
    };
    expect(check.run(options, () => ({ text: TEXT, alone: true }))).toEqual({
      options: { list: ['1', { n: 1 }], map: { one: 1 }, coded: { n1: 1 }, chain: { n: 1, next: { n: 1 } } },
      faults: [],
    });
  });

  test('do not change the type of strings beside them', () => {
    const { faults } = check.run({ map: { one: '1', two: '2' } }, (path) => ({
      text: TEXT,
      alone: path[1] === 'two',
    }));
    expect(faults.map(({ path }) => path)).toEqual([['map', 'one']]);
  });
});

test('the options that are given are not changed', () => {
  const options = Object.freeze({ inner: Object.freeze({}) });
  const inner = { type: 'object', properties: { size: { type: 'integer', default: 1 } } };
  const check = new OptionCheck({ type: 'object', properties: { inner } });
  expect(check.run(options).options).toEqual({ inner: { size: 1 } });
  expect(options).toEqual({ inner: {} });
});
