// Options of the engine.
import type { JsonSchema } from 'livego';

export interface Rendition {
  readonly name: string;
  readonly height: number;
  readonly videoKbps: number;
  readonly audioKbps: number;
  readonly encoder: string;
  readonly preset: string;
}

export interface EngineOptions {
  readonly profile: 'segments' | 'transcode' | 'command';
  readonly ffmpeg: string;
  readonly vcodec: string;
  readonly acodec: string;
  readonly extra_conf: string;
  readonly output: string;
  readonly trans_user: string;
  readonly only: readonly string[];
  readonly renditions: readonly Rendition[];
  readonly keyframeSeconds: number;
  readonly command: readonly string[];
  readonly maxPrograms: number;
  readonly endTimeoutMs: number;
  readonly termTimeoutMs: number;
}

const timeout = (value: number, description: string): JsonSchema => ({
  type: 'integer',
  minimum: 0,
  maximum: 600_000,
  default: value,
  description,
});

const kbps = (value: number, description: string): JsonSchema => ({
  type: 'integer',
  minimum: 8,
  default: value,
  description,
});

const renditions: JsonSchema = {
  type: 'array',
  default: [],
  description:
    'For "transcode": what is published back, each as NAME_RENDITION. Each has a name, and may have height, videoKbps, audioKbps, encoder and preset.',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: { type: 'string', pattern: '^[A-Za-z0-9-]+$', description: 'Is put behind the stream’s name.' },
      height: { type: 'integer', minimum: 16, default: 720, description: 'Height of the picture.' },
      videoKbps: kbps(2500, 'Bits per second of video, in thousands.'),
      audioKbps: kbps(128, 'Bits per second of audio, in thousands.'),
      encoder: { type: 'string', default: 'libx264', description: 'Encoder of video.' },
      preset: { type: 'string', default: 'veryfast', description: 'Preset of the encoder; empty sets none.' },
    },
  },
};

export const schema: JsonSchema = {
  type: 'object',
  properties: {
    profile: {
      enum: ['segments', 'transcode', 'command'],
      default: 'segments',
      description:
        '"segments" writes each stream to a file, or sends it to a URL. "transcode" publishes renditions back. "command" runs any program.',
    },
    ffmpeg: {
      type: 'string',
      path: 'program',
      minLength: 1,
      default: 'ffmpeg',
      description:
        'The program: a path, or a name that is looked up in PATH. A program that is not there is a fault.',
    },
    vcodec: {
      type: 'string',
      minLength: 1,
      default: 'copy',
      description: 'Video encoder of "segments", or "copy".',
    },
    acodec: {
      type: 'string',
      minLength: 1,
      default: 'copy',
      description: 'Audio encoder of "segments", or "copy".',
    },
    extra_conf: {
      type: 'string',
      path: 'read',
      default: '',
      description:
        'A file with further arguments for the output of ffmpeg, separated by blanks or lines; # begins a comment. It is read when the config is applied.',
    },
    output: {
      type: 'string',
      path: 'write',
      minLength: 1,
      default: './replay',
      description:
        'For "segments": a directory, or a URL such as rtmp://HOST/APP/{name} in which {app}, {name} and {time} are the stream’s.',
    },
    trans_user: {
      type: 'string',
      default: '',
      description: 'System user that the program runs as; empty: the user of the server. Needs root.',
    },
    only: {
      type: 'array',
      items: { type: 'string' },
      default: ['*'],
      description: 'Names of the streams that get an engine; * stands for any characters.',
    },
    renditions,
    keyframeSeconds: {
      type: 'number',
      minimum: 0.5,
      maximum: 60,
      default: 2,
      description: 'For "transcode": from one keyframe to the next, at the same times in all renditions.',
    },
    command: {
      type: 'array',
      path: 'command',
      items: { type: 'string' },
      default: [],
      description:
        'For "command": a program and its arguments. It gets the stream as FLV on its standard input, and the facts of the stream in LIVEGO_APP, LIVEGO_NAME and LIVEGO_SESSION.',
    },
    maxPrograms: {
      type: 'integer',
      minimum: 1,
      default: 100,
      description:
        'Programs of all applications and workers that run at a time. Further streams wait for a place.',
    },
    endTimeoutMs: timeout(
      10_000,
      'How long the program may take to finish when its input has ended; then it gets SIGTERM.',
    ),
    termTimeoutMs: timeout(5000, 'How long it may take after SIGTERM; then it gets SIGKILL.'),
  },
};
