import { deepStrictEqual } from 'node:assert/strict';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  AmfByteArray,
  AmfEcmaArray,
  AmfTypedObject,
  AmfXml,
  buildAmf0,
  parseAmf0,
} from '../../../../core/media/amf0/index.ts';
import type { AmfObject, AmfValue } from '../../../../core/media/amf0/index.ts';
import { amfValue, plain } from '../amf-arbitrary.ts';
import { hex } from '../bytes.ts';

/** connect("live"), as librtmp begins it. */
const CONNECT = hex(`
  02 0007 636f6e6e656374  00 3ff0000000000000
  03 0003 617070 02 0004 6c697665
     0004 7470 5572 00 4000000000000000
     0000 09`);

/** The script tag body that ffmpeg 5.1 wrote for a 160x90 test picture with stereo sound, shortened to four entries. */
const METADATA = hex(`
  02 000a 6f6e4d65746144617461
  08 0000000d
     0008 6475726174696f6e 00 3fdb126e978d4fdf
     0005 7769647468 00 4064000000000000
     0006 73746572656f 01 01
     0007 656e636f646572 02 000d 4c61766635392e32372e313030
     0000 09`);

test('parseAmf0 reads the connect command of a publisher', () => {
  expect(parseAmf0(CONNECT)).toEqual(['connect', 1, plain({ app: 'live', tpUr: 2 })]);
});

test('parseAmf0 reads onMetaData although ffmpeg counts more entries than there are', () => {
  const [name, metadata] = parseAmf0(METADATA);
  expect(name).toBe('onMetaData');
  expect(metadata).toBeInstanceOf(AmfEcmaArray);
  expect((metadata as AmfEcmaArray).properties).toEqual(
    plain({ duration: 0.423, width: 160, stereo: true, encoder: 'Lavf59.27.100' }),
  );
});

test.each([3, 2, 1])(
  'parseAmf0 forgives an encoder that leaves out the last %i bytes of the end marker',
  (missing) => {
    expect(parseAmf0(METADATA.subarray(0, -missing))).toEqual(parseAmf0(METADATA));
  },
);

test.each([
  ['null', '05', null],
  ['undefined', '06', undefined],
  ['unsupported, as undefined', '0d', undefined],
  ['true', '01 01', true],
  ['false', '01 00', false],
  ['a boolean that is neither 0 nor 1, as true', '01 ff', true],
  ['minus zero', '00 8000000000000000', -0],
  ['an empty string', '02 0000', ''],
  ['text beyond ASCII', '02 000a e79bb4e692adf09f8ea5', '直播🎥'],
  ['a long string', '0c 00000003 616263', 'abc'],
  ['a strict array', '0a 00000002 05 0100', [null, false]],
  ['a date, whose time zone means nothing', '0b 426e848000000000 ffc4', new Date(1048576000000)],
])('parseAmf0 reads %s', (_name, bytes, value) => {
  expect(parseAmf0(hex(bytes))).toEqual([value]);
});

test('parseAmf0 reads XML, typed objects and AMF 3 values', () => {
  expect(parseAmf0(hex('0f 00000004 3c612f3e'))).toEqual([new AmfXml('<a/>')]);
  expect(parseAmf0(hex('10 0001 54 0001 78 05 0000 09'))).toEqual([
    new AmfTypedObject('T', plain({ x: null })),
  ]);
  expect(parseAmf0(hex('11 04 07  11 0c 05 beef'))).toEqual([7, new AmfByteArray(hex('beef'))]);
});

test('parseAmf0 resolves references, also one to the object that is being read', () => {
  const [first, again] = parseAmf0(hex('03 0004 73656c66 07 0000 0000 09  07 0000')) as [
    AmfObject,
    AmfObject,
  ];
  expect(first['self']).toBe(first);
  expect(again).toBe(first);
});

test('parseAmf0 gives names such as __proto__ no power', () => {
  const [object] = parseAmf0(hex('03 0009 5f5f70726f746f5f5f 03 0001 78 05 0000 09 0000 09')) as [AmfObject];
  expect(Object.getPrototypeOf(object)).toBeNull();
  expect(Object.keys(object)).toEqual(['__proto__']);
  expect(({} as Record<string, unknown>)['x']).toBeUndefined();
});

test.each([
  ['a number cut short', '00 3ff0', /8 bytes wanted, 2 left/],
  ['a string longer than the message', '02 ffff 61', /65535 bytes wanted, 1 left/],
  ['a strict array of four billion items', '0a ffffffff', /4294967295 bytes wanted, 0 left/],
  ['a reference to nothing', '07 0000', /reference 0 to one of 0 objects/],
  ['the reserved type movieclip', '04', /0x04 names no value/],
  ['an end marker on its own', '09', /0x09 names no value/],
  ['an object cut off inside a value', '03 0001 61 02', /2 bytes wanted, 0 left/],
])('parseAmf0 rejects %s and says where', (_name, bytes, message) => {
  expect(() => parseAmf0(hex(bytes))).toThrow(message);
  expect(() => parseAmf0(hex(bytes))).toThrow(expect.objectContaining({ code: 'LVG_AMF' }));
});

test('parseAmf0 stops at its limits: depth, number of values and of objects, bytes', () => {
  const nested = Buffer.concat(Array.from({ length: 100_000 }, () => hex('0a 00000001')));
  expect(() => parseAmf0(nested)).toThrow(/nested deeper than 32 \(maxDepth\)/);
  expect(() => parseAmf0(Buffer.alloc(11, 0x05), { maxValues: 10 })).toThrow(
    /more than 10 values \(maxValues\)/,
  );
  expect(() => parseAmf0(hex('03000009'.repeat(10_001)))).toThrow(/more than 10000 objects \(maxObjects\)/);
  expect(() => parseAmf0(hex('0b00000000000000000000'.repeat(3)), { maxObjects: 2 })).toThrow(
    /more than 2 objects/,
  );
  expect(() => parseAmf0(Buffer.alloc(11, 0x05), { maxBytes: 10 })).toThrow(/11 bytes; maxBytes is 10/);
});

test('buildAmf0 writes a command byte for byte', () => {
  expect(buildAmf0(['connect', 1, { app: 'live', tpUr: 2 }]).toString('hex')).toBe(CONNECT.toString('hex'));
});

test('buildAmf0 chooses between string and long string by bytes, not by characters', () => {
  expect(
    buildAmf0(['é'.repeat(32_767)])
      .subarray(0, 3)
      .toString('hex'),
  ).toBe('02fffe');
  expect(
    buildAmf0(['é'.repeat(32_768)])
      .subarray(0, 5)
      .toString('hex'),
  ).toBe('0c00010000');
});

test('buildAmf0 writes a shared object twice, since librtmp reads no references, but ends a cycle with one', () => {
  const shared: AmfObject = { x: null };
  expect(buildAmf0([[shared, shared]]).toString('hex')).toBe('0a0000000203000178050000090300017805000009');
  const cycle: AmfObject = {};
  cycle['self'] = [cycle];
  const [read] = parseAmf0(buildAmf0([shared, cycle])).slice(1) as [AmfObject];
  expect((read['self'] as AmfValue[])[0]).toBe(read);
});

test('buildAmf0 never multiplies a small message into a large one', () => {
  let bomb: AmfValue = [];
  for (let level = 0; level < 20; level++) bomb = [bomb, bomb, bomb, bomb, bomb, bomb, bomb, bomb];
  expect(() => buildAmf0([bomb])).toThrow(expect.objectContaining({ code: 'LVG_AMF' }));
});

test('buildAmf0 writes as many bytes as it may, and no more', () => {
  // A number takes nine bytes.
  expect(buildAmf0([1], { maxBytes: 9 })).toHaveLength(9);
  expect(() => buildAmf0([1, null], { maxBytes: 9 })).toThrow(/more than 9 bytes/);
  expect(() => buildAmf0(['x'.repeat(400)], { maxBytes: 300 })).toThrow(/more than 300 bytes/);
  expect(() => buildAmf0(['x'.repeat(297), null], { maxBytes: 300 })).toThrow(/more than 300 bytes/);
});

test('buildAmf0 rejects a name that AMF 0 cannot carry', () => {
  expect(() => buildAmf0([{ ['n'.repeat(65_536)]: 1 }])).toThrow(/a name of 65536 bytes/);
});

test('buildAmf0 gives back every value it was given', () => {
  fc.assert(
    fc.property(fc.array(amfValue, { maxLength: 4 }), (values) => {
      deepStrictEqual(parseAmf0(buildAmf0(values)), values);
    }),
  );
});
