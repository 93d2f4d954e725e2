// AMF values for tests: plain objects, and random values for property tests.
import * as fc from 'fast-check';
import {
  AmfByteArray,
  AmfDictionary,
  AmfEcmaArray,
  AmfExternalizable,
  AmfTypedObject,
  AmfVector,
  AmfXml,
  createAmfObject,
  type AmfObject,
  type AmfValue,
} from '../../../core/media/amf-value.ts';

/** An anonymous object as it is parsed: without a prototype. */
export function plain(entries: Record<string, AmfValue>): AmfObject {
  return Object.assign(createAmfObject(), entries);
}

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const key = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'hasOwnProperty', '0', '17'));

function objectOf(entries: readonly (readonly [string, AmfValue])[]): AmfObject {
  const object = createAmfObject();
  for (const [name, value] of entries) object[name] = value;
  return object;
}

const scalar = fc.oneof<fc.Arbitrary<AmfValue>[]>(
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  text,
  fc.date({ noInvalidDate: false }),
);

/** Values that both versions can carry unchanged. */
export const amfValue: fc.Arbitrary<AmfValue> = fc.letrec<{ value: AmfValue; properties: AmfObject }>(
  (tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
      scalar,
      fc.array(tie('value'), { maxLength: 4 }),
      tie('properties'),
      tie('properties').map(
        (properties) => new AmfEcmaArray(objectOf([...Object.entries(properties), ['named', 1]])),
      ),
      fc
        .tuple(fc.constantFrom('a', 'flex.Message'), tie('properties'))
        .map((parts) => new AmfTypedObject(...parts)),
      text.map((content) => new AmfXml(content)),
      text.map((content) => new AmfXml(content, 'e4x')),
      fc.uint8Array({ maxLength: 9 }).map((bytes) => new AmfByteArray(Buffer.from(bytes))),
      fc.array(fc.integer(), { maxLength: 4 }).map((items) => new AmfVector('int', items, { fixed: true })),
      fc
        .array(tie('value'), { maxLength: 3 })
        .map((items) => new AmfVector('object', items, { typeName: 'T' })),
      fc
        .array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 })
        .map((pairs) => new AmfDictionary(pairs)),
      tie('value').map((value) => new AmfExternalizable('flex.messaging.io.ArrayCollection', value)),
    ),
    // AMF 3 ends its names with an empty one.
    properties: fc
      .array(
        fc.tuple(
          key.filter((name) => name !== ''),
          tie('value'),
        ),
        { maxLength: 4 },
      )
      .map((entries) => objectOf(entries)),
  }),
).value;
