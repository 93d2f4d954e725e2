// Schemas of what the API answers, by the names that the OpenAPI document gives them.
import type { JsonSchema } from 'livego';

const text = { type: 'string' };
const number = { type: 'number' };
const whole = { type: 'integer' };
const time = { type: 'string', format: 'date-time' };

function orNull(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: 'null' }] };
}

/** All of the properties are there; others may be added by later versions. */
function object(
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', required, properties };
}

const figuresOfProcess = {
  startedAt: time,
  seconds: whole,
  cpu: object({ seconds: number, averagePercent: number }),
  memory: object({ residentBytes: whole, heapBytes: whole, externalBytes: whole }),
  eventLoop: object({ maxDelayMs: number, busyPercent: number }),
  connections: whole,
  sessions: whole,
  streams: whole,
  viewers: whole,
  alerts: whole,
};

const Server = object({
  version: text,
  node: text,
  config: object({
    file: text,
    generation: whole,
    lastReload: orNull(
      object({ at: time, outcome: text, words: { type: 'array', items: text }, error: orNull(text) }),
    ),
  }),
  addresses: { type: 'array', items: { type: 'object' } },
  ...figuresOfProcess,
  workers: { type: 'array', items: object({ worker: whole, pid: whole, ...figuresOfProcess }) },
});

const Application = object({
  servername: text,
  streams: whole,
  publishers: whole,
  viewers: whole,
  plugins: { type: 'array', items: text },
});

const kbps = object({ last5Seconds: number, last60Seconds: number });

const Stream = object(
  {
    stream: { ...text, description: 'APP/NAME, or APP/*** where the name may be a secret.' },
    app: text,
    name: text,
    state: { enum: ['live', 'paused', 'ended'] },
    origin: { enum: ['local', 'mirror'] },
    startedAt: time,
    seconds: whole,
    publisher: orNull(
      object({
        session: text,
        client: text,
        protocol: text,
        remote: text,
        userAgent: orNull(text),
        startedAt: time,
      }),
    ),
    video: orNull(
      object(
        {
          codec: text,
          profile: text,
          level: text,
          width: whole,
          height: whole,
          announcedFrameRate: number,
          frameRate: number,
          kbps,
          keyframes: whole,
          gopSeconds: orNull(number),
          gopFrames: orNull(whole),
          keyframeAgeMs: orNull(number),
          bFrames: { type: 'boolean' },
        },
        ['profile', 'level', 'width', 'height', 'announcedFrameRate'],
      ),
    ),
    audio: orNull(
      object({ codec: text, profile: text, sampleRate: whole, channels: whole, frameRate: number, kbps }, [
        'profile',
        'sampleRate',
        'channels',
      ]),
    ),
    kbps: number,
    bytes: object({ audio: whole, video: whole, data: whole }),
    packets: whole,
    timestampJumps: whole,
    driftMs: orNull(number),
    gopCache: object({ packets: whole, bytes: whole }),
    viewers: whole,
    viewersByProtocol: { type: 'object', additionalProperties: whole },
    alerts: { type: 'array', items: object({ code: text, message: text }) },
    muted: { type: 'boolean' },
  },
  ['muted'],
);

const Session = object({
  id: text,
  role: { enum: ['publish', 'play'] },
  client: text,
  app: text,
  name: text,
  stream: text,
  protocol: text,
  remote: text,
  userAgent: orNull(text),
  page: orNull(text),
  state: text,
  startedAt: time,
  seconds: whole,
  kbps: number,
  receivedBytes: whole,
  sentBytes: whole,
  queuedBytes: whole,
  droppedPackets: whole,
  droppedBytes: whole,
  lags: whole,
  delayMs: orNull(number),
});

const Client = object({
  id: text,
  app: text,
  protocol: text,
  remote: text,
  userAgent: orNull(text),
  startedAt: time,
  sessions: { type: 'array', items: text },
});

const Report = object({
  generation: whole,
  outcome: { enum: ['applied', 'unchanged', 'rejected'] },
  at: time,
  milliseconds: number,
  words: { type: 'array', items: text },
  changes: { type: 'object' },
  streamsKept: whole,
  viewersKept: whole,
  sessionsClosed: whole,
  faults: { type: 'array', items: { $ref: '#/components/schemas/Fault' } },
  error: orNull(text),
});

const Fault = object({ file: text, line: orNull(whole), column: orNull(whole), path: text, message: text });

const Plan = object({
  outcome: { enum: ['applied', 'unchanged', 'rejected'] },
  words: { type: 'array', items: text },
  warnings: { type: 'array', items: text },
  changes: orNull({ type: 'object' }),
  faults: { type: 'array', items: { $ref: '#/components/schemas/Fault' } },
  error: orNull(text),
  disconnects: { type: 'integer', description: 'Sessions that would be closed.' },
});

const Relay = object(
  {
    id: text,
    kind: text,
    origin: text,
    app: text,
    name: text,
    peer: text,
    state: text,
    liveSince: time,
    reconnects: whole,
    bytes: whole,
    droppedPackets: whole,
    droppedBytes: whole,
    delayMs: number,
    lastError: text,
    retryInMs: whole,
  },
  ['liveSince', 'delayMs', 'lastError', 'retryInMs'],
);

const Recording = object(
  {
    state: { enum: ['recording', 'failing', 'finished'] },
    kind: text,
    app: text,
    name: text,
    path: { ...orNull(text), description: 'Null before the first frame, and where it may be a secret.' },
    bytes: whole,
    durationMs: orNull(number),
    startedAt: orNull(time),
    endedAt: orNull(time),
    url: { ...text, description: 'Of a finished one, where the plugin replay serves it.' },
    failure: orNull(text),
  },
  ['kind', 'path', 'durationMs', 'startedAt', 'endedAt', 'url', 'failure'],
);

const Engine = object(
  {
    app: text,
    name: text,
    profile: text,
    state: { enum: ['waiting', 'running', 'resting', 'stopping'] },
    pid: whole,
    startedAt: time,
    retryInMs: whole,
    restarts: whole,
    fps: number,
    speed: { ...number, description: '1 is real time.' },
    bitsPerSecond: number,
    writtenMs: number,
    droppedPackets: whole,
    lastError: text,
    errorLines: { type: 'array', items: text },
  },
  ['pid', 'startedAt', 'retryInMs', 'lastError'],
);

const Alert = object(
  {
    code: text,
    state: { enum: ['raised', 'cleared'] },
    app: text,
    name: text,
    stream: text,
    message: text,
    raisedAt: time,
    clearedAt: time,
  },
  ['clearedAt'],
);

const Problem = object(
  {
    type: text,
    title: text,
    status: whole,
    detail: text,
    code: text,
    faults: {
      type: 'array',
      items: object({ path: text, message: text }),
      description:
        'Everything that is wrong with a request or a config; of a config with file, line and column.',
    },
    etag: { ...text, description: 'With 412: the ETag of the config at present.' },
    plugin: { ...text, description: 'With 501: the plugin that is off.' },
    command: text,
  },
  ['faults', 'etag', 'plugin', 'command'],
);

const Ban = object({ address: text, reason: text, at: time, until: orNull(time) });

export const COMPONENTS: Readonly<Record<string, JsonSchema>> = {
  Server,
  Application,
  Stream,
  Session,
  Client,
  Report,
  Fault,
  Plan,
  Relay,
  Recording,
  Engine,
  Alert,
  Problem,
  Ban,
};

/** A reference to one of them. */
export function ref(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

export const ANY_OBJECT: JsonSchema = { type: 'object' };
