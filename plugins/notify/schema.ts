// Options of web hooks.
import { LivegoError, type JsonSchema } from 'livego';
import { EVENT_TYPES, type EventType, type Question } from './events.ts';

export interface NotifyOptions {
  readonly url: string;
  readonly urls: Partial<Record<EventType, string>>;
  readonly events: readonly EventType[];
  readonly format: 'livego' | 'srs' | 'nginx-rtmp' | 'node-media-server';
  readonly method: 'GET' | 'POST';
  readonly gate?: readonly Question[];
  readonly onError: 'deny' | 'allow';
  readonly rename: boolean;
  readonly hideParameters: readonly string[];
  readonly updateSeconds: number;
  readonly serverId: string;
  readonly secret: string;
  readonly timeoutMs: number;
  readonly followRedirects: boolean;
  readonly retrySeconds: number;
  readonly maxQueued: number;
  readonly spool: string;
}

const URL_SCHEMA = { type: 'string', pattern: '^(https?://.+)?$', expects: 'an http:// or https:// URL' };
const spell = (type: EventType): string => (type === 'other' ? 'what other plugins announce' : type);
const TOLD = EVENT_TYPES.filter((type) => type !== 'segment_done');

/** Options of sending, for all applications. */
const SENDING: Readonly<Record<string, JsonSchema>> = {
  secret: {
    level: 'server',
    type: 'string',
    default: '',
    description:
      'Signs requests (Standard Webhooks): "whsec_" and Base64, or any text. Best given as "${NAME}".',
  },
  timeoutMs: {
    level: 'server',
    type: 'integer',
    minimum: 1,
    maximum: 60_000,
    default: 3000,
    description: 'How long an answer may take. Stay below gateTimeoutMs.',
  },
  followRedirects: {
    level: 'server',
    type: 'boolean',
    default: false,
    description: 'Whether requests go where an answer sends them.',
  },
};

/** The queue is one for all applications. */
const QUEUE: Readonly<Record<string, JsonSchema>> = {
  retrySeconds: {
    level: 'server',
    type: 'integer',
    minimum: 0,
    maximum: 604_800,
    default: 3600,
    description: 'How long an event that the web service did not take is tried again.',
  },
  maxQueued: {
    level: 'server',
    type: 'integer',
    minimum: 1,
    maximum: 1_000_000,
    default: 10_000,
    description:
      'Events that wait; what comes beyond is dropped and counted. Updates of sessions have as many places of their own.',
  },
  spool: {
    level: 'server',
    type: 'string',
    path: 'write',
    default: '',
    description:
      'Directory for events that wait, so that they survive a restart. Without it they are in memory.',
  },
};

export const schema: JsonSchema = {
  type: 'object',
  properties: {
    url: {
      ...URL_SCHEMA,
      default: '',
      description:
        'Where events go. Without a URL nothing is told. A user and a password in it (http://USER:PASSWORD@HOST/) are sent as HTTP Basic.',
    },
    urls: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'Other URLs for single events, by their names; "" tells nothing.',
      properties: Object.fromEntries(
        EVENT_TYPES.map((type) => [
          type,
          { ...URL_SCHEMA, description: `Where ${spell(type)} goes instead.` },
        ]),
      ),
    },
    events: {
      type: 'array',
      items: { enum: [...EVENT_TYPES] },
      default: TOLD,
      description: 'The events that are told. All but segment_done unless given.',
    },
    format: {
      enum: ['livego', 'srs', 'nginx-rtmp', 'node-media-server'],
      default: 'livego',
      description:
        'The form of requests and answers: ours, or that which the back ends of another server know.',
    },
    method: { enum: ['POST', 'GET'], default: 'POST', description: 'For the format "nginx-rtmp".' },
    gate: {
      type: 'array',
      items: { enum: ['connect', 'publish', 'play'] },
      description:
        'What the web service is asked to allow. Unless given: what the format’s back ends expect (nothing for "livego").',
    },
    onError: {
      enum: ['deny', 'allow'],
      default: 'deny',
      description: 'What happens to a client when the web service does not answer, or answers with a fault.',
    },
    rename: {
      type: 'boolean',
      default: false,
      description:
        'Whether an answer may give the stream another name. The web service is then asked before every other plugin.',
    },
    hideParameters: {
      type: 'array',
      items: { type: 'string' },
      default: ['key'],
      description: 'Parameters of clients that are not passed on. Use [] if the web service checks ?key=.',
    },
    updateSeconds: {
      type: 'integer',
      minimum: 0,
      maximum: 86_400,
      default: 0,
      description:
        'How often each session’s figures are told (update); 0 never tells them. With the format "nginx-rtmp" the answer may end the session.',
    },
    serverId: { type: 'string', default: '', description: 'Tells servers apart that share a web service.' },
    ...SENDING,
    ...QUEUE,
  },
};

/** Throws LVG_PLUGIN_FAILED for what the schema cannot say. */
export function checkOptions({ gate, url, urls }: NotifyOptions): void {
  for (const [name, given] of Object.entries({ url, ...urls }))
    // The URL itself may hold a secret.
    if (given !== '' && !URL.canParse(given))
      fail(`notify.${name === 'url' ? 'url' : `urls.${name}`}: it is no URL; write "http://HOST:PORT/PATH"`);
  const lacking = (gate ?? []).find((question) => (urls[question] ?? url) === '');
  if (lacking === undefined) return;
  fail(`notify.gate: there is no URL to ask for "${lacking}"; give notify.url or notify.urls.${lacking}`);
}

function fail(message: string): never {
  throw new LivegoError('LVG_PLUGIN_FAILED', message);
}
