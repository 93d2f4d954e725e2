// RTMP messages, and those among them that control the protocol itself (RTMP 1.0, 5.4, 7.1).
import { LivegoError } from '../../errors.ts';

/** One whole message. `timestamp` is the raw 32 bits of the wire, in milliseconds. */
export interface RtmpMessage {
  readonly type: number;
  /** Message stream id: 0 for the connection, else one that createStream gave. */
  readonly streamId: number;
  readonly timestamp: number;
  readonly payload: Buffer;
  readonly chunkStreamId: number;
}

/** Message type ids (5.4, 7.1). */
export const MESSAGE_TYPE = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAcknowledgementSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  sharedObjectAmf3: 16,
  commandAmf3: 17,
  dataAmf0: 18,
  sharedObjectAmf0: 19,
  commandAmf0: 20,
  aggregate: 22,
} as const;

/** User Control events (7.1.7), and those that Flash Media Server sends beside them (26, 27, 31, 32). */
export type UserControlEvent =
  | {
      readonly event:
        'stream-begin' | 'stream-eof' | 'stream-dry' | 'stream-is-recorded' | 'buffer-empty' | 'buffer-ready';
      readonly streamId: number;
    }
  | { readonly event: 'set-buffer-length'; readonly streamId: number; readonly milliseconds: number }
  | { readonly event: 'ping-request' | 'ping-response'; readonly timestamp: number }
  | { readonly event: 'swf-verify-request' }
  | { readonly event: 'swf-verify-response' | 'unknown'; readonly eventType: number; readonly data: Buffer };

/** Types 1 to 6. Sizes in bytes. */
export type ControlMessage =
  | { readonly kind: 'set-chunk-size'; readonly chunkSize: number }
  | { readonly kind: 'abort'; readonly chunkStreamId: number }
  | { readonly kind: 'acknowledgement'; readonly sequenceNumber: number }
  | ({ readonly kind: 'user-control' } & UserControlEvent)
  | { readonly kind: 'window-acknowledgement-size'; readonly size: number }
  | { readonly kind: 'set-peer-bandwidth'; readonly size: number; readonly limit: BandwidthLimit };

/** Limit types of Set Peer Bandwidth (5.4.5). */
export type BandwidthLimit = 'hard' | 'soft' | 'dynamic';

const BANDWIDTH_LIMITS: readonly BandwidthLimit[] = ['hard', 'soft', 'dynamic'];

const STREAM_EVENTS = {
  'stream-begin': 0,
  'stream-eof': 1,
  'stream-dry': 2,
  'stream-is-recorded': 4,
  'buffer-empty': 31,
  'buffer-ready': 32,
} as const;
const SET_BUFFER_LENGTH = 3;
const PING_REQUEST = 6;
const PING_RESPONSE = 7;
const SWF_VERIFY_REQUEST = 26;
const SWF_VERIFY_RESPONSE = 27;

/** Whether `parseControl` knows the type. */
export function isControlType(type: number): boolean {
  return type >= MESSAGE_TYPE.setChunkSize && type <= MESSAGE_TYPE.setPeerBandwidth;
}

/** Reads a message of type 1 to 6. Throws LVG_RTMP_MESSAGE if it is too short or of another type. */
export function parseControl(type: number, payload: Buffer): ControlMessage {
  switch (type) {
    case MESSAGE_TYPE.setChunkSize:
      return { kind: 'set-chunk-size', chunkSize: readField(payload, 0, 'Set Chunk Size') };
    case MESSAGE_TYPE.abort:
      return { kind: 'abort', chunkStreamId: readField(payload, 0, 'Abort') };
    case MESSAGE_TYPE.acknowledgement:
      return { kind: 'acknowledgement', sequenceNumber: readField(payload, 0, 'Acknowledgement') };
    case MESSAGE_TYPE.userControl:
      return { kind: 'user-control', ...parseUserControl(payload) };
    case MESSAGE_TYPE.windowAcknowledgementSize:
      return {
        kind: 'window-acknowledgement-size',
        size: readField(payload, 0, 'Window Acknowledgement Size'),
      };
    case MESSAGE_TYPE.setPeerBandwidth: {
      const size = readField(payload, 0, 'Set Peer Bandwidth');
      // Some encoders leave out the fifth byte; "dynamic" is the reading that changes least.
      return { kind: 'set-peer-bandwidth', size, limit: BANDWIDTH_LIMITS[payload[4] ?? 2] ?? 'dynamic' };
    }
    default:
      throw new LivegoError(
        'LVG_RTMP_MESSAGE',
        `Message type ${type} is not a protocol control message (1 to 6).`,
      );
  }
}

/** The inverse of `parseControl`: message type and payload. To be sent on message stream 0, chunk stream 2. */
export function buildControl(control: ControlMessage): { readonly type: number; readonly payload: Buffer } {
  switch (control.kind) {
    case 'set-chunk-size':
      return { type: MESSAGE_TYPE.setChunkSize, payload: uint32(control.chunkSize) };
    case 'abort':
      return { type: MESSAGE_TYPE.abort, payload: uint32(control.chunkStreamId) };
    case 'acknowledgement':
      return { type: MESSAGE_TYPE.acknowledgement, payload: uint32(control.sequenceNumber) };
    case 'user-control':
      return { type: MESSAGE_TYPE.userControl, payload: buildUserControl(control) };
    case 'window-acknowledgement-size':
      return { type: MESSAGE_TYPE.windowAcknowledgementSize, payload: uint32(control.size) };
    default: {
      const payload = Buffer.alloc(5);
      payload.writeUInt32BE(control.size);
      payload[4] = BANDWIDTH_LIMITS.indexOf(control.limit);
      return { type: MESSAGE_TYPE.setPeerBandwidth, payload };
    }
  }
}

function parseUserControl(payload: Buffer): UserControlEvent {
  if (payload.length < 2) {
    throw new LivegoError(
      'LVG_RTMP_MESSAGE',
      `User Control has ${payload.length} bytes, less than its event type.`,
    );
  }
  const eventType = payload.readUInt16BE(0);
  for (const event of Object.keys(STREAM_EVENTS) as (keyof typeof STREAM_EVENTS)[]) {
    if (STREAM_EVENTS[event] === eventType) return { event, streamId: readField(payload, 2, event) };
  }
  switch (eventType) {
    case SET_BUFFER_LENGTH:
      return {
        event: 'set-buffer-length',
        streamId: readField(payload, 2, 'SetBufferLength'),
        milliseconds: readField(payload, 6, 'SetBufferLength'),
      };
    case PING_REQUEST:
      return { event: 'ping-request', timestamp: readField(payload, 2, 'PingRequest') };
    case PING_RESPONSE:
      return { event: 'ping-response', timestamp: readField(payload, 2, 'PingResponse') };
    case SWF_VERIFY_REQUEST:
      return { event: 'swf-verify-request' };
    case SWF_VERIFY_RESPONSE:
      return { event: 'swf-verify-response', eventType, data: payload.subarray(2) };
    default:
      return { event: 'unknown', eventType, data: payload.subarray(2) };
  }
}

function buildUserControl(control: UserControlEvent): Buffer {
  switch (control.event) {
    case 'set-buffer-length': {
      const payload = eventPayload(SET_BUFFER_LENGTH, 10);
      payload.writeUInt32BE(control.streamId, 2);
      payload.writeUInt32BE(control.milliseconds, 6);
      return payload;
    }
    case 'ping-request':
    case 'ping-response': {
      const payload = eventPayload(control.event === 'ping-request' ? PING_REQUEST : PING_RESPONSE, 6);
      payload.writeUInt32BE(control.timestamp, 2);
      return payload;
    }
    case 'swf-verify-request':
      return eventPayload(SWF_VERIFY_REQUEST, 2);
    case 'swf-verify-response':
    case 'unknown':
      return Buffer.concat([eventPayload(control.eventType, 2), control.data]);
    default: {
      const payload = eventPayload(STREAM_EVENTS[control.event], 6);
      payload.writeUInt32BE(control.streamId, 2);
      return payload;
    }
  }
}

function eventPayload(eventType: number, length: number): Buffer {
  const payload = Buffer.alloc(length);
  payload.writeUInt16BE(eventType);
  return payload;
}

function uint32(value: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(value);
  return payload;
}

function readField(payload: Buffer, offset: number, name: string): number {
  if (payload.length < offset + 4) {
    throw new LivegoError(
      'LVG_RTMP_MESSAGE',
      `${name} has ${payload.length} bytes; it takes at least ${offset + 4}.`,
    );
  }
  return payload.readUInt32BE(offset);
}
