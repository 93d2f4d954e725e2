// The parts of its process that the command uses, so that tests can run it without one.
import type { Environment } from '../config/text/variables.ts';
import type { PluginDefinition } from '../core/plugin/plugin.ts';
import type { Logger } from '../core/log.ts';
import type { ServerSettings } from '../core/server.ts';

export type Signal = 'SIGTERM' | 'SIGINT' | 'SIGHUP';

/** The part of a server that the command drives. */
export interface RunningServer {
  start(): Promise<void>;
  reload(reason: string): Promise<unknown>;
  stop(cause: string): Promise<void>;
}

export interface CliIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Environment;
  /** Calls back at each signal until the returned function is called. */
  readonly onSignal: (listener: (signal: Signal) => void) => () => void;
  /** Ends the process at once. */
  readonly exit: (code: number) => void;
  /** Default: the server of this package. */
  readonly createServer?: (settings: ServerSettings) => RunningServer;
  /** Default: the built-in plugins. */
  readonly builtins?: readonly PluginDefinition[];
  readonly log?: Logger;
}

/** The real process. */
export function processIo(): CliIo {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    env: process.env,
    onSignal(listener) {
      const signals: readonly Signal[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];
      for (const signal of signals) process.on(signal, listener);
      return () => signals.forEach((signal) => process.off(signal, listener));
    },
    exit: (code) => process.exit(code),
  };
}
