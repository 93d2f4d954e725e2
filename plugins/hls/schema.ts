// Options of HLS.
import { ALLOW_ORIGIN_SCHEMA, type AllowOrigin } from '../../core/http/cors.ts';
import { addressSchema } from '../../core/net/address.ts';
import { tlsSchema, type TlsOptions } from '../../core/net/tls.ts';
import type { JsonSchema } from '../../core/plugin/plugin.ts';

export interface HlsOptions {
  readonly port: string | number;
  readonly tls: TlsOptions;
  readonly allowOrigin: AllowOrigin;
  readonly holdSeconds: number;
  readonly maxHeld: number;
  readonly maxSessions: number;
  readonly headStartSeconds: number;
  readonly segmentSeconds: number;
  readonly window: number;
  readonly retain: number;
  readonly path: string;
  readonly endAfterSeconds: number;
  readonly keepAfterEnd: boolean;
  readonly onDemand: boolean;
  readonly sessionTokens: SessionTokens;
  readonly sessionTimeoutSeconds: number;
  readonly encrypt: EncryptOptions;
  readonly limits: HlsLimits;
}

/** In which URLs a viewer's token stands: of playlists and segments, of playlists alone, or nowhere. */
export type SessionTokens = 'all' | 'playlists' | 'none';

export interface EncryptOptions {
  readonly enabled: boolean;
  /** Segments for which one key is used; 0 for ever. */
  readonly rotateSegments: number;
}

export interface HlsLimits {
  readonly maxSegmentSeconds: number;
  readonly maxSegmentBytes: number;
  readonly endedBytes: number;
}

const MIB = 1024 * 1024;

export const schema: JsonSchema = {
  type: 'object',
  properties: {
    port: addressSchema(8090, 'Address of http://HOST:PORT/APP/NAME.m3u8.'),
    tls: tlsSchema('Address of https://, beside the plain one; 0 switches it off.'),
    allowOrigin: { level: 'server', ...ALLOW_ORIGIN_SCHEMA },
    holdSeconds: {
      level: 'server',
      type: 'number',
      minimum: 0,
      maximum: 120,
      default: 10,
      description: 'How long a viewer who comes before the first segment of a live stream is kept waiting.',
    },
    maxHeld: {
      level: 'server',
      type: 'integer',
      minimum: 1,
      default: 5000,
      description:
        'Requests that may wait at a time, for a publisher or a first segment; more are refused. Those that wait for headStartSeconds are among them, and not refused.',
    },
    maxSessions: {
      level: 'server',
      type: 'integer',
      minimum: 1,
      default: 100_000,
      description: 'Viewers that may have a session at a time, over all streams.',
    },
    headStartSeconds: {
      type: 'number',
      minimum: 0,
      maximum: 10,
      default: 0.5,
      description:
        'How much longer, at most, the first viewers of a stream wait after its first segment, so that players do not run dry before the second: half a segment, or this if it is less.',
    },
    segmentSeconds: {
      type: 'number',
      minimum: 0.5,
      maximum: 60,
      default: 2,
      description: 'A segment ends at the first keyframe from here on; without video it ends here.',
    },
    window: {
      type: 'integer',
      minimum: 1,
      maximum: 100_000,
      default: 6,
      description:
        'Segments in the playlist. Short ones become more, since players need three target durations.',
    },
    retain: {
      type: 'integer',
      minimum: 0,
      maximum: 100_000,
      default: 6,
      description:
        'Segments that stay available after they have left the playlist, for players that are behind.',
    },
    path: {
      type: 'string',
      default: '',
      description:
        'Directory for playlists and segments, where other web servers may find them; empty keeps them in memory.',
    },
    endAfterSeconds: {
      type: 'number',
      minimum: 0,
      maximum: 3600,
      default: 20,
      description:
        'How long the playlist of a stream whose publisher broke off stays open, in case it returns. Players wait meanwhile; then they find the end. One that says that it stops ends it at once.',
    },
    keepAfterEnd: {
      type: 'boolean',
      default: false,
      description: 'Keeps the last playlist and segments of a stream that has ended.',
    },
    onDemand: {
      type: 'boolean',
      default: false,
      description:
        'Makes segments only while somebody watches. The first viewer waits for the first segment.',
    },
    sessionTokens: {
      enum: ['all', 'playlists', 'none'],
      default: 'all',
      description:
        'In which URLs a viewer’s token stands. "all" counts and guards every request. With "playlists" segments have the same URL for everybody, for caches, and are open to all who know it. "none" serves playlists without a session, and gates are asked each time.',
    },
    sessionTimeoutSeconds: {
      type: 'number',
      minimum: 1,
      maximum: 3600,
      default: 30,
      description: 'A viewer who has asked for nothing for so long has left.',
    },
    encrypt: {
      type: 'object',
      default: {},
      properties: {
        enabled: {
          type: 'boolean',
          default: false,
          description:
            'Encrypts segments with AES-128. Keys are only given to viewers whom the gates let in.',
        },
        rotateSegments: {
          type: 'integer',
          minimum: 0,
          default: 30,
          description: 'Segments after which there is a new key; 0 keeps one for the life of the stream.',
        },
      },
    },
    limits: {
      type: 'object',
      default: {},
      properties: {
        maxSegmentSeconds: {
          type: 'number',
          minimum: 1,
          maximum: 300,
          default: 15,
          description: 'A segment ends here when no keyframe comes.',
        },
        maxSegmentBytes: {
          type: 'integer',
          minimum: 64 * 1024,
          maximum: 1024 * MIB,
          default: 48 * MIB,
          description: 'A segment ends here when no keyframe comes.',
        },
        endedBytes: {
          type: 'integer',
          minimum: 0,
          default: 256 * MIB,
          description:
            'Memory for streams that have ended, all together; beyond it the oldest are dropped. Files do not count.',
        },
      },
    },
  },
};
