// Writes AMF 0 values one by one.
import { AmfBudget, type AmfLimits } from '../amf-limits.ts';
import { AmfEcmaArray, AmfTypedObject, AmfXml, isAmfObject } from '../amf-value.ts';
import type { AmfObject, AmfValue } from '../amf-value.ts';
import { Amf3ValueWriter } from '../amf3/value-writer.ts';
import { ByteWriter } from '../bytes.ts';
import { LivegoError } from '../../errors.ts';
import * as marker from './markers.ts';

const MAX_U16 = 0xffff;

/**
 * Collects one message. A repeated object is written again, because librtmp and its derivatives cannot read references;
 * only an object that contains itself is written as one. Types that AMF 0 lacks (byte arrays, vectors …) are written as
 * AMF 3 values behind the avmplus marker.
 */
export class Amf0Writer {
  readonly #output: ByteWriter;
  readonly #budget: AmfBudget;
  /** Index in the reader's reference table of each object that is open now. */
  readonly #open = new Map<object, number>();
  #references = 0;
  #amf3: Amf3ValueWriter | undefined;

  constructor(limits?: Partial<AmfLimits>) {
    this.#budget = new AmfBudget(limits);
    this.#output = new ByteWriter(this.#budget.limits.maxBytes, 'LVG_AMF');
  }

  build(): Buffer {
    return this.#output.build();
  }

  write(value: AmfValue): void {
    this.#budget.spendValue();
    if (value === null) return this.#output.u8(marker.NULL);
    switch (typeof value) {
      case 'number':
        this.#output.u8(marker.NUMBER);
        return this.#output.f64(value);
      case 'boolean':
        this.#output.u8(marker.BOOLEAN);
        return this.#output.u8(value ? 1 : 0);
      case 'string':
        return this.#writeString(value);
      case 'undefined':
        return this.#output.u8(marker.UNDEFINED);
      case 'object':
        return this.#writeObject(value);
      default:
        throw new LivegoError('LVG_AMF', `AMF has no type for a ${typeof value}`);
    }
  }

  #writeObject(value: Exclude<AmfValue, null | undefined | string | number | boolean>): void {
    if (value instanceof Date) return this.#writeDate(value);
    if (value instanceof AmfXml && value.flavour === 'document') {
      this.#output.u8(marker.XML_DOCUMENT);
      return this.#writeLongText(value.text);
    }
    const index = this.#open.get(value);
    if (index !== undefined) return this.#writeReference(index);
    this.#budget.enter();
    this.#writeContainer(value);
    this.#budget.leave();
  }

  #writeContainer(value: Exclude<AmfValue, null | undefined | string | number | boolean | Date>): void {
    if (Array.isArray(value)) return this.#writeStrictArray(value as readonly AmfValue[]);
    if (value instanceof AmfEcmaArray) {
      this.#output.u8(marker.ECMA_ARRAY);
      this.#output.u32(Object.keys(value.properties).length);
      return this.#writeProperties(value, value.properties);
    }
    if (value instanceof AmfTypedObject) {
      this.#output.u8(marker.TYPED_OBJECT);
      this.#writeShortText(value.className);
      return this.#writeProperties(value, value.properties);
    }
    if (isAmfObject(value)) {
      this.#output.u8(marker.OBJECT);
      return this.#writeProperties(value, value);
    }
    this.#output.u8(marker.AVMPLUS);
    this.#amf3 ??= new Amf3ValueWriter(this.#output, this.#budget);
    this.#amf3.write(value);
  }

  #writeProperties(owner: object, properties: AmfObject): void {
    this.#open.set(owner, this.#references++);
    for (const key of Object.keys(properties)) {
      this.#writeShortText(key);
      this.write(properties[key]);
    }
    this.#output.u16(0);
    this.#output.u8(marker.OBJECT_END);
    this.#open.delete(owner);
  }

  #writeStrictArray(array: readonly AmfValue[]): void {
    this.#open.set(array, this.#references++);
    this.#output.u8(marker.STRICT_ARRAY);
    this.#output.u32(array.length);
    for (const item of array) this.write(item);
    this.#open.delete(array);
  }

  #writeReference(index: number): void {
    if (index > MAX_U16) {
      throw new LivegoError(
        'LVG_AMF',
        `an object that contains itself is number ${index}; AMF 0 ends at ${MAX_U16}`,
      );
    }
    this.#output.u8(marker.REFERENCE);
    this.#output.u16(index);
  }

  #writeDate(date: Date): void {
    this.#output.u8(marker.DATE);
    this.#output.f64(date.getTime());
    this.#output.u16(0);
  }

  #writeString(text: string): void {
    const byteLength = Buffer.byteLength(text);
    if (byteLength > MAX_U16) {
      this.#output.u8(marker.LONG_STRING);
      this.#output.u32(byteLength);
    } else {
      this.#output.u8(marker.STRING);
      this.#output.u16(byteLength);
    }
    this.#output.utf8(text, byteLength);
  }

  #writeLongText(text: string): void {
    const byteLength = Buffer.byteLength(text);
    this.#output.u32(byteLength);
    this.#output.utf8(text, byteLength);
  }

  #writeShortText(text: string): void {
    const byteLength = Buffer.byteLength(text);
    if (byteLength > MAX_U16) {
      throw new LivegoError('LVG_AMF', `a name of ${byteLength} bytes; AMF 0 names end at ${MAX_U16}`);
    }
    this.#output.u16(byteLength);
    this.#output.utf8(text, byteLength);
  }
}
