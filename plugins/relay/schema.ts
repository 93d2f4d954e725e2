// Options of the relay.
import type { JsonSchema } from 'livego';

export interface PushOptions {
  readonly url: string;
  readonly name?: string;
  readonly only?: 'all' | 'audio' | 'video';
  readonly ca?: string;
  readonly insecure?: boolean;
}

export interface PullOptions {
  readonly url: string | readonly string[];
  readonly name: string;
  readonly app?: string;
  readonly fallback?: string;
  readonly ca?: string;
  readonly insecure?: boolean;
}

export interface RelayOptions {
  readonly push: readonly (string | PushOptions)[];
  readonly pull: readonly PullOptions[];
  readonly onDemand: string | readonly string[];
  readonly passQuery: boolean | readonly string[];
  readonly fallback: string;
  readonly keepViewersMs: number;
  readonly connectTimeoutMs: number;
  readonly responseTimeoutMs: number;
  readonly silenceTimeoutMs: number;
  readonly reconnectMaxMs: number;
  readonly rejectedMaxMs: number;
  readonly chunkSize: number;
  readonly maxRelays: number;
  readonly ca: string;
  readonly insecure: boolean;
  readonly staticPush: readonly (string | { readonly master_prefix: string; readonly upstream: string })[];
  readonly subStaticPush: readonly { readonly master_prefix: string; readonly sub_prefix: string }[];
  readonly staticPull: readonly { readonly source: string; readonly app: string; readonly stream: string }[];
}

const TEXT = { type: 'string', minLength: 1 };
const TRUST = { ca: { type: 'string' }, insecure: { type: 'boolean' } };

const ADDRESSES = {
  anyOf: [TEXT, { type: 'array', items: TEXT, minItems: 1 }],
  expects: 'an address, or a list of addresses',
};

function object(properties: Record<string, unknown>, required: readonly string[]): JsonSchema {
  return { type: 'object', additionalProperties: false, properties, required };
}

function milliseconds(value: number, minimum: number, description: string): JsonSchema {
  return { type: 'integer', minimum, maximum: 86_400_000, default: value, description };
}

const WHERE: Record<string, JsonSchema> = {
  push: {
    type: 'array',
    items: {
      anyOf: [
        TEXT,
        object({ url: TEXT, name: TEXT, only: { enum: ['all', 'audio', 'video'] }, ...TRUST }, ['url']),
      ],
      expects: 'an address, or { url, name, only, ca, insecure }',
    },
    expects: 'a list of addresses or of { url, name, only, ca, insecure }',
    default: [],
    description:
      'Targets: every stream, or each whose name matches `name` (a name or a pattern with `*`), is pushed to `url`. `only` ("audio", "video") leaves the other track out.',
  },
  pull: {
    type: 'array',
    items: object({ url: ADDRESSES, name: TEXT, app: TEXT, fallback: { type: 'string' }, ...TRUST }, [
      'url',
      'name',
    ]),
    expects: 'a list of { url, name, app, fallback, ca, insecure }',
    default: [],
    description:
      'Sources that are kept up for ever: each is published as `name`. A list of addresses is tried in turn. An entry of servers[] with a pattern needs `app`.',
  },
  onDemand: {
    anyOf: [{ type: 'string' }, { type: 'array', items: TEXT }],
    expects: 'an address, or a list of addresses',
    default: '',
    description:
      'Where a stream is fetched from when a viewer asks for it and nobody publishes it. A list is tried in turn, the last good one first.',
  },
  passQuery: {
    anyOf: [{ type: 'boolean' }, { type: 'array', items: TEXT }],
    expects: 'true, false, or a list of parameters',
    default: false,
    description:
      'Which parameters of the first viewer’s address go to the source with an on-demand pull: all, none, or those named.',
  },
  fallback: {
    type: 'string',
    path: 'read',
    default: '',
    description: 'FLV file that plays in a loop while the source of a pulled stream is away; "" for none.',
  },
};

const PACE: Record<string, JsonSchema> = {
  keepViewersMs: milliseconds(
    30_000,
    0,
    'How long the viewers of a pulled stream are kept while its source is away. With `fallback` they are kept for ever.',
  ),
  connectTimeoutMs: milliseconds(5_000, 100, 'A connection that takes longer to be made is given up.'),
  responseTimeoutMs: milliseconds(
    5_000,
    100,
    'A connected peer that has not accepted the stream by then, or a source that has sent no packet, is given up.',
  ),
  silenceTimeoutMs: milliseconds(
    10_000,
    1000,
    'A source that sends no whole packet for this long is given up, and so is a target that no longer answers pings or acknowledges what it gets.',
  ),
  reconnectMaxMs: milliseconds(
    1_000,
    10,
    'Longest pause between two tries while the peer cannot be reached. Pauses are random, up to a limit that doubles from 100 ms.',
  ),
  rejectedMaxMs: milliseconds(
    30_000,
    500,
    'Longest pause between two tries when the peer accepts connections and then says no or breaks off. The limit doubles from 500 ms.',
  ),
};

const REST: Record<string, JsonSchema> = {
  chunkSize: {
    type: 'integer',
    minimum: 128,
    maximum: 0xffffff,
    default: 4096,
    description: 'Size of the RTMP chunks that targets are sent, in bytes.',
  },
  maxRelays: {
    type: 'integer',
    minimum: 0,
    default: 1000,
    description:
      'Relays that viewers and commands may start in one application, in all workers together; further ones are denied.',
  },
  ca: {
    type: 'string',
    path: 'read',
    default: '',
    description:
      'PEM file of the authorities that peers’ certificates are checked against; "" for the well-known ones.',
  },
  insecure: { type: 'boolean', default: false, description: 'Accepts any certificate.' },
};

const CLASSIC: Record<string, JsonSchema> = {
  staticPush: {
    type: 'array',
    items: {
      anyOf: [
        TEXT,
        object({ master_prefix: { type: 'string' }, upstream: TEXT }, ['master_prefix', 'upstream']),
      ],
      expects: 'an address, or { master_prefix, upstream }',
    },
    expects: 'a list of addresses or of { master_prefix, upstream }',
    default: [],
    description:
      'Classic form of `push`. An address gets the stream’s name at its end. An `upstream` gets application and name of each stream whose APP/NAME contains `master_prefix`.',
  },
  subStaticPush: {
    type: 'array',
    items: object({ master_prefix: { type: 'string' }, sub_prefix: TEXT }, ['master_prefix', 'sub_prefix']),
    expects: 'a list of { master_prefix, sub_prefix }',
    default: [],
    description:
      'Classic: streams whose APP/NAME contains `sub_prefix` go to the upstreams of `staticPush` with the same `master_prefix`.',
  },
  staticPull: {
    type: 'array',
    items: object({ type: { type: 'string' }, source: TEXT, app: TEXT, stream: TEXT }, [
      'source',
      'app',
      'stream',
    ]),
    expects: 'a list of { type, source, app, stream }',
    default: [],
    description: 'Classic form of `pull`. `type` has no effect: the address tells.',
  },
};

export const schema: JsonSchema = {
  type: 'object',
  properties: { ...WHERE, ...PACE, ...REST, ...CLASSIC },
};
