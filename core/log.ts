// Structured logs: readable lines on a terminal, JSON otherwise.
import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { PinoPretty } from 'pino-pretty';

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
  const output = options.destination ?? process.stdout;
  const pretty = options.pretty ?? ('isTTY' in output && output.isTTY);
  const settings = { level: options.level ?? 'info', base: null };
  if (!pretty) return pino(settings, output);
  const destination = output as unknown as NodeJS.WritableStream;
  return pino(
    settings,
    PinoPretty({
      destination,
      sync: true,
      colorize: true,
      translateTime: 'SYS:HH:MM:ss.l',
      ignore: 'pid,hostname',
      singleLine: true,
    }),
  );
}
