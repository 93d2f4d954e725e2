// Options of RTMP.
import { addressSchema, tlsSchema, type AddressOption, type JsonSchema, type TlsOptions } from 'livego';

export interface RtmpOptions {
  readonly port: AddressOption;
  readonly tls: TlsOptions;
  readonly chunkSize: number;
  readonly handshakeTimeoutMs: number;
  readonly commandTimeoutMs: number;
  readonly maxMessageBytes: number;
  readonly maxChunkBytes: number;
  readonly maxStreamsPerConnection: number;
  readonly maxCommandsPerSecond: number;
}

const MIB = 1024 * 1024;

export const schema: JsonSchema = {
  type: 'object',
  properties: {
    port: addressSchema(1935, 'Address of rtmp://HOST:PORT/APP/NAME.'),
    tls: tlsSchema('Address of rtmps://, beside the plain one; 0 switches it off.'),
    chunkSize: {
      level: 'server',
      applies: 'next-session',
      type: 'integer',
      minimum: 128,
      maximum: 0xffffff,
      default: 4096,
      description: 'Size of the chunks we send, in bytes.',
    },
    handshakeTimeoutMs: {
      level: 'server',
      applies: 'next-session',
      type: 'integer',
      minimum: 100,
      default: 10_000,
      description: 'A connection whose handshake takes longer is closed.',
    },
    commandTimeoutMs: {
      level: 'server',
      applies: 'next-session',
      type: 'integer',
      minimum: 100,
      default: 30_000,
      description: 'A connection that neither publishes nor plays for this long is closed.',
    },
    maxMessageBytes: {
      level: 'server',
      applies: 'next-session',
      type: 'integer',
      minimum: 65_536,
      maximum: 0xffffff,
      default: 8 * MIB,
      description: 'Longest message, that is, largest video frame, that is taken from a publisher.',
    },
    maxChunkBytes: {
      level: 'server',
      applies: 'next-session',
      type: 'integer',
      minimum: 128,
      maximum: 0xffffff,
      default: 0xffffff,
      description: 'Largest chunk size that a client may announce.',
    },
    maxStreamsPerConnection: {
      level: 'server',
      applies: 'next-session',
      type: 'integer',
      minimum: 1,
      default: 16,
      description: 'Streams that one connection may create.',
    },
    maxCommandsPerSecond: {
      level: 'server',
      applies: 'next-session',
      type: 'integer',
      minimum: 10,
      default: 100,
      description: 'A connection that sends more commands than this within a second is closed.',
    },
  },
};
