// Structured logs: readable lines on a terminal, JSON otherwise.
import { createRequire } from 'node:module';
import { pino, stdSerializers, type DestinationStream, type Logger as PinoLogger } from 'pino';
import type { PinoPretty } from 'pino-pretty';
import { LogOutput, type LineOutput } from './log-output.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** `log.info({ stream: "live/movie" }, "publisher connected")`. A child carries its fields into each line. */
export type Logger = Pick<PinoLogger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'child' | 'level'>;

export interface LogOptions {
  readonly level?: LogLevel;
  /** Readable lines instead of JSON. Default: whether the output is a terminal. */
  readonly pretty?: boolean;
  /** Receives the lines. Default: standard output. */
  readonly destination?: DestinationStream & { readonly isTTY?: boolean };
}

/** Makes the root logger. Writing is synchronous, so that the last line before an exit is not lost. */
export function createLogger(options: LogOptions = {}): Logger {
  const given = options.destination ?? process.stdout;
  const pretty = options.pretty ?? ('isTTY' in given && given.isTTY);
  const settings = {
    level: options.level ?? 'info',
    base: null,
    // JSON escapes the others by itself.
    hooks: { streamWrite: escapeInJson },
    ...(pretty && { serializers: { err: describeError } }),
  };
  const output = new LogOutput(pretty ? escapeOnTerminal(given) : given);
  const log = pino(settings, pretty ? makePretty(output) : output);
  output.onBack((lines) => log.warn({ lines }, 'log lines are missing here: nobody read them'));
  return log;
}

function makePretty(destination: LogOutput): DestinationStream {
  // Few servers write to a terminal.
  const require = createRequire(import.meta.url);
  const pretty = require('pino-pretty') as typeof PinoPretty;
  return pretty({
    destination,
    sync: true,
    colorize: true,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname',
    singleLine: true,
    // These fields stand at the head of a line.
    customPrettifiers: { name: escapeField, caller: escapeField },
    messageFormat: (line, messageKey) => escapeControls(line[messageKey] as string | undefined),
  });
}

/** These stand in no JSON text outside of strings. */
function escapeInJson(line: string): string {
  return line.replace(/[\u007f-\u009f\u2028\u2029]/g, escapeControls);
}

/** Colours begin with the escape character, which is left alone here: fields and messages have none any more. */
function escapeOnTerminal(output: LineOutput): LineOutput {
  return {
    write: (line) => output.write(escapeInJson(String(line))),
    get writableLength() {
      return output.writableLength ?? 0;
    },
    on: (event, listener) => output.on?.(event, listener),
    once: (event, listener) => output.once?.(event, listener),
    listenerCount: (event) => output.listenerCount?.(event) ?? 0,
  };
}

/** An error whose message is one line, also in its stack. What is no error stays as it is. */
function describeError(error: Error | null): object | null {
  const described = error && stdSerializers.err(error);
  if (typeof described?.message !== 'string') return described;
  const { message, stack } = described;
  const oneLine = escapeControls(message);
  return Object.assign(described, { message: oneLine, stack: stack?.replace(message, () => oneLine) });
}

function escapeField(value: string | object): string {
  return escapeControls(typeof value === 'string' ? value : JSON.stringify(value));
}

/** What comes from outside may hold line breaks and terminal codes; a line of the log is one line. */
function escapeControls(text = ''): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (control) => {
    const code = control.codePointAt(0) ?? 0;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
