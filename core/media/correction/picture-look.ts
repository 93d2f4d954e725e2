// A look at the first NAL units of a message: which picture is in it, and whether it begins there. Runs for every frame.
import { AVC_NAL } from '../avc/index.ts';
import { BitReader } from '../bit-reader.ts';
import { LivegoError } from '../../errors.ts';
import { HEVC_NAL } from '../hevc/index.ts';

export type NalSyntax = 'avc' | 'hevc';

/**
 * - `none`: parameter sets, SEI and the like alone.
 * - `random-access`: decoding can start with it.
 * - `other`: it refers to pictures before it, as far as its NAL unit type tells.
 * - `unread`: these are no NAL units with lengths, or of types that no server has to know.
 */
export type Picture = 'none' | 'random-access' | 'other' | 'unread';

/** NAL units of a message that are looked at: before the picture come a delimiter, parameter sets and some SEI. */
const MAX_UNITS = 24;
const AVC_LAST_SLICE = 5;
const AVC_IDR_SLICE = 5;
const HEVC_LAST_SLICE = 31;
/** BLA, IDR and CRA (H.265 table 7-1). */
const HEVC_FIRST_IRAP = 16;
const HEVC_LAST_IRAP = 23;
const SEI_RECOVERY_POINT = 6;
const HEVC_HEADER_BYTES = 2;
/** More than the first two fields of a slice header take. */
const MAX_SLICE_HEAD_BYTES = 10;

/** A record that each `read` overwrites. */
export class PictureLook {
  picture: Picture = 'none';
  /** The message has the first slice of its picture: first_mb_in_slice is 0, first_slice_segment_in_pic_flag is set. */
  first = false;
  /** Where the first slice's NAL unit begins. */
  #slice = 0;

  /** Looks at the NAL units of `payload` from `start` on, each behind a length of `lengthSize` bytes. */
  read(payload: Buffer, start: number, lengthSize: number, syntax: NalSyntax): void {
    this.picture = 'unread';
    this.first = false;
    let at = start;
    for (let count = 0; count < MAX_UNITS && at < payload.length; count++) {
      const unit = at + lengthSize;
      const end = unit + readLength(payload, at, lengthSize);
      if (end > payload.length) {
        this.picture = 'unread';
        return;
      }
      if (end > unit && this.#readUnit(payload, unit, end, syntax)) return;
      at = end;
    }
  }

  /** Whether the picture, of type `other`, is one that decoding can start with, by its SEI or its slice. */
  recovers(
    payload: Buffer,
    start: number,
    lengthSize: number,
    syntax: NalSyntax,
  ): 'by-sei' | 'by-slice' | 'no' {
    let at = start;
    for (let count = 0; count < MAX_UNITS && at < this.#slice; count++) {
      const unit = at + lengthSize;
      const end = unit + readLength(payload, at, lengthSize);
      if (isSei(payload[unit]!, syntax) && hasRecoveryPoint(payload, unit + headerBytes(syntax), end))
        return 'by-sei';
      at = end;
    }
    if (syntax === 'hevc') return 'no';
    return isIntraSlice(payload, this.#slice + 1) ? 'by-slice' : 'no';
  }

  /** Whether the unit is a slice. */
  #readUnit(payload: Buffer, unit: number, end: number, syntax: NalSyntax): boolean {
    const header = payload[unit]!;
    const type = syntax === 'avc' ? header & 0x1f : (header >> 1) & 0x3f;
    if (syntax === 'avc' ? type < 1 || type > AVC_LAST_SLICE : type > HEVC_LAST_SLICE) {
      if (type > 0) this.picture = 'none';
      return false;
    }
    const access =
      syntax === 'avc' ? type === AVC_IDR_SLICE : type >= HEVC_FIRST_IRAP && type <= HEVC_LAST_IRAP;
    this.picture = access ? 'random-access' : 'other';
    this.#slice = unit;
    const slice = unit + headerBytes(syntax);
    // ue(v) of 0 is a single bit that is set, and so is the flag of HEVC.
    this.first = slice < end && payload[slice]! >= 0x80;
    return true;
  }
}

/** NAL units before a usual picture: a delimiter, SEI. */
const MAX_UNITS_BEFORE = 4;
/** Lengths of four bytes that look like a start code: 00 00 00 01, and 00 00 01 with any byte behind it. */
const SHORT_CODE = 0x1_00;
const LAST_SHORT_CODE = 0x1_ff;

/**
 * The picture of an H.264 message that begins, behind a delimiter and SEI perhaps, with its first slice; lengths have four
 * bytes. Cheaper than a `PictureLook`; `unread` where that has to tell.
 */
export function usualPicture(payload: Buffer, start: number): Picture {
  let at = start;
  for (let count = 0; count <= MAX_UNITS_BEFORE; count++) {
    const unit = at + 4;
    if (unit + 1 >= payload.length) return 'unread';
    const length =
      (payload[at]! << 24) | (payload[at + 1]! << 16) | (payload[at + 2]! << 8) | payload[at + 3]!;
    const isCode = length === 1 || (length >= SHORT_CODE && length <= LAST_SHORT_CODE);
    if (length < 1 || (isCode && at === start) || unit + length > payload.length) return 'unread';
    const type = payload[unit]! & 0x1f;
    if (type === 1 || type === AVC_IDR_SLICE) {
      if (payload[unit + 1]! < 0x80) return 'unread';
      return type === 1 ? 'other' : 'random-access';
    }
    if (type !== AVC_NAL.sei && type !== AVC_NAL.accessUnitDelimiter) return 'unread';
    at = unit + length;
  }
  return 'unread';
}

function headerBytes(syntax: NalSyntax): number {
  return syntax === 'avc' ? 1 : HEVC_HEADER_BYTES;
}

export function readLength(payload: Buffer, at: number, lengthSize: number): number {
  let length = 0;
  for (let index = at; index < at + lengthSize; index++) length = length * 256 + (payload[index] ?? 0);
  return length;
}

function isSei(header: number, syntax: NalSyntax): boolean {
  return syntax === 'avc' ? (header & 0x1f) === AVC_NAL.sei : ((header >> 1) & 0x3f) === HEVC_NAL.prefixSei;
}

/** Walks the messages of an SEI (H.264 clause 7.3.2.3.1, H.265 clause 7.3.5). */
function hasRecoveryPoint(payload: Buffer, from: number, end: number): boolean {
  let at = from;
  // Two bytes of type and size, and the trailing bits behind the last message.
  while (at + 2 < end) {
    let type = 0;
    while (payload[at] === 0xff && at < end) type += payload[at++]!;
    type += payload[at++] ?? 0;
    if (type === SEI_RECOVERY_POINT) return true;
    let size = 0;
    while (payload[at] === 0xff && at < end) size += payload[at++]!;
    at += 1 + size + (payload[at] ?? 0);
  }
  return false;
}

/** slice_type (H.264 clause 7.3.3): 2 and 4 are I and SI; 5 more says that all slices of the picture are. */
function isIntraSlice(payload: Buffer, slice: number): boolean {
  try {
    const input = new BitReader(payload.subarray(slice, slice + MAX_SLICE_HEAD_BYTES), 'AVC slice header');
    input.ue();
    const type = input.ue() % 5;
    return type === 2 || type === 4;
  } catch (error) {
    if (error instanceof LivegoError) return false;
    throw error;
  }
}
