import { deepStrictEqual } from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AmfByteArray,
  AmfDictionary,
  AmfEcmaArray,
  AmfExternalizable,
  AmfTypedObject,
  AmfVector,
  AmfXml,
  buildAmf3,
  parseAmf3,
} from '../../../../core/media/amf3/index.ts';
import type { AmfValue } from '../../../../core/media/amf3/index.ts';
import { amfValue, plain } from '../amf-arbitrary.ts';
import { hex } from '../bytes.ts';

const INTEGERS: readonly [number, string][] = [
  [0, '0400'],
  [127, '047f'],
  [128, '048100'],
  [16_383, '04ff7f'],
  [16_384, '04818000'],
  [2_097_151, '04ffff7f'],
  [2_097_152, '0480c08000'],
  [268_435_455, '04bfffffff'],
  [-1, '04ffffffff'],
  [-268_435_456, '04c0808000'],
];

describe('AMF 3 numbers', () => {
  test.each(INTEGERS)('%i is the integer %s in both directions', (value, bytes) => {
    expect(buildAmf3([value]).toString('hex')).toBe(bytes);
    expect(parseAmf3(hex(bytes))).toEqual([value]);
  });

  test.each([268_435_456, -268_435_457, 0.5, -0, Number.NaN, Infinity])('%d is a double', (value) => {
    const bytes = buildAmf3([value]);
    expect(bytes[0]).toBe(0x05);
    expect(parseAmf3(bytes)).toEqual([value]);
  });
});

test.each([
  ['undefined, null, false, true', '00 01 02 03', [undefined, null, false, true]],
  ['a string and a reference to it', '06 07 616263  06 00', ['abc', 'abc']],
  ['a dense array', '09 05 01 04 01 04 02', [[1, 2]]],
  ['an array with named entries', '09 03 03 61 04 05 01 04 09', [new AmfEcmaArray(plain({ a: 5, 0: 9 }))]],
  ['an anonymous object', '0a 0b 01 03 61 04 05 01', [plain({ a: 5 })]],
  [
    'an object with sealed members, and another by the same traits',
    '0a 13 03 54 03 61 04 01  0a 01 04 02',
    [new AmfTypedObject('T', plain({ a: 1 })), new AmfTypedObject('T', plain({ a: 2 }))],
  ],
  ['a date', '08 01 426e848000000000', [new Date(1_048_576_000_000)]],
  ['XML of both kinds', '07 09 3c612f3e 0b 09 3c622f3e', [new AmfXml('<a/>'), new AmfXml('<b/>', 'e4x')]],
  ['a byte array', '0c 05 beef', [new AmfByteArray(hex('beef'))]],
  [
    'vectors of numbers',
    '0d 05 01 ffffffff 00000002  0e 03 00 ffffffff  0f 03 00 3ff0000000000000',
    [
      new AmfVector('int', [-1, 2], { fixed: true }),
      new AmfVector('uint', [4_294_967_295]),
      new AmfVector('double', [1]),
    ],
  ],
  ['a vector of objects', '10 03 00 03 54 06 03 78', [new AmfVector('object', ['x'], { typeName: 'T' })]],
  ['a dictionary', '11 03 01 04 01 06 03 78', [new AmfDictionary([[1, 'x']], { weakKeys: true })]],
] as [string, string, AmfValue[]][])('parseAmf3 reads %s', (_name, bytes, values) => {
  expect(parseAmf3(hex(bytes))).toEqual(values);
});

test("parseAmf3 reads Flex's collections, which write themselves", () => {
  const name = Buffer.from('flex.messaging.io.ArrayCollection');
  const bytes = Buffer.concat([
    hex('0a 07'),
    Buffer.from([name.length * 2 + 1]),
    name,
    hex('09 03 01 04 05'),
  ]);
  expect(parseAmf3(bytes)).toEqual([new AmfExternalizable('flex.messaging.io.ArrayCollection', [5])]);
});

test('parseAmf3 resolves a reference to the object that is being read', () => {
  const [list] = parseAmf3(hex('09 03 01 09 00')) as [AmfValue[]];
  expect(list[0]).toBe(list);
});

test.each([
  ['a class that writes itself in an unknown way', '0a 07 03 54 05', /externalizable class "T" is not known/],
  ['a type that does not exist', '12', /0x12 names no value/],
  ['a string reference to nothing', '06 04', /string reference 2, but the table has 0/],
  ['an object reference to nothing', '0a 02', /object reference 1, but the table has 0/],
  ['a traits reference to nothing', '0a 05', /traits reference 1, but the table has 0/],
  ['an array of a quarter billion items', '09 ffffffff 01', /268435455 bytes wanted, 0 left/],
  ['a vector longer than the message', '0f ffffffff 00', /2147483640 bytes wanted/],
  ['traits with more members than bytes', '0a fffffff3 01', /bytes wanted, 0 left/],
  ['a U29 cut short', '04 ff ff', /1 bytes wanted, 0 left/],
])('parseAmf3 rejects %s', (_name, bytes, message) => {
  expect(() => parseAmf3(hex(bytes))).toThrow(message);
  expect(() => parseAmf3(hex(bytes))).toThrow(expect.objectContaining({ code: 'LVG_AMF' }));
});

test('parseAmf3 stops at its limits: depth, number of values and of objects', () => {
  const nested = Buffer.concat(Array.from({ length: 100_000 }, () => hex('09 03 01')));
  expect(() => parseAmf3(nested)).toThrow(/nested deeper than 32/);
  expect(() => parseAmf3(hex('0a0b0101'.repeat(10_001)))).toThrow(/more than 10000 objects/);
  expect(() => parseAmf3(Buffer.alloc(11, 0x01), { maxValues: 10 })).toThrow(/more than 10 values/);
});

describe('buildAmf3', () => {
  test('writes strings, objects and traits that repeat as references', () => {
    const shared = plain({ a: 'a' });
    expect(buildAmf3([shared, shared, plain({ a: 'b' })]).toString('hex')).toBe(
      '0a0b0103610600010a000a010006036201',
    );
  });

  test('gives back every value it was given, cycles included', () => {
    fc.assert(
      fc.property(fc.array(amfValue, { maxLength: 4 }), (values) => {
        deepStrictEqual(parseAmf3(buildAmf3(values)), values);
      }),
    );
    const cycle = new AmfTypedObject('Node');
    cycle.properties['self'] = cycle;
    const [read] = parseAmf3(buildAmf3([cycle])) as [AmfTypedObject];
    expect(read.properties['self']).toBe(read);
  });
});
