// RTMP by the byte: messages that no client sends.
import type { Socket } from 'node:net';
import { buildAmf0 } from '../../../core/media/amf0/index.ts';
import type { AmfValue } from '../../../core/media/amf-value.ts';
import { buildChunks } from '../../../core/protocol/rtmp/chunks/chunk-writer.ts';
import { ClientHandshake } from '../../../core/protocol/rtmp/handshake/handshake.ts';
import { MESSAGE_TYPE } from '../../../core/protocol/rtmp/message.ts';
import type { Attacker } from '../kit/attack.ts';

export const HANDSHAKE_BYTES = 1536;

/** C0, C1 and C2 in one, which servers take. */
export function handshake(): Buffer {
  return Buffer.concat([new ClientHandshake().start(), Buffer.alloc(HANDSHAKE_BYTES)]);
}

interface Place {
  readonly streamId?: number;
  readonly chunkStreamId?: number;
  readonly timestamp?: number;
  readonly chunkSize?: number;
}

export function message(type: number, payload: Buffer, place: Place = {}): Buffer {
  const { streamId = 1, chunkStreamId = 3, timestamp = 0, chunkSize = 128 } = place;
  return buildChunks({ type, streamId, timestamp, payload, chunkStreamId }, chunkSize);
}

export function command(...values: readonly AmfValue[]): Buffer {
  return message(MESSAGE_TYPE.commandAmf0, buildAmf0(values));
}

export function connectCommand(app = 'live', fields: Readonly<Record<string, AmfValue>> = {}): Buffer {
  return command('connect', 1, { app, tcUrl: `rtmp://x/${app}`, ...fields });
}

/** Handshake, connect, createStream: what follows is on message stream 1. */
export function opening(): Buffer {
  return Buffer.concat([handshake(), connectCommand(), command('createStream', 2, null)]);
}

export function publishing(name: string): Buffer {
  return Buffer.concat([opening(), command('publish', 3, null, name, 'live')]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The head of a type 0 chunk. */
export function chunkHead(chunkStreamId: number, type: number, length: number): Buffer {
  const basic =
    chunkStreamId < 64
      ? [chunkStreamId]
      : [1, (chunkStreamId - 64) & 0xff, ((chunkStreamId - 64) >> 8) & 0xff];
  return Buffer.from([
    ...basic,
    0,
    0,
    0,
    length >> 16,
    (length >> 8) & 0xff,
    length & 0xff,
    type,
    1,
    0,
    0,
    0,
  ]);
}

/** A connection that has sent these bytes behind its handshake. */
export async function sends(attacker: Attacker, ...bytes: readonly Buffer[]): Promise<Socket> {
  const socket = await attacker.connect('rtmp.port');
  socket.write(Buffer.concat(bytes));
  return socket;
}
