// Options of commands.
import type { JsonSchema } from 'livego';

/** A program and its arguments. A string is cut at its blanks. */
export type CommandLine = string | readonly string[];

export interface ExecOptions {
  readonly push: readonly CommandLine[];
  readonly push_done: readonly CommandLine[];
  readonly play: readonly CommandLine[];
  readonly play_done: readonly CommandLine[];
  readonly record_done: readonly CommandLine[];
  readonly maxRunning: number;
  readonly maxWaiting: number;
  readonly timeoutSeconds: number;
}

const commands = (moment: string): JsonSchema => ({
  type: 'array',
  items: {
    path: 'command',
    anyOf: [
      { type: 'string', minLength: 1 },
      { type: 'array', minItems: 1, items: { type: 'string' } },
    ],
  },
  default: [],
  description: `Commands run when ${moment}: each a list of a program and its arguments, or a string that is cut at its blanks. No shell is involved.`,
});

export const schema: JsonSchema = {
  type: 'object',
  properties: {
    push: commands('a stream gets a publisher'),
    push_done: commands('a publisher has stopped'),
    play: commands('a viewer has joined'),
    play_done: commands('a viewer has left'),
    record_done: commands('a recording or a replay file is finished'),
    maxRunning: {
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      default: 8,
      description: 'Commands of an application that run at a time, in all workers together. Others wait.',
    },
    maxWaiting: {
      type: 'integer',
      minimum: 0,
      maximum: 100_000,
      default: 256,
      description:
        'Commands of an application that may wait, in all workers together. Beyond that they are left out, and counted.',
    },
    timeoutSeconds: {
      type: 'number',
      minimum: 0.1,
      maximum: 86_400,
      default: 60,
      description: 'A command that takes longer is killed, with what it has started.',
    },
  },
};
