// A logger whose lines a test can read.
import type { LogLevel } from '../../core/log/log.ts';
import { createLogger, type Logger } from '../../core/log/log.ts';

export interface LogLine {
  readonly level: LogLevel;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface MemoryLog {
  readonly log: Logger;
  /** Everything logged so far. */
  readonly lines: readonly LogLine[];
  /** Messages of lines at this level. */
  messages(level: LogLevel): string[];
}

const LEVELS: Readonly<Record<number, LogLevel>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
};

export function memoryLog(): MemoryLog {
  const lines: LogLine[] = [];
  const write = (line: string): void => {
    const { level, ...fields } = JSON.parse(line) as Record<string, unknown> & { level: number; msg: string };
    lines.push({ ...fields, level: LEVELS[level] ?? 'info' });
  };
  return {
    log: createLogger({ level: 'trace', pretty: false, destination: { write } }),
    lines,
    messages: (level) => lines.filter((line) => line.level === level).map((line) => line.msg),
  };
}
