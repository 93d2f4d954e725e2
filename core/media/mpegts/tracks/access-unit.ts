// Length-prefixed NAL units (ISO/IEC 14496-15) into a byte stream (H.264 and H.265 Annex B): one access unit, with the
// delimiter that ISO/IEC 13818-1 2.14 asks for and the parameter sets for a player that starts here.
import { AVC_NAL } from '../../avc/index.ts';
import { HEVC_NAL } from '../../hevc/index.ts';

/** The part of a decoder configuration record that is about the access units that follow it. */
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

const START_CODE_BYTES = 4;
const START_CODE = Buffer.from([0, 0, 0, 1]);
const NO_BYTES = Buffer.alloc(0);

/** Bytes before an access unit's place that `write` may spoil: no more than the PES header has. */
const MAX_SPOILT = 14;

const SYNTAXES: Readonly<Record<AccessUnitFormat['syntax'], Syntax>> = {
  avc: {
    typeShift: 0,
    typeMask: 0x1f,
    delimiterType: AVC_NAL.accessUnitDelimiter,
    firstSetType: AVC_NAL.sps,
    lastSetType: AVC_NAL.pps,
    delimiter: Buffer.from([0, 0, 0, 1, 0x09, 0xf0]),
  },
  hevc: {
    typeShift: 1,
    typeMask: 0x3f,
    delimiterType: HEVC_NAL.accessUnitDelimiter,
    firstSetType: HEVC_NAL.vps,
    lastSetType: HEVC_NAL.pps,
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
  /** The parameter sets with their start codes, alone and behind a delimiter. */
  readonly #sets: Buffer;
  readonly #delimiterAndSets: Buffer;
  readonly #setTypes: number;
  #data: Buffer = NO_BYTES;
  #start = 0;
  #end = 0;
  /** Bytes that go before the first NAL unit. */
  #prefix: Buffer = NO_BYTES;
  /** The parameter sets have to be added: in the prefix, or behind the source's own delimiter. */
  #insertSets = false;
  #delimited = false;
  /** Nothing but the length fields has to change. */
  #whole = false;

  constructor(format: AccessUnitFormat) {
    this.#lengthSize = format.lengthSize;
    this.#syntax = SYNTAXES[format.syntax];
    this.#parameterSets = format.parameterSets.filter((set) => set.length > 0);
    this.#sets = Buffer.concat(this.#parameterSets.flatMap((set) => [START_CODE, set]));
    this.#delimiterAndSets = Buffer.concat([this.#syntax.delimiter, this.#sets]);
    this.#setTypes = this.#parameterSets.reduce((types, set) => types | this.#setBit(set[0] ?? 0), 0);
  }

  /** Forgets the data that it was given last. */
  release(): void {
    this.#data = NO_BYTES;
  }

  /** Bytes of the access unit made of `data[start, end)`; 0 if there is no NAL unit in it. */
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
      size += START_CODE_BYTES + next - unit;
      if (place === 'inter') continue;
      const bit = this.#setBit(first);
      seen |= bit;
      if (bit !== 0 && this.#isKnownSet(unit, next)) repeated += START_CODE_BYTES + next - unit;
    }
    if (size === 0) return 0;
    this.#insertSets = place === 'keyframe' && (this.#setTypes & ~seen) !== 0;
    const changed = this.#insertSets && (repeated > 0 || this.#delimited);
    this.#whole =
      this.#lengthSize === START_CODE_BYTES && consumed === data.length && start <= MAX_SPOILT && !changed;
    return this.#choosePrefix() + size - (this.#insertSets ? repeated : 0);
  }

  /**
   * Writes the access unit that was measured and returns the offset after it. It may spoil up to `MAX_SPOILT` bytes
   * before `offset`: write what belongs there afterwards.
   */
  write(target: Buffer, offset: number): number {
    return this.#whole ? this.#writeWhole(target, offset) : this.#writeUnits(target, offset);
  }

  /** Returns the bytes that are added to the source's NAL units. */
  #choosePrefix(): number {
    if (this.#delimited) {
      this.#prefix = NO_BYTES;
      return this.#insertSets ? this.#sets.length : 0;
    }
    this.#prefix = this.#insertSets ? this.#delimiterAndSets : this.#syntax.delimiter;
    return this.#prefix.length;
  }

  // A length field is as long as a start code, so the message is copied at once, its head under the prefix.
  #writeWhole(target: Buffer, offset: number): number {
    const data = this.#data;
    const shift = offset + this.#prefix.length - this.#start;
    target.set(data, shift);
    for (let at = this.#start, end = 0; (end = this.#nalEnd(at)) > 0; at = end)
      writeStartCode(target, at + shift);
    target.set(this.#prefix, offset);
    return shift + data.length;
  }

  #writeUnits(target: Buffer, offset: number): number {
    const data = this.#data;
    target.set(this.#prefix, offset);
    let to = offset + this.#prefix.length;
    // The source's own delimiter is always the first; the parameter sets come behind it.
    let setsPending = this.#delimited && this.#insertSets;
    for (let at = this.#start, end = 0; (end = this.#nalEnd(at)) > 0; at = end) {
      const start = at + this.#lengthSize;
      if (start === end) continue;
      if (this.#insertSets && this.#setBit(data[start] ?? 0) !== 0 && this.#isKnownSet(start, end)) continue;
      writeStartCode(target, to);
      data.copy(target, to + START_CODE_BYTES, start, end);
      to += START_CODE_BYTES + end - start;
      if (!setsPending) continue;
      target.set(this.#sets, to);
      to += this.#sets.length;
      setsPending = false;
    }
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
