// Options of statistics.
import { addressSchema, tlsSchema, type JsonSchema, type TlsOptions } from 'livego';
import type { AllowOrigin } from 'livego/http';

export interface AlertOptions {
  readonly raiseAfterSeconds: number;
  readonly clearAfterSeconds: number;
  readonly maxKeyframeSeconds: number;
  readonly minBitrateShare: number;
  readonly maxBitrateShare: number;
  readonly maxFrameRateChange: number;
  readonly maxDriftMs: number;
  readonly minAudioFrameBytes: number;
  readonly audioTimeoutSeconds: number;
}

export interface StatOptions {
  readonly port: string | number;
  readonly tls: TlsOptions;
  readonly allowOrigin: AllowOrigin;
  readonly maxStreamMetrics: number;
  readonly publicHost: string;
  readonly alerts: AlertOptions;
}

function seconds(value: number, minimum: number, description: string): JsonSchema {
  return { type: 'integer', minimum, maximum: 3600, default: value, description };
}

function share(value: number, description: string): JsonSchema {
  return { type: 'number', minimum: 0, maximum: 1000, default: value, description };
}

const ALERTS: Readonly<Record<string, JsonSchema>> = {
  raiseAfterSeconds: seconds(3, 1, 'How long something must be wrong before an alert is raised.'),
  clearAfterSeconds: seconds(10, 1, 'How long it must be right before the alert is cleared.'),
  maxKeyframeSeconds: seconds(10, 0, 'Longest time between two keyframes; 0 allows any.'),
  minBitrateShare: share(
    0.3,
    'The bitrate of the last 5 s, as a share of the least of the last minute, below which it has collapsed; 0 allows any.',
  ),
  maxBitrateShare: share(
    2,
    'The bitrate of the last minute, as a share of what the publisher’s metadata announces, above which it is too high; 0 allows any.',
  ),
  maxFrameRateChange: share(
    0.3,
    'How far the frame rate of the last 5 s may be below the least of the last minute, as a share of it; 0 allows any.',
  ),
  maxDriftMs: {
    type: 'integer',
    minimum: 0,
    maximum: 60_000,
    default: 1000,
    description: 'How far audio and video may be apart in time; 0 allows any.',
  },
  minAudioFrameBytes: {
    type: 'integer',
    minimum: 0,
    maximum: 10_000,
    default: 16,
    description: 'AAC and Opus frames that are smaller on average hold silence; 0 allows any.',
  },
  audioTimeoutSeconds: seconds(5, 0, 'How long a track that was announced may send nothing; 0 allows any.'),
};

export const schema: JsonSchema = {
  type: 'object',
  properties: {
    port: addressSchema(
      8070,
      'Address of /stat, /stat/livestat, /metrics, /healthz and /readyz. The short form sets the API’s as well.',
    ),
    tls: tlsSchema('Address of https://, beside the plain one; 0 switches it off.'),
    allowOrigin: {
      level: 'server',
      anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
      default: '',
      description:
        'Origins whose pages may read: one origin ("https://example.org"), a list of them, or "" for none.',
    },
    maxStreamMetrics: {
      level: 'server',
      type: 'integer',
      minimum: 0,
      maximum: 100_000,
      default: 200,
      description:
        'Streams that have metrics of their own, the oldest first. Those that are left out are counted.',
    },
    publicHost: {
      level: 'server',
      type: 'string',
      default: '',
      description: 'The host in the addresses of /stat/livestat; "" takes that of each request.',
    },
    alerts: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'What is wrong with a publisher.',
      properties: ALERTS,
    },
  },
};
