// Commands (types 20 and 17) and data messages (18 and 15): AMF values with a name in front (RTMP 1.0, 7.1.1, 7.1.2).
import { LivegoError } from '../../errors.ts';
import { buildAmf0, readAmf0, rebuildAmf0 } from '../../media/amf0/index.ts';
import { readAmf3 } from '../../media/amf3/index.ts';
import type { AmfValue } from '../../media/amf-value.ts';
import { MESSAGE_TYPE } from './message.ts';

/** Which message types carry commands and data: 20 and 18 (objectEncoding 0), or 17 and 15 (objectEncoding 3). */
export type CommandEncoding = 'amf0' | 'amf3';

/** One command, in either direction. `object` is the command object: null except in connect and its answers. */
export interface RtmpCommand {
  readonly name: string;
  /** 0 if no answer is wanted; an answer carries the number of its call. */
  readonly transactionId: number;
  readonly object: AmfValue;
  readonly args: readonly AmfValue[];
}

/** One data message: a handler's name (`@setDataFrame`, `onMetaData`, `|RtmpSampleAccess` …) and its values. */
export interface RtmpData {
  readonly name: string;
  readonly args: readonly AmfValue[];
}

/** Message type and payload, to be sent on a message stream. */
export interface BuiltMessage {
  readonly type: number;
  readonly payload: Buffer;
}

/** Far above any real command or metadata; bounds the memory that one message can make the parser use. */
const LIMITS = { maxBytes: 1024 * 1024, maxValues: 50_000 };

const AMF0_FORMAT = 0;
const AMF3_FORMAT = 3;
const AMF0_STRING_MARKER = 2;
const AMF3_STRING_MARKER = 6;

export function isCommandType(type: number): boolean {
  return type === MESSAGE_TYPE.commandAmf0 || type === MESSAGE_TYPE.commandAmf3;
}

/**
 * Reads a message of type 20 or 17, as far as it can be read: what is behind a damaged value is left out, and so are bytes
 * that are no value. A transaction id that is missing or not a number counts as 0, as several encoders send FCUnpublish and
 * the like without one. Throws LVG_RTMP_COMMAND if there is no name.
 *
 * @param onFault - called with the fault at which reading ended
 */
export function parseCommand(
  type: number,
  payload: Buffer,
  onFault: (fault: LivegoError) => void = () => {},
): RtmpCommand {
  const { values, fault } = readValues(type, payload);
  const [name, transactionId, object, ...args] = values;
  if (typeof name !== 'string' || name === '') {
    throw new LivegoError(
      'LVG_RTMP_COMMAND',
      `A command of ${payload.length} bytes does not begin with its name.`,
    );
  }
  if (fault) onFault(fault);
  return {
    name,
    transactionId: typeof transactionId === 'number' ? transactionId : 0,
    object: object ?? null,
    args,
  };
}

/** The inverse. With 'amf3' the values are AMF0 behind the format byte 0, which every client of type 17 reads. */
export function buildCommand(command: RtmpCommand, encoding: CommandEncoding = 'amf0'): BuiltMessage {
  const values = buildAmf0([command.name, command.transactionId, command.object, ...command.args]);
  if (encoding === 'amf0') return { type: MESSAGE_TYPE.commandAmf0, payload: values };
  return { type: MESSAGE_TYPE.commandAmf3, payload: withFormatByte(values) };
}

/** Reads a message of type 18 or 15. Throws LVG_AMF for bad AMF, LVG_RTMP_COMMAND if there is no name. */
export function parseData(type: number, payload: Buffer): RtmpData {
  const values = type === MESSAGE_TYPE.dataAmf3 ? formattedValues(payload) : readAmf0(payload, LIMITS);
  const [name, ...args] = values;
  if (typeof name !== 'string') {
    throw new LivegoError(
      'LVG_RTMP_COMMAND',
      `A data message of ${payload.length} bytes does not begin with a name.`,
    );
  }
  return { name, args };
}

/** The inverse. */
export function buildData(data: RtmpData, encoding: CommandEncoding = 'amf0'): BuiltMessage {
  const values = buildAmf0([data.name, ...data.args]);
  if (encoding === 'amf0') return { type: MESSAGE_TYPE.dataAmf0, payload: values };
  return { type: MESSAGE_TYPE.dataAmf3, payload: withFormatByte(values) };
}

/**
 * The payload of a data message as type 18 (and an FLV script tag) has it: unchanged for 18; a view without the format
 * byte for 15; re-encoded only if the values really are AMF3. Throws LVG_AMF or LVG_RTMP_COMMAND in that last case alone.
 */
export function dataPayloadAsAmf0(type: number, payload: Buffer): Buffer {
  if (type !== MESSAGE_TYPE.dataAmf3) return payload;
  if (payload[0] === AMF0_FORMAT) return payload.subarray(1);
  if (payload[0] === AMF0_STRING_MARKER) return payload;
  return rebuildAmf0([...formattedValues(payload)], payload.length);
}

/**
 * Types 17 and 15 begin with a format byte: 0 for AMF0 values, any of which may switch to AMF3 by its marker 0x11; 3 for
 * AMF3 throughout. Some clients leave the byte out; the marker of the name's string then tells which AMF it is.
 */
function formattedValues(payload: Buffer): Generator<AmfValue> {
  switch (payload[0]) {
    case AMF0_FORMAT:
      return readAmf0(payload.subarray(1), LIMITS);
    case AMF3_FORMAT:
      return readAmf3(payload.subarray(1), LIMITS);
    case AMF0_STRING_MARKER:
      return readAmf0(payload, LIMITS);
    case AMF3_STRING_MARKER:
      return readAmf3(payload, LIMITS);
    default:
      throw new LivegoError(
        'LVG_RTMP_COMMAND',
        `A message of type 15 or 17 begins with format byte ${payload[0] ?? '(none)'}; 0 and 3 are known.`,
      );
  }
}

interface ReadValues {
  readonly values: readonly AmfValue[];
  /** What is wrong with the value behind them. */
  readonly fault?: LivegoError;
}

// A name is a string, so a leading 0 is the format byte, also where type 20 has none.
function readValues(type: number, payload: Buffer): ReadValues {
  const formatted = type === MESSAGE_TYPE.commandAmf3 || payload[0] === AMF0_FORMAT;
  const values: AmfValue[] = [];
  try {
    for (const value of formatted ? formattedValues(payload) : readAmf0(payload, LIMITS)) values.push(value);
    return { values };
  } catch (error) {
    if (error instanceof LivegoError) return { values, fault: error };
    throw error;
  }
}

function withFormatByte(values: Buffer): Buffer {
  const payload = Buffer.allocUnsafe(1 + values.length);
  payload[0] = AMF0_FORMAT;
  values.copy(payload, 1);
  return payload;
}
