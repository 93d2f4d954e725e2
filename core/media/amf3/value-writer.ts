// Writes AMF 3 values, alone or behind AMF 0's avmplus marker.
import type { AmfBudget } from '../amf-limits.ts';
import {
  AmfByteArray,
  AmfDictionary,
  AmfEcmaArray,
  AmfExternalizable,
  AmfTypedObject,
} from '../amf-value.ts';
import { AmfVector, AmfXml, amfProperties } from '../amf-value.ts';
import type { AmfObject, AmfValue, AmfVectorKind } from '../amf-value.ts';
import type { ByteWriter } from '../bytes.ts';
import { LivegoError } from '../../errors.ts';
import * as marker from './markers.ts';

const VECTOR_MARKERS: Record<AmfVectorKind, number> = {
  int: marker.VECTOR_INT,
  uint: marker.VECTOR_UINT,
  double: marker.VECTOR_DOUBLE,
  object: marker.VECTOR_OBJECT,
};

// U29O-traits: inline object, inline traits, then externalizable or dynamic; no sealed members (clause 3.12).
const TRAITS_EXTERNALIZABLE = 0b0111;
const TRAITS_DYNAMIC = 0b1011;
const TRAITS_REFERENCE = 0b01;

/** Keeps the three reference tables of one message; repeated strings, objects and traits are written as references. */
export class Amf3ValueWriter {
  readonly #output: ByteWriter;
  readonly #budget: AmfBudget;
  readonly #strings = new Map<string, number>();
  readonly #objects = new Map<object, number>();
  readonly #traits = new Map<string, number>();

  constructor(output: ByteWriter, budget: AmfBudget) {
    this.#output = output;
    this.#budget = budget;
  }

  write(value: AmfValue): void {
    this.#budget.spendValue();
    if (value === null) return this.#output.u8(marker.NULL);
    switch (typeof value) {
      case 'number':
        return this.#writeNumber(value);
      case 'boolean':
        return this.#output.u8(value ? marker.TRUE : marker.FALSE);
      case 'string':
        this.#output.u8(marker.STRING);
        return this.#writeString(value);
      case 'undefined':
        return this.#output.u8(marker.UNDEFINED);
      case 'object':
        return this.#writeReferable(value);
      default:
        throw new LivegoError('LVG_AMF', `AMF has no type for a ${typeof value}`);
    }
  }

  #writeNumber(value: number): void {
    const integer = value >= marker.MIN_INTEGER && value <= marker.MAX_INTEGER && Object.is(value | 0, value);
    this.#output.u8(integer ? marker.INTEGER : marker.DOUBLE);
    if (integer) this.#writeU29(value & marker.MAX_U29);
    else this.#output.f64(value);
  }

  #writeU29(value: number): void {
    if (value < 0 || value > marker.MAX_U29) {
      throw new LivegoError('LVG_AMF', `a length or index of ${value}; AMF 3 ends at ${marker.MAX_U29}`);
    }
    if (value > 0x1fffff) {
      this.#output.u8((value >> 22) | 0x80);
      this.#output.u8(((value >> 15) & 0x7f) | 0x80);
      this.#output.u8(((value >> 8) & 0x7f) | 0x80);
      return this.#output.u8(value & 0xff);
    }
    if (value > 0x3fff) this.#output.u8((value >> 14) | 0x80);
    if (value > 0x7f) this.#output.u8(((value >> 7) & 0x7f) | 0x80);
    this.#output.u8(value & 0x7f);
  }

  #writeString(text: string): void {
    const index = this.#strings.get(text);
    if (index !== undefined) return this.#writeU29(index * 2);
    if (text !== '') this.#strings.set(text, this.#strings.size);
    this.#writeText(text);
  }

  #writeText(text: string): void {
    const byteLength = Buffer.byteLength(text);
    this.#writeU29(byteLength * 2 + 1);
    this.#output.utf8(text, byteLength);
  }

  #writeReferable(value: Exclude<AmfValue, null | undefined | string | number | boolean>): void {
    this.#output.u8(typeMarker(value));
    const index = this.#objects.get(value);
    if (index !== undefined) return this.#writeU29(index * 2);
    this.#objects.set(value, this.#objects.size);
    this.#budget.enter();
    this.#writeBody(value);
    this.#budget.leave();
  }

  #writeBody(value: Exclude<AmfValue, null | undefined | string | number | boolean>): void {
    if (value instanceof Date) {
      this.#writeU29(1);
      return this.#output.f64(value.getTime());
    }
    if (value instanceof AmfXml) return this.#writeText(value.text);
    if (value instanceof AmfByteArray) {
      this.#writeU29(value.bytes.length * 2 + 1);
      return this.#output.append(value.bytes);
    }
    if (Array.isArray(value)) return this.#writeList(value as readonly AmfValue[]);
    if (value instanceof AmfEcmaArray) return this.#writeEcmaArray(value.properties);
    if (value instanceof AmfVector) return this.#writeVector(value);
    if (value instanceof AmfDictionary) return this.#writeDictionary(value);
    if (value instanceof AmfExternalizable) {
      this.#writeTraits(value.className, TRAITS_EXTERNALIZABLE);
      return this.write(value.value);
    }
    this.#writeTraits(value instanceof AmfTypedObject ? value.className : '', TRAITS_DYNAMIC);
    this.#writeProperties(amfProperties(value) ?? {});
  }

  #writeList(list: readonly AmfValue[]): void {
    this.#writeU29(list.length * 2 + 1);
    this.#writeString('');
    for (const item of list) this.write(item);
  }

  // All entries are associative, numbered ones too, so that the reader gets an ECMA array again.
  #writeEcmaArray(properties: AmfObject): void {
    this.#writeU29(1);
    this.#writeProperties(properties);
  }

  #writeProperties(properties: AmfObject): void {
    for (const key of Object.keys(properties)) {
      // An empty name ends the list of names, so AMF 3 cannot carry one.
      if (key === '') continue;
      this.#writeString(key);
      this.write(properties[key]);
    }
    this.#writeString('');
  }

  #writeTraits(className: string, flags: number): void {
    const key = `${flags}:${className}`;
    const index = this.#traits.get(key);
    if (index !== undefined) return this.#writeU29(index * 4 + TRAITS_REFERENCE);
    this.#traits.set(key, this.#traits.size);
    this.#writeU29(flags);
    this.#writeString(className);
  }

  #writeVector(vector: AmfVector): void {
    this.#writeU29(vector.items.length * 2 + 1);
    this.#output.u8(vector.fixed ? 1 : 0);
    if (vector.kind === 'object') this.#writeString(vector.typeName);
    for (const item of vector.items) this.#writeVectorItem(vector.kind, item);
  }

  #writeVectorItem(kind: AmfVectorKind, item: AmfValue): void {
    if (kind === 'object') return this.write(item);
    this.#budget.spendValue();
    const number = Number(item);
    if (kind === 'double') return this.#output.f64(number);
    if (kind === 'int') this.#output.i32(number | 0);
    else this.#output.u32(number >>> 0);
  }

  #writeDictionary(dictionary: AmfDictionary): void {
    this.#writeU29(dictionary.entries.length * 2 + 1);
    this.#output.u8(dictionary.weakKeys ? 1 : 0);
    for (const [key, value] of dictionary.entries) {
      this.write(key);
      this.write(value);
    }
  }
}

function typeMarker(value: Exclude<AmfValue, null | undefined | string | number | boolean>): number {
  if (value instanceof Date) return marker.DATE;
  if (value instanceof AmfXml) return value.flavour === 'document' ? marker.XML_DOCUMENT : marker.XML;
  if (value instanceof AmfByteArray) return marker.BYTE_ARRAY;
  if (Array.isArray(value) || value instanceof AmfEcmaArray) return marker.ARRAY;
  if (value instanceof AmfVector) return VECTOR_MARKERS[value.kind];
  return value instanceof AmfDictionary ? marker.DICTIONARY : marker.OBJECT;
}
