// Options of replay.
import { addressSchema, tlsSchema, type JsonSchema, type TlsOptions } from 'livego';
import { ALLOW_ORIGIN_SCHEMA, type AllowOrigin } from 'livego/http';

export interface ReplayOptions {
  /** Undefined: at the addresses of HTTP-FLV. */
  readonly port: string | number | undefined;
  readonly tls: TlsOptions;
  readonly allowOrigin: AllowOrigin;
  readonly directories: readonly string[];
  readonly scanSeconds: number;
  readonly md5: boolean;
  readonly segmentSeconds: number;
  readonly cacheBytes: number;
  readonly pauseSeconds: number;
  readonly maxPaused: number;
  readonly list: 'gated' | 'open' | 'off';
}

const MIB = 1024 * 1024;

export const schema: JsonSchema = {
  type: 'object',
  properties: {
    port: addressSchema(
      undefined,
      'Address of http://HOST:PORT/vod/APP/FILE. HTTP-FLV may have the same one. Without it: the addresses of HTTP-FLV, or else of HLS.',
    ),
    tls: tlsSchema('Address of https://, beside the plain one; 0 switches it off.'),
    allowOrigin: ALLOW_ORIGIN_SCHEMA,
    directories: {
      level: 'server',
      type: 'array',
      items: { type: 'string', minLength: 1 },
      path: 'write',
      default: ['./recordings', './replay'],
      description: 'Directories of recordings and of replay files: record.directory, engine.output.',
    },
    scanSeconds: {
      level: 'server',
      type: 'number',
      minimum: 1,
      maximum: 86_400,
      default: 60,
      description:
        'How often the directories are searched. Files that this server finishes are known at once.',
    },
    md5: {
      level: 'server',
      type: 'boolean',
      default: true,
      description: 'Computes the MD5 of each file, one after the other, beside the event loop.',
    },
    list: {
      level: 'server',
      enum: ['gated', 'open', 'off'],
      default: 'gated',
      description:
        'Who gets the list at /vod. "gated": everybody gets what everybody may play, and who may play a stream gets its recordings. "open": everybody gets all of it. "off": nobody.',
    },
    segmentSeconds: {
      level: 'server',
      type: 'number',
      minimum: 1,
      maximum: 60,
      default: 6,
      description: 'A segment of HLS ends at the first keyframe from here on.',
    },
    cacheBytes: {
      level: 'server',
      type: 'integer',
      minimum: 0,
      default: 64 * MIB,
      description:
        'Memory for segments of HLS that were asked for lately, all recordings together. Each worker has an equal part of it.',
    },
    pauseSeconds: {
      level: 'server',
      type: 'number',
      minimum: 0,
      maximum: 86_400,
      default: 3600,
      description:
        'Seconds after which a viewer of a recording that takes nothing is closed: one that has paused; 0 never closes it.',
    },
    maxPaused: {
      level: 'server',
      type: 'integer',
      minimum: 0,
      default: 256,
      description:
        'Viewers of recordings that may take nothing for longer than 10 s. Beyond them, the one that has paused for longest is closed. Each worker has an equal part of this number.',
    },
  },
};
