// Length-prefixed NAL units (ISO/IEC 14496-15) into a byte stream (H.264 and H.265 Annex B): one access unit, with
// the delimiter that ISO/IEC 13818-1 2.14 asks for and the parameter sets that a player needs who starts here.
import { copyBytes, copyWhole } from '../copy.ts';

/** What a decoder configuration record says about the access units that follow it. */
export interface AccessUnitFormat {
  readonly syntax: 'avc' | 'hevc';
  /** Bytes before each NAL unit: 1, 2 or 4. */
  readonly lengthSize: number;
  /** VPS, SPS and PPS, in the order in which they have to be sent. */
  readonly parameterSets: readonly Buffer[];
}

interface Syntax {
  readonly typeShift: number;
  readonly typeMask: number;
  readonly delimiterType: number;
  readonly firstSetType: number;
  readonly lastSetType: number;
  /** With its start code; it says "any kind of picture". */
  readonly delimiter: Buffer;
}

const START_CODE = 4;

/** Bytes before an access unit's place that `write` may spoil: no more than the PES header has. */
const MAX_PREFIX = 14;

const SYNTAXES: Readonly<Record<AccessUnitFormat['syntax'], Syntax>> = {
  // H.264 table 7-1
  avc: {
    typeShift: 0,
    typeMask: 0x1f,
    delimiterType: 9,
    firstSetType: 7,
    lastSetType: 8,
    delimiter: Buffer.from([0, 0, 0, 1, 0x09, 0xf0]),
  },
  // H.265 table 7-1
  hevc: {
    typeShift: 1,
    typeMask: 0x3f,
    delimiterType: 35,
    firstSetType: 32,
    lastSetType: 34,
    delimiter: Buffer.from([0, 0, 0, 1, 0x46, 0x01, 0x50]),
  },
};

/**
 * Writes access units in two steps: `measure` says how many bytes one will take, `write` puts them down.
 *
 * NAL units that reach past the end of the data are left out, empty ones too; a source's own delimiter is kept.
 */
export class AccessUnitWriter {
  readonly #lengthSize: number;
  readonly #syntax: Syntax;
  readonly #parameterSets: readonly Buffer[];
  readonly #parameterSetBytes: number;
  readonly #setTypes: number;
  #data: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #delimited = false;
  #insertSets = false;
  /** Nothing but the length fields has to change. */
  #whole = false;

  constructor(format: AccessUnitFormat) {
    this.#lengthSize = format.lengthSize;
    this.#syntax = SYNTAXES[format.syntax];
    this.#parameterSets = format.parameterSets.filter((set) => set.length > 0);
    this.#parameterSetBytes = this.#parameterSets.reduce((sum, set) => sum + START_CODE + set.length, 0);
    this.#setTypes = this.#parameterSets.reduce((types, set) => types | this.#setBit(set[0] ?? 0), 0);
  }

  /** Bytes of the access unit made of `data[start, end)`; 0 when there is no NAL unit in it. */
  measure(data: Buffer, start: number, end: number, place: 'keyframe' | 'inter'): number {
    const { typeShift, typeMask, delimiterType } = this.#syntax;
    let size = 0;
    let seen = 0;
    let repeated = 0;
    let consumed = start;
    this.#data = data;
    this.#start = start;
    this.#end = end;
    this.#delimited = false;
    for (let at = start, next = 0; (next = this.#nalEnd(at)) > 0; at = next) {
      const unit = at + this.#lengthSize;
      if (unit === next) continue;
      consumed += next - at;
      const first = data[unit] ?? 0;
      if (size === 0) this.#delimited = ((first >> typeShift) & typeMask) === delimiterType;
      size += START_CODE + next - unit;
      if (place === 'inter') continue;
      const bit = this.#setBit(first);
      seen |= bit;
      if (bit !== 0 && this.#isKnownSet(unit, next)) repeated += START_CODE + next - unit;
    }
    if (size === 0) return 0;
    this.#insertSets = place === 'keyframe' && (this.#setTypes & ~seen) !== 0;
    if (this.#insertSets) size += this.#parameterSetBytes - repeated;
    this.#whole =
      this.#lengthSize === START_CODE &&
      consumed === data.length &&
      start <= MAX_PREFIX &&
      !(this.#insertSets && (repeated > 0 || this.#delimited));
    return this.#delimited ? size : size + this.#syntax.delimiter.length;
  }

  /**
   * Writes what `measure` measured and returns the offset after it. Up to `MAX_PREFIX` bytes before `offset` are
   * spoilt: write what belongs there afterwards.
   */
  write(target: Buffer, offset: number): number {
    return this.#whole ? this.#writeWhole(target, offset) : this.#writeUnits(target, offset);
  }

  // A length field is as long as a start code, so the message is copied at once, its head under what comes before.
  #writeWhole(target: Buffer, offset: number): number {
    const data = this.#data;
    const { delimiter } = this.#syntax;
    const before =
      (this.#delimited ? 0 : delimiter.length) + (this.#insertSets ? this.#parameterSetBytes : 0);
    const shift = offset + before - this.#start;
    copyWhole(target, shift, data);
    for (let at = this.#start, end = 0; (end = this.#nalEnd(at)) > 0; at = end)
      writeStartCode(target, at + shift);
    if (!this.#delimited) {
      this.#writeSets(target, copyBytes(target, offset, delimiter, 0, delimiter.length));
    }
    return shift + data.length;
  }

  #writeUnits(target: Buffer, offset: number): number {
    const data = this.#data;
    let to = offset;
    let pending = true;
    if (!this.#delimited) {
      to = copyBytes(target, to, this.#syntax.delimiter, 0, this.#syntax.delimiter.length);
      to = this.#writeSets(target, to);
      pending = false;
    }
    for (let at = this.#start, end = 0; (end = this.#nalEnd(at)) > 0; at = end) {
      const start = at + this.#lengthSize;
      if (start === end) continue;
      if (this.#insertSets && this.#setBit(data[start] ?? 0) !== 0 && this.#isKnownSet(start, end)) continue;
      to = writeNalUnit(target, to, data, start, end);
      // Parameter sets come behind the source's own delimiter, which is always the first.
      if (pending) to = this.#writeSets(target, to);
      pending = false;
    }
    return to;
  }

  #writeSets(target: Buffer, offset: number): number {
    if (!this.#insertSets) return offset;
    let to = offset;
    for (const set of this.#parameterSets) to = writeNalUnit(target, to, set, 0, set.length);
    return to;
  }

  /** The end of the NAL unit whose length field is at `at`; 0 behind the last one and at a length that is wrong. */
  #nalEnd(at: number): number {
    const data = this.#data;
    const start = at + this.#lengthSize;
    if (start > this.#end) return 0;
    let length = 0;
    for (let index = at; index < start; index++) length = length * 256 + (data[index] ?? 0);
    const end = start + length;
    return end > this.#end ? 0 : end;
  }

  /** One bit for each type of parameter set, 0 for everything else. */
  #setBit(firstByte: number): number {
    const { typeShift, typeMask, firstSetType, lastSetType } = this.#syntax;
    const type = (firstByte >> typeShift) & typeMask;
    return type >= firstSetType && type <= lastSetType ? 1 << (type - firstSetType) : 0;
  }

  #isKnownSet(start: number, end: number): boolean {
    for (const set of this.#parameterSets) {
      if (set.length === end - start && set.compare(this.#data, start, end) === 0) return true;
    }
    return false;
  }
}

function writeStartCode(target: Buffer, offset: number): void {
  target[offset] = 0;
  target[offset + 1] = 0;
  target[offset + 2] = 0;
  target[offset + 3] = 1;
}

function writeNalUnit(target: Buffer, offset: number, source: Buffer, start: number, end: number): number {
  writeStartCode(target, offset);
  return copyBytes(target, offset + START_CODE, source, start, end);
}
