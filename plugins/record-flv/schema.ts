// Options of recordings.
import type { JsonSchema } from 'livego';

export interface RecordOptions {
  readonly directory: string;
  readonly path: string;
  readonly only: readonly string[];
  readonly maxSeconds: number;
  readonly maxBytes: number;
  readonly splitOnReconnect: boolean;
  readonly syncSeconds: number;
  readonly md5: boolean;
  readonly maxQueueBytes: number;
  readonly keepDays: number;
  readonly keepBytes: number;
}

const MIB = 1024 * 1024;

export const schema: JsonSchema = {
  type: 'object',
  properties: {
    directory: {
      type: 'string',
      minLength: 1,
      default: './recordings',
      path: 'write',
      description: 'Directory of the recordings. One server writes into it.',
    },
    path: {
      type: 'string',
      minLength: 1,
      default: '{app}/{name}_{time}.flv',
      description:
        'Path of each file below the directory. {app} and {name} are the stream’s, {time} is the local time of its first packet (20261125T220312), {unix} the same in seconds, {date} its day (2026-11-25). A name that is taken gets a number.',
    },
    only: {
      type: 'array',
      items: { type: 'string' },
      default: ['*'],
      description:
        'Names of the streams that are recorded from their start; * stands for any characters. Others are recorded on command, and [] leaves all to commands.',
    },
    maxSeconds: {
      type: 'number',
      minimum: 0,
      default: 0,
      description:
        'A new file begins at the first keyframe after this long; 0 cuts after 24 days, which is what FLV can count.',
    },
    maxBytes: {
      type: 'integer',
      minimum: 0,
      default: 0,
      description:
        'A new file begins at a keyframe before the file grows larger than this; 0 never cuts by size.',
    },
    splitOnReconnect: {
      type: 'boolean',
      default: false,
      description:
        'Begins a new file when the publisher was away for a moment and returns. One that replaces another always gets its own.',
    },
    syncSeconds: {
      type: 'number',
      minimum: 0,
      maximum: 3600,
      default: 1,
      description:
        'How often the file is made safe against a power failure (fdatasync); 0 leaves that to the system. A process that is killed loses half a second at most, either way.',
    },
    md5: {
      type: 'boolean',
      default: false,
      description:
        'Reads each finished file again, beside the event loop, and announces it with its MD5: some seconds later if it is large.',
    },
    maxQueueBytes: {
      type: 'integer',
      minimum: 256 * 1024,
      default: 32 * MIB,
      description:
        'What may wait, for each stream, for a disk that is too slow: less if more than 512 MiB would wait in all. Beyond it packets are left out up to a keyframe, and counted.',
    },
    keepDays: {
      type: 'number',
      minimum: 0,
      default: 0,
      description: 'Recordings that ended longer ago are removed; 0 keeps them.',
    },
    keepBytes: {
      type: 'integer',
      minimum: 0,
      default: 0,
      description:
        'The oldest recordings of an application are removed while all of them are larger than this; 0 keeps them.',
    },
  },
};
