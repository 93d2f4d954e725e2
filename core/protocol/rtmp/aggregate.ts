// Aggregate messages (type 22): several messages in one, laid out like FLV tags (RTMP 1.0, 7.1.6).
import { LivegoError } from '../../errors.ts';
import { MESSAGE_TYPE } from './message.ts';
import type { RtmpMessage } from './message.ts';

/** Type 1, data size 3, timestamp 3 + 1, stream id 3. */
const HEADER_LENGTH = 11;
const BACK_POINTER_LENGTH = 4;

/**
 * Calls `receive` with each audio, video and data message of an aggregate, in order.
 *
 * The first gets the aggregate's own timestamp and the others keep their distance from it. All get the aggregate's
 * message stream, since the stream ids inside are to be ignored. Payloads are views of the aggregate's. It is a callback
 * and not an array, because 16 MB can hold a million empty messages. Throws LVG_RTMP_MESSAGE if a message is cut off or
 * has a type that cannot be in an aggregate; those before it have then been delivered.
 */
export function splitAggregate(aggregate: RtmpMessage, receive: (message: RtmpMessage) => void): void {
  const bytes = aggregate.payload;
  let shift: number | undefined;
  let offset = 0;
  while (offset < bytes.length) {
    if (offset + HEADER_LENGTH > bytes.length) throw cutOff(bytes.length - offset, HEADER_LENGTH);
    const type = bytes[offset]!;
    const length = bytes.readUIntBE(offset + 1, 3);
    const timestamp = bytes.readUIntBE(offset + 4, 3) + bytes[offset + 7]! * 0x1000000;
    const start = offset + HEADER_LENGTH;
    if (start + length > bytes.length) throw cutOff(bytes.length - start, length);
    checkType(type);
    shift ??= aggregate.timestamp - timestamp;
    receive({
      type,
      streamId: aggregate.streamId,
      timestamp: (timestamp + shift) >>> 0,
      payload: bytes.subarray(start, start + length),
      chunkStreamId: aggregate.chunkStreamId,
    });
    // The last back pointer is missing in the aggregates of some servers.
    offset = start + length + BACK_POINTER_LENGTH;
  }
}

function checkType(type: number): void {
  if (type === MESSAGE_TYPE.audio || type === MESSAGE_TYPE.video) return;
  if (type === MESSAGE_TYPE.dataAmf0 || type === MESSAGE_TYPE.dataAmf3) return;
  throw new LivegoError(
    'LVG_RTMP_MESSAGE',
    `An aggregate holds a message of type ${type}; only audio, video and data (8, 9, 15, 18) can be in one.`,
  );
}

function cutOff(found: number, needed: number): LivegoError {
  return new LivegoError(
    'LVG_RTMP_MESSAGE',
    `An aggregate is cut off: ${found} bytes are left where a message needs ${needed}.`,
  );
}
