// The options that belong to no plugin: the server's own (root only) and those of its applications.
import {
  CONTROL_JWT_SCHEMA,
  CONTROL_SCHEMA,
  type ControlJwtOptions,
  type ControlOptions,
} from './control-options.ts';
import type { JsonSchema } from './json-schema.ts';
import type { LogLevel } from '../log/log.ts';
import { addressListSchema } from '../net/address-set.ts';

/** Options that an entry of servers[] may override; the root's values are the default for every application. */
export interface AppOptions {
  readonly gop_num: number;
  readonly gopMaxBytes: number;
  readonly gopMaxMs: number;
  readonly mergeWriteMs: 'auto' | number;
  readonly duplicate: 'reject' | 'replace';
  readonly waitForPublisherMs: number;
  readonly keepAfterUnpublishMs: number;
  readonly keepAfterDisconnectMs: number;
  readonly idleProviderMs: number;
  readonly onRemove: 'drain' | 'close';
  readonly slowViewer: SlowViewerLimits;
  readonly maxViewersPerStream: number;
  readonly maxStreamsPerApplication: number;
}

/** Limits for a viewer that reads too slowly, in bytes of its wire format. */
export interface SlowViewerLimits {
  readonly dropAfterBytes: number;
  readonly closeAfterBytes: number;
}

/** Options of the root alone. */
export interface ServerOptions {
  readonly level: LogLevel;
  readonly workers: 'auto' | number;
  readonly read_timeout: number;
  readonly write_timeout: number;
  readonly gateTimeoutMs: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly maxStreamBytes: number;
  readonly maxMediaBytes: number;
  readonly maxStreams: number;
  readonly trustProxy: readonly string[];
  readonly proxyProtocol: ProxyProtocolOptions;
  readonly watch: WatchOptions;
  readonly control: ControlOptions;
  readonly jwt: ControlJwtOptions;
}

/** Load balancers that announce each client's address in front of its bytes. */
export interface ProxyProtocolOptions {
  readonly from: readonly string[];
  readonly listeners: readonly string[];
}

export interface WatchOptions {
  readonly enabled: boolean;
  readonly poll: boolean;
  readonly settleMs: number;
}

const MIB = 1024 * 1024;

/** JSON Schema of `AppOptions`: properties both of the root and of an entry of servers[]. */
export const APP_OPTIONS_SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    gop_num: {
      type: 'integer',
      minimum: 0,
      maximum: 100,
      default: 1,
      description: 'Groups of pictures kept for viewers that join late; 0 switches the cache off.',
    },
    gopMaxBytes: {
      type: 'integer',
      minimum: 0,
      default: 16 * MIB,
      description: 'The GOP cache of one stream never holds more bytes than this.',
    },
    gopMaxMs: {
      type: 'integer',
      minimum: 0,
      default: 30_000,
      description: 'The GOP cache of one stream never spans more milliseconds than this.',
    },
    mergeWriteMs: {
      anyOf: [{ const: 'auto' }, { type: 'integer', minimum: 0, maximum: 2000 }],
      default: 'auto',
      description:
        'How long packets may wait to be sent together, in milliseconds. "auto" is 0 with few viewers and grows to 350 with the load.',
    },
    duplicate: {
      enum: ['reject', 'replace'],
      default: 'replace',
      description:
        'How a second publisher of a name is treated: "reject" denies it, "replace" closes the first one and keeps its viewers.',
    },
    waitForPublisherMs: {
      applies: 'next-session',
      type: 'integer',
      minimum: 0,
      maximum: 86_400_000,
      default: 10_000,
      description: 'How long a viewer that connects before the publisher is kept waiting.',
    },
    keepAfterUnpublishMs: {
      type: 'integer',
      minimum: 0,
      maximum: 86_400_000,
      default: 3_000,
      description:
        'How long the viewers of a publisher that stopped are kept, in case it returns; 0 keeps none at all.',
    },
    keepAfterDisconnectMs: {
      type: 'integer',
      minimum: 0,
      maximum: 86_400_000,
      default: 15_000,
      description:
        'The same for a publisher whose connection broke off. OBS tries again after 2, 4 and 8 s; never less than keepAfterUnpublishMs.',
    },
    idleProviderMs: {
      type: 'integer',
      minimum: 0,
      maximum: 86_400_000,
      default: 10_000,
      description:
        'How long a stream that was started for its viewers (by a relay, a custom plugin) is kept after the last of them has left.',
    },
    onRemove: {
      enum: ['drain', 'close'],
      default: 'drain',
      description:
        'When a reload removes the application or switches a protocol off: "drain" lets its present sessions finish, "close" ends them.',
    },
    slowViewer: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'Limits for viewers that read more slowly than the stream runs.',
      properties: {
        dropAfterBytes: {
          type: 'integer',
          minimum: 64 * 1024,
          default: 2 * MIB,
          description:
            'A viewer for which more bytes than this wait loses whole frames up to the next keyframe.',
        },
        closeAfterBytes: {
          type: 'integer',
          minimum: 64 * 1024,
          default: 32 * MIB,
          description: 'A viewer that has lost more bytes than this without catching up is disconnected.',
        },
      },
    },
    maxViewersPerStream: {
      type: 'integer',
      minimum: 0,
      default: 0,
      description: 'Viewers one stream may have; 0 means no limit.',
    },
    maxStreamsPerApplication: {
      type: 'integer',
      minimum: 0,
      default: 0,
      description: 'Streams that may be published at once in one application; 0 means no limit.',
    },
  },
};

/** JSON Schema of `ServerOptions`: properties of the root alone. */
export const SERVER_OPTIONS_SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    level: {
      enum: ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
      default: 'info',
      description: 'The least important log lines that are written.',
    },
    workers: {
      anyOf: [{ const: 'auto' }, { type: 'integer', minimum: 1, maximum: 64 }],
      default: 1,
      description:
        'Processes that share the ports and the streams; "auto" means one for each core. A server that was started with 1 needs a restart for more.',
    },
    read_timeout: {
      type: 'number',
      minimum: 0,
      maximum: 86_400,
      default: 10,
      description: 'Seconds after which a publisher that sends nothing is closed; 0 never closes it.',
    },
    write_timeout: {
      type: 'number',
      minimum: 0,
      maximum: 86_400,
      default: 10,
      description:
        'Seconds after which a viewer that reads none of the bytes waiting for it is closed; 0 never closes it. Viewers of recordings may pause for longer: replay.pauseSeconds.',
    },
    gateTimeoutMs: {
      type: 'integer',
      minimum: 1,
      maximum: 600_000,
      default: 5_000,
      description:
        'How long a gate (a plugin that may deny a client) may take to answer; a gate that takes longer denies.',
    },
    maxConnections: {
      type: 'integer',
      minimum: 0,
      default: 50_000,
      description: 'Client connections the server holds at once; 0 means no limit.',
    },
    maxConnectionsPerAddress: {
      type: 'integer',
      minimum: 0,
      default: 0,
      description:
        'Clients that one IPv4 address or IPv6 /64 may have at once, over all protocols; 0 means no limit.',
    },
    maxStreamBytes: {
      type: 'integer',
      minimum: 4 * MIB,
      default: 256 * MIB,
      description:
        'Memory for what is kept of one stream: GOP cache, HLS segments, what waits for viewers, the disk and programs.',
    },
    maxMediaBytes: {
      type: 'integer',
      minimum: 0,
      default: 0,
      description:
        'Memory for what is kept of all streams, by all workers together. When it is used up, those that take most keep less. 0 means half of the machine’s memory.',
    },
    maxStreams: {
      type: 'integer',
      minimum: 0,
      default: 10_000,
      description: 'Streams that may be published at once; 0 means no limit.',
    },
    trustProxy: addressListSchema(
      'HTTP proxies whose X-Forwarded-For header tells the client’s address: IP addresses and networks.',
    ),
    proxyProtocol: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'Load balancers that send the header of the PROXY protocol (version 1 or 2).',
      properties: {
        from: addressListSchema(
          'Their IP addresses and networks. Each connection from there must begin with the header; no other may.',
        ),
        listeners: {
          type: 'array',
          default: [],
          items: { type: 'string' },
          description:
            'The options of the addresses where they connect, such as "rtmp.port"; an empty list means all.',
        },
      },
    },
    watch: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'How the config file is watched while the server runs.',
      properties: {
        enabled: { type: 'boolean', default: true, description: 'Reload when the file changes.' },
        poll: {
          type: 'boolean',
          default: false,
          description: 'Check the file at intervals: for mounts on which the system reports no changes.',
        },
        settleMs: {
          type: 'integer',
          minimum: 10,
          maximum: 60_000,
          default: 60,
          description: 'How long the file must stay unchanged before it is read.',
        },
      },
    },
    control: CONTROL_SCHEMA,
    jwt: CONTROL_JWT_SCHEMA,
  },
};
