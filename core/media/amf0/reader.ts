// Reads AMF 0 values one by one.
import { AmfBudget, type AmfLimits } from '../amf-limits.ts';
import { AmfEcmaArray, AmfTypedObject, AmfXml, createAmfObject } from '../amf-value.ts';
import type { AmfObject, AmfValue } from '../amf-value.ts';
import { Amf3ValueReader } from '../amf3/value-reader.ts';
import { ByteReader } from '../bytes.ts';
import * as marker from './markers.ts';

/**
 * A cursor over one message. References (AMF 0 clause 2.9) and the tables of AMF 3 values are valid within it.
 *
 * Lenient with known faults of encoders: the count of an ECMA array is only a hint, and the end marker of the last
 * object may be missing.
 */
export class Amf0Reader {
  readonly #input: ByteReader;
  readonly #budget: AmfBudget;
  readonly #references: AmfValue[] = [];
  #amf3: Amf3ValueReader | undefined;

  constructor(bytes: Buffer, limits?: Partial<AmfLimits>) {
    this.#budget = new AmfBudget(limits);
    this.#budget.checkBytes(bytes.length);
    this.#input = new ByteReader(bytes, 'LVG_AMF', 'AMF 0');
  }

  get ended(): boolean {
    return this.#input.remaining === 0;
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#input.offset;
  }

  read(): AmfValue {
    return this.#readTyped(this.#input.u8());
  }

  #readTyped(type: number): AmfValue {
    this.#budget.spendValue();
    switch (type) {
      case marker.NUMBER:
        return this.#input.f64();
      case marker.BOOLEAN:
        return this.#input.u8() !== 0;
      case marker.STRING:
        return this.#input.utf8(this.#input.u16());
      case marker.LONG_STRING:
        return this.#input.utf8(this.#input.u32());
      case marker.XML_DOCUMENT:
        this.#budget.spendObject();
        return new AmfXml(this.#input.utf8(this.#input.u32()));
      case marker.NULL:
        return null;
      case marker.UNDEFINED:
      case marker.UNSUPPORTED:
        return undefined;
      case marker.DATE:
        return this.#readDate();
      case marker.REFERENCE:
        return this.#readReference();
      default:
        return this.#readContainer(type);
    }
  }

  #readContainer(type: number): AmfValue {
    this.#budget.enter();
    const value = this.#readContainerBody(type);
    this.#budget.leave();
    return value;
  }

  #readContainerBody(type: number): AmfValue {
    switch (type) {
      case marker.OBJECT: {
        const object = createAmfObject();
        this.#references.push(object);
        this.#readProperties(object);
        return object;
      }
      case marker.ECMA_ARRAY: {
        this.#input.skip(4);
        const array = new AmfEcmaArray();
        this.#references.push(array);
        this.#readProperties(array.properties);
        return array;
      }
      case marker.TYPED_OBJECT: {
        const object = new AmfTypedObject(this.#input.utf8(this.#input.u16()));
        this.#references.push(object);
        this.#readProperties(object.properties);
        return object;
      }
      case marker.STRICT_ARRAY:
        return this.#readStrictArray();
      case marker.AVMPLUS:
        this.#amf3 ??= new Amf3ValueReader(this.#input, this.#budget);
        return this.#amf3.read();
      default:
        throw this.#input.fault(`type marker 0x${type.toString(16).padStart(2, '0')} names no value`);
    }
  }

  #readProperties(target: AmfObject): void {
    while (!this.#atMissingEnd()) {
      const key = this.#input.utf8(this.#input.u16());
      const type = this.#input.u8();
      if (type === marker.OBJECT_END && key === '') return;
      target[key] = this.#readTyped(type);
    }
  }

  // Some encoders leave out 00 00 09 at the end of a message, wholly or in part.
  #atMissingEnd(): boolean {
    const { bytes, offset, remaining } = this.#input;
    if (remaining > 2) return false;
    return bytes.subarray(offset).every((byte) => byte === 0) && this.#skipRest();
  }

  #skipRest(): true {
    this.#input.skip(this.#input.remaining);
    return true;
  }

  #readStrictArray(): AmfValue {
    const count = this.#input.u32();
    this.#input.expect(count);
    const array: AmfValue[] = [];
    this.#references.push(array);
    for (let index = 0; index < count; index++) array.push(this.read());
    return array;
  }

  // The time zone that follows is reserved and means nothing (clause 2.13).
  #readDate(): Date {
    this.#budget.spendObject();
    const date = new Date(this.#input.f64());
    this.#input.skip(2);
    return date;
  }

  #readReference(): AmfValue {
    const index = this.#input.u16();
    if (index >= this.#references.length) {
      throw this.#input.fault(`reference ${index} to one of ${this.#references.length} objects`);
    }
    return this.#references[index];
  }
}
