// Data messages, which are FLV script tags as well: onMetaData above all (FLV spec E.4.4, E.5).
import { LivegoError } from '../../errors.ts';
import {
  Amf0Reader,
  AmfEcmaArray,
  amfProperties,
  AmfTypedObject,
  buildAmf0,
  createAmfObject,
  parseAmf0,
} from '../amf0/index.ts';
import type { AmfObject, AmfValue } from '../amf0/index.ts';

export const ON_META_DATA = 'onMetaData';
/** `@setDataFrame` as AMF 0 string: a publisher asks the server to keep the message for late joiners. */
const SET_DATA_FRAME = Buffer.from('\u0002\0\r@setDataFrame', 'latin1');
const AVMPLUS_MARKER = 0x11;

/** Names of onMetaData's properties about one kind of track (FLV spec E.5, and the additions of OBS and ffmpeg). */
const TRACK_PROPERTIES = {
  audio: /^(audio|hasAudio$|stereo$|\d\.\d$)/,
  video:
    /^(video|hasVideo$|width$|height$|framerate$|fps$|displayWidth$|displayHeight$|avc|hasKeyframes$|keyframes$|lastkeyframe)/,
};

/**
 * Names of onMetaData's properties about a file: its length, its size, and where it can be entered. ffmpeg, yamdi, flvtool2,
 * FLVMDI, flvmeta and OBS write them, in letters of either case.
 */
const FILE_PROPERTIES =
  /^((total)?duration|filesize|bytelength|(data|audio|video)size|(has)?keyframes|seekpoints|last(second|timestamp|keyframetimestamp|keyframelocation)|canseek(toend|ontime))$/i;

/** A data message: the name of the function that a player calls, and its arguments. */
export interface DataMessage {
  readonly name: string;
  readonly values: readonly AmfValue[];
}

/**
 * The payload for players and FLV files: without `@setDataFrame`, without the byte 0 that begins a message of type 15
 * ("AMF 3 data"), and with AMF 3 values as AMF 0, which is all that FLV players read. A view of the payload if bytes need
 * only be left out. Throws LVG_AMF if AMF 3 values are malformed; the rest is not read.
 */
export function normaliseDataMessage(payload: Buffer): Buffer {
  const body = withoutPrefix(payload);
  return hasAmf3Value(body) ? buildAmf0(parseAmf0(body)) : body;
}

// Markers further in belong to AMF 0 objects, where no encoder puts AMF 3.
function hasAmf3Value(body: Buffer): boolean {
  if (body[0] === AVMPLUS_MARKER) return true;
  const nameLength = body.length < 3 || body[0] !== 2 ? 0 : body.readUInt16BE(1);
  return nameLength > 0 && body[3 + nameLength] === AVMPLUS_MARKER;
}

/** The name of a data message, e.g. "onMetaData", "onCuePoint"; undefined if it does not begin with a string. */
export function dataMessageName(payload: Buffer): string | undefined {
  const body = withoutPrefix(payload);
  if (body.length < 3 || body[0] !== 2) return undefined;
  const length = body.readUInt16BE(1);
  return body.length < 3 + length ? undefined : body.toString('utf8', 3, 3 + length);
}

// A name is a string, marker 2, so a leading 0 can only be the byte of type 15.
function withoutPrefix(payload: Buffer): Buffer {
  const body = payload[0] === 0 ? payload.subarray(1) : payload;
  return body.subarray(0, SET_DATA_FRAME.length).equals(SET_DATA_FRAME)
    ? body.subarray(SET_DATA_FRAME.length)
    : body;
}

/** Reads a data message in any of its forms. Throws LVG_AMF if it is malformed or has no name. */
export function parseDataMessage(payload: Buffer): DataMessage {
  const reader = new Amf0Reader(withoutPrefix(payload));
  const name = reader.ended ? undefined : reader.read();
  if (typeof name !== 'string') throw new LivegoError('LVG_AMF', 'a data message begins with no name');
  const values: AmfValue[] = [];
  while (!reader.ended) values.push(reader.read());
  return { name, values };
}

/** The properties of onMetaData; undefined for another message. Throws LVG_AMF if it is malformed. */
export function parseMetadata(payload: Buffer): AmfObject | undefined {
  if (dataMessageName(payload) !== ON_META_DATA) return undefined;
  return amfProperties(parseDataMessage(payload).values[0]);
}

/** The properties of onMetaData; undefined for another message, and for one that cannot be read. */
export function readMetadata(payload: Buffer): AmfObject | undefined {
  try {
    return parseMetadata(payload);
  } catch (error) {
    if (error instanceof LivegoError) return undefined;
    throw error;
  }
}

/** The body of a script tag, and of a data message to a player. A publisher's has `@setDataFrame` in front. */
export function buildMetadata(properties: AmfObject): Buffer {
  return buildAmf0([ON_META_DATA, new AmfEcmaArray(properties)]);
}

/** The data message of a publisher. */
export function buildSetDataFrame(properties: AmfObject): Buffer {
  return Buffer.concat([SET_DATA_FRAME, buildMetadata(properties)]);
}

/**
 * onMetaData of a live stream: without what it says of a file, because players show a bar of that length, and seek by it. Any
 * other message is returned unchanged, and so is one that says nothing of a file, cannot be read, or would become longer.
 */
export function liveMetadata(payload: Buffer): Buffer {
  if (dataMessageName(payload) !== ON_META_DATA) return payload;
  try {
    const { name, values } = parseDataMessage(payload);
    const [first, ...others] = values;
    const properties = amfProperties(first) ?? {};
    const names = Object.keys(properties);
    const kept = createAmfObject();
    for (const each of names) if (!FILE_PROPERTIES.test(each)) kept[each] = properties[each];
    if (Object.keys(kept).length === names.length) return payload;
    // Objects that are referred to many times are written as often: a short message must not become a long one.
    return buildAmf0([name, withProperties(first, kept), ...others], { maxBytes: payload.length });
  } catch (error) {
    if (error instanceof LivegoError) return payload;
    throw error;
  }
}

/** Another value of the same type. */
function withProperties(value: AmfValue, properties: AmfObject): AmfValue {
  if (value instanceof AmfEcmaArray) return new AmfEcmaArray(properties);
  return value instanceof AmfTypedObject ? new AmfTypedObject(value.className, properties) : properties;
}

/**
 * onMetaData for viewers who get only one kind of track. Properties of the other kind are left out, because players wait
 * for an announced track (flv.js by `hasVideo`, others by `width`). Any other message is returned unchanged, and so is
 * one that cannot be read: the player may still understand it.
 */
export function restrictMetadata(payload: Buffer, only: 'audio' | 'video'): Buffer {
  const properties = readMetadata(payload);
  if (properties === undefined) return payload;
  const unwanted = TRACK_PROPERTIES[only === 'audio' ? 'video' : 'audio'];
  const kept = createAmfObject();
  for (const key of Object.keys(properties)) if (!unwanted.test(key)) kept[key] = properties[key];
  kept['hasAudio'] = only === 'audio';
  kept['hasVideo'] = only === 'video';
  return buildMetadata(kept);
}
