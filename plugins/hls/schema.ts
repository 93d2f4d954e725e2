// Options of HLS.
import { addressSchema, tlsSchema, type AddressOption, type JsonSchema, type TlsOptions } from 'livego';
import { ALLOW_ORIGIN_SCHEMA, type AllowOrigin } from 'livego/http';

export interface HlsOptions {
  readonly port: AddressOption;
  readonly tls: TlsOptions;
  readonly allowOrigin: AllowOrigin;
  readonly pendingTimeoutSeconds: number;
  readonly maxPendingRequests: number;
  readonly maxSessions: number;
  readonly maxSessionsPerAddress: number;
  readonly startupDelaySeconds: number;
  readonly segmentSeconds: number;
  readonly playlistSegments: number;
  readonly retainedSegments: number;
  readonly path: string;
  readonly publisherGraceSeconds: number;
  readonly keepAfterEnd: boolean;
  readonly onDemand: boolean;
  readonly tracksFromStart: TracksFromStart;
  readonly sessionTokens: SessionTokens;
  readonly sessionTimeoutSeconds: number;
  readonly encrypt: EncryptOptions;
  readonly limits: HlsLimits;
}

/** Which URLs hold a viewer's token: those of playlists and segments, of playlists alone, or none. */
export type SessionTokens = 'all' | 'playlists' | 'none';

/** Which tracks segments have from the start: those that may yet come, audio and video, or those that the publisher sends. */
export type TracksFromStart = 'auto' | 'both' | 'present';

export interface EncryptOptions {
  readonly enabled: boolean;
  /** Segments that share a key; 0 for all. */
  readonly rotateSegments: number;
}

export interface HlsLimits {
  readonly maxSegmentSeconds: number;
  readonly maxSegmentBytes: number;
  readonly endedBytes: number;
}

/** Names of the version before. */
export const RENAMED_OPTIONS = {
  holdSeconds: 'pendingTimeoutSeconds',
  maxHeld: 'maxPendingRequests',
  headStartSeconds: 'startupDelaySeconds',
  window: 'playlistSegments',
  retain: 'retainedSegments',
  endAfterSeconds: 'publisherGraceSeconds',
} as const;

const MIB = 1024 * 1024;

const ENCRYPT_SCHEMA: JsonSchema = {
  type: 'object',
  default: {},
  properties: {
    enabled: {
      type: 'boolean',
      default: false,
      description: 'Encrypts segments with AES-128. Only viewers that the gates admit get the keys.',
    },
    rotateSegments: {
      type: 'integer',
      minimum: 0,
      default: 30,
      description: 'Segments after which there is a new key; 0 keeps one for the life of the stream.',
    },
  },
};

const LIMITS_SCHEMA: JsonSchema = {
  type: 'object',
  default: {},
  properties: {
    maxSegmentSeconds: {
      type: 'number',
      minimum: 1,
      maximum: 300,
      default: 15,
      description: 'A segment ends here if no keyframe comes.',
    },
    maxSegmentBytes: {
      type: 'integer',
      minimum: 64 * 1024,
      maximum: 1024 * MIB,
      default: 48 * MIB,
      description: 'A segment ends here if no keyframe comes.',
    },
    endedBytes: {
      type: 'integer',
      minimum: 0,
      default: 256 * MIB,
      description:
        'Memory for all streams that have ended, of which each counts 16 KiB beside its segments; beyond it the oldest are dropped. Files do not count.',
    },
  },
};

export const schema: JsonSchema = {
  type: 'object',
  properties: {
    port: addressSchema(8090, 'Address of http://HOST:PORT/APP/NAME.m3u8.'),
    tls: tlsSchema('Address of https://, beside the plain one; 0 switches it off.'),
    allowOrigin: { level: 'server', ...ALLOW_ORIGIN_SCHEMA },
    pendingTimeoutSeconds: {
      level: 'server',
      type: 'number',
      minimum: 0,
      maximum: 120,
      default: 10,
      description: 'How long a viewer that connects before the first segment of a live stream waits for it.',
    },
    maxPendingRequests: {
      level: 'server',
      type: 'integer',
      minimum: 1,
      default: 5000,
      description:
        'Requests that may wait at a time, for a publisher or a first segment; more are denied. Those that wait for startupDelaySeconds count, and are not denied. Each worker has an equal part of this number.',
    },
    maxSessions: {
      level: 'server',
      type: 'integer',
      minimum: 1,
      default: 100_000,
      description: 'Viewers that may have a session at a time, over all streams and workers.',
    },
    maxSessionsPerAddress: {
      level: 'server',
      type: 'integer',
      minimum: 0,
      default: 10_000,
      description:
        'Sessions that one IPv4 address or IPv6 /64 may have in all workers together, also those that have paused; 0 means no limit of its own.',
    },
    startupDelaySeconds: {
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
      description: 'A segment ends at the first keyframe after this; without video it ends here.',
    },
    playlistSegments: {
      type: 'integer',
      minimum: 1,
      maximum: 100_000,
      default: 6,
      description:
        'Segments in the playlist. There are more of them if they are short: players need three target durations.',
    },
    retainedSegments: {
      type: 'integer',
      minimum: 0,
      maximum: 100_000,
      default: 6,
      description:
        'Segments that stay available after they have left the playlist, for players that are behind.',
    },
    path: {
      type: 'string',
      path: 'write',
      default: '',
      description:
        'Directory for playlists and segments, where other web servers can find them; empty keeps them in memory.',
    },
    publisherGraceSeconds: {
      type: 'number',
      minimum: 0,
      maximum: 3600,
      default: 20,
      description:
        'How long a playlist stays open after its publisher broke off, in case it returns. Players wait; then they find the end. A publisher that announces its end ends the playlist at once.',
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
        'Makes segments only while there are viewers. The first viewer waits for the first segment.',
    },
    tracksFromStart: {
      enum: ['auto', 'both', 'present'],
      default: 'auto',
      description:
        'Silence and a black picture stand in for tracks that come later, because browsers add no track to what they play. "auto": silence unless the publisher’s metadata rules audio out, a black picture if they announce video; "both": always; "present": never.',
    },
    sessionTokens: {
      enum: ['all', 'playlists', 'none'],
      default: 'all',
      description:
        'Which URLs hold a viewer’s token. "all" counts and guards every request. With "playlists" all viewers share the URLs of segments, for caches, and a segment is open to every client that knows its URL. "none" serves playlists without a session, and gates are asked each time.',
    },
    sessionTimeoutSeconds: {
      type: 'number',
      minimum: 1,
      maximum: 3600,
      default: 30,
      description: 'A viewer that has requested nothing for this long has left.',
    },
    encrypt: ENCRYPT_SCHEMA,
    limits: LIMITS_SCHEMA,
  },
};
