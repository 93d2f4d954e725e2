// Reads AMF 3 values, alone or behind AMF 0's avmplus marker.
import type { AmfBudget } from '../amf-limits.ts';
import {
  AmfByteArray,
  AmfDictionary,
  AmfEcmaArray,
  AmfExternalizable,
  AmfTypedObject,
} from '../amf-value.ts';
import { AmfVector, AmfXml, createAmfObject } from '../amf-value.ts';
import type { AmfObject, AmfValue, AmfVectorKind } from '../amf-value.ts';
import type { ByteReader } from '../bytes.ts';
import * as marker from './markers.ts';

/** Externalizable classes whose bytes are exactly one AMF 3 value. The bytes of any other such class are unknown. */
const WRAPPERS: ReadonlySet<string> = new Set([
  'flex.messaging.io.ArrayCollection',
  'flex.messaging.io.ArrayList',
  'flex.messaging.io.ObjectProxy',
  'flex.messaging.io.ManagedObjectProxy',
]);

/** Clause 3.12: the properties that objects of one class share. */
interface Traits {
  readonly className: string;
  readonly externalizable: boolean;
  readonly dynamic: boolean;
  readonly sealed: readonly string[];
}

/** Keeps the three reference tables of one message (clause 2.2: strings, objects, traits). */
export class Amf3ValueReader {
  readonly #input: ByteReader;
  readonly #budget: AmfBudget;
  readonly #strings: string[] = [];
  readonly #objects: AmfValue[] = [];
  readonly #traits: Traits[] = [];

  constructor(input: ByteReader, budget: AmfBudget) {
    this.#input = input;
    this.#budget = budget;
  }

  read(): AmfValue {
    this.#budget.spendValue();
    const type = this.#input.u8();
    switch (type) {
      case marker.UNDEFINED:
        return undefined;
      case marker.NULL:
        return null;
      case marker.FALSE:
        return false;
      case marker.TRUE:
        return true;
      case marker.INTEGER:
        return (this.#readU29() << 3) >> 3;
      case marker.DOUBLE:
        return this.#input.f64();
      case marker.STRING:
        return this.#readString();
      default:
        return this.#readReferable(type);
    }
  }

  /** Clause 1.3.1: seven bits in each of three bytes, then eight. */
  #readU29(): number {
    let value = 0;
    for (let count = 0; count < 3; count++) {
      const byte = this.#input.u8();
      if (byte < 0x80) return (value << 7) | byte;
      value = (value << 7) | (byte & 0x7f);
    }
    return (value << 8) | this.#input.u8();
  }

  // The lowest bit tells a reference (0) from a value (1); the rest is the index, or the length.
  #readString(): string {
    const header = this.#readU29();
    if ((header & 1) === 0) {
      const text = this.#strings[header >> 1];
      if (text === undefined) throw this.#missing('string', header >> 1, this.#strings.length);
      return text;
    }
    const text = this.#input.utf8(header >> 1);
    if (text !== '') this.#strings.push(text);
    return text;
  }

  #readReferable(type: number): AmfValue {
    if (type < marker.XML_DOCUMENT || type > marker.DICTIONARY) {
      throw this.#input.fault(`AMF 3 type marker 0x${type.toString(16).padStart(2, '0')} names no value`);
    }
    const header = this.#readU29();
    if ((header & 1) === 0) {
      if (header >> 1 >= this.#objects.length)
        throw this.#missing('object', header >> 1, this.#objects.length);
      return this.#objects[header >> 1];
    }
    this.#budget.enter();
    const value = this.#readBody(type, header >> 1);
    this.#budget.leave();
    return value;
  }

  #readBody(type: number, length: number): AmfValue {
    switch (type) {
      case marker.XML_DOCUMENT:
        return this.#remember(new AmfXml(this.#input.utf8(length), 'document'));
      case marker.XML:
        return this.#remember(new AmfXml(this.#input.utf8(length), 'e4x'));
      case marker.DATE:
        return this.#remember(new Date(this.#input.f64()));
      case marker.BYTE_ARRAY:
        return this.#remember(new AmfByteArray(Buffer.from(this.#input.slice(length))));
      case marker.ARRAY:
        return this.#readArray(length);
      case marker.OBJECT:
        return this.#readObject(length);
      case marker.DICTIONARY:
        return this.#readDictionary(length);
      default:
        return this.#readVector(type, length);
    }
  }

  #remember<T extends AmfValue>(value: T): T {
    this.#objects.push(value);
    return value;
  }

  // The associative part comes first: it is known whether this is a list before anything can refer to it.
  #readArray(count: number): AmfValue {
    const firstKey = this.#readString();
    this.#input.expect(count);
    if (firstKey === '') {
      const list = this.#remember<AmfValue[]>([]);
      for (let index = 0; index < count; index++) list.push(this.read());
      return list;
    }
    const array = this.#remember(new AmfEcmaArray());
    for (let key = firstKey; key !== ''; key = this.#readString()) array.properties[key] = this.read();
    for (let index = 0; index < count; index++) array.properties[index] = this.read();
    return array;
  }

  #readObject(header: number): AmfValue {
    const traits = this.#readTraits(header);
    if (traits.externalizable) {
      const wrapper = this.#remember(new AmfExternalizable(traits.className, undefined));
      wrapper.value = this.read();
      return wrapper;
    }
    if (traits.className === '') {
      const object = this.#remember(createAmfObject());
      this.#readMembers(traits, object);
      return object;
    }
    const typed = this.#remember(new AmfTypedObject(traits.className));
    this.#readMembers(traits, typed.properties);
    return typed;
  }

  // header: U29O-traits without its lowest bit: 0 is a reference, 1 is inline; then externalizable, dynamic, count.
  #readTraits(header: number): Traits {
    if ((header & 1) === 0) {
      const known = this.#traits[header >> 1];
      if (known === undefined) throw this.#missing('traits', header >> 1, this.#traits.length);
      return known;
    }
    const className = this.#readString();
    const externalizable = (header & 2) !== 0;
    if (externalizable && !WRAPPERS.has(className)) {
      throw this.#input.fault(`the externalizable class "${className.slice(0, 100)}" is not known`);
    }
    const count = externalizable ? 0 : header >> 3;
    this.#input.expect(count);
    const sealed: string[] = [];
    for (let index = 0; index < count; index++) sealed.push(this.#readString());
    const traits = { className, externalizable, dynamic: (header & 4) !== 0, sealed };
    this.#traits.push(traits);
    return traits;
  }

  #readMembers(traits: Traits, target: AmfObject): void {
    for (const key of traits.sealed) target[key] = this.read();
    if (!traits.dynamic) return;
    for (let key = this.#readString(); key !== ''; key = this.#readString()) target[key] = this.read();
  }

  #readVector(type: number, count: number): AmfVector {
    const fixed = this.#input.u8() !== 0;
    const kind = vectorKind(type);
    const typeName = kind === 'object' ? this.#readString() : '';
    this.#input.expect(count, kind === 'object' ? 1 : kind === 'double' ? 8 : 4);
    const items: AmfValue[] = [];
    const vector = this.#remember(new AmfVector(kind, items, { fixed, typeName }));
    for (let index = 0; index < count; index++) items.push(this.#readVectorItem(kind));
    return vector;
  }

  #readVectorItem(kind: AmfVectorKind): AmfValue {
    if (kind === 'object') return this.read();
    this.#budget.spendValue();
    if (kind === 'double') return this.#input.f64();
    return kind === 'int' ? this.#input.i32() : this.#input.u32();
  }

  #readDictionary(count: number): AmfDictionary {
    const weakKeys = this.#input.u8() !== 0;
    this.#input.expect(count, 2);
    const dictionary = this.#remember(new AmfDictionary([], { weakKeys }));
    for (let index = 0; index < count; index++) {
      const key = this.read();
      dictionary.entries.push([key, this.read()]);
    }
    return dictionary;
  }

  #missing(table: string, index: number, size: number): Error {
    return this.#input.fault(`${table} reference ${index}, but the table has ${size}`);
  }
}

function vectorKind(type: number): AmfVectorKind {
  if (type === marker.VECTOR_INT) return 'int';
  if (type === marker.VECTOR_UINT) return 'uint';
  return type === marker.VECTOR_DOUBLE ? 'double' : 'object';
}
