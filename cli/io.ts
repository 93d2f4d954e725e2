// The parts of its process that the command uses, so that tests can run it without one.
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Environment } from '../config/text/variables.ts';
import type { PluginDefinition } from '../core/plugin/plugin.ts';
import type { Logger } from '../core/log/log.ts';
import type { ServedAddress } from '../core/net/served-address.ts';
import type { ReloadReport } from '../core/plugin/reload-report.ts';
import type { ServerSettings } from '../core/server.ts';
import { notifySystemd, type Notify } from './service-manager.ts';

export type Signal = 'SIGTERM' | 'SIGINT' | 'SIGHUP';

/** The part of a server that the command drives. */
export interface RunningServer {
  /** Names and patterns of the applications. */
  readonly applications?: readonly string[];
  readonly addresses?: readonly ServedAddress[];
  start(): Promise<void>;
  reload(reason: string): Promise<Pick<ReloadReport, 'generation' | 'outcome'>>;
  /** @param told - what clients are told; default: the cause */
  stop(cause: string, told?: string): Promise<void>;
}

export interface CliIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Environment;
  /** The file that node runs and its arguments: workers get the same. */
  readonly command: readonly [string, ...string[]];
  /** Calls back at each signal until the returned function is called. */
  readonly onSignal: (listener: (signal: Signal) => void) => () => void;
  /** Calls back with each rejection that nobody handled, which then does not end the process. */
  readonly onUnhandled?: (listener: (reason: unknown) => void) => void;
  /** Calls back with each exception that nothing has caught, which then does not end the process. */
  readonly onUncaught?: (listener: (error: unknown) => void) => void;
  /** One line of standard input; a person at a terminal is asked for it, and does not see it. */
  readonly readSecret: (prompt: string) => Promise<string>;
  /** Default: there is no service manager. */
  readonly notify?: Notify;
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
  // A reader that has gone (EPIPE) must not end the process.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => {});
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    env: process.env,
    command: [process.argv[1] ?? '', ...process.argv.slice(2)],
    onSignal(listener) {
      const signals: readonly Signal[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];
      for (const signal of signals) process.on(signal, listener);
      return () => signals.forEach((signal) => process.off(signal, listener));
    },
    onUnhandled: (listener) => void process.on('unhandledRejection', listener),
    onUncaught: (listener) => void process.on('uncaughtException', listener),
    readSecret,
    notify: notifySystemd(process.env),
    exit: (code) => process.exit(code),
  };
}

function readSecret(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  if (stdin.isTTY) stderr.write(prompt);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  stdin.on('error', () => {});
  const lines = createInterface({ input: stdin, output: silent, terminal: stdin.isTTY });
  return new Promise((resolve) => {
    let line = '';
    lines.once('line', (text) => {
      line = text;
      lines.close();
    });
    lines.once('close', () => {
      if (stdin.isTTY) stderr.write('\n');
      resolve(line);
    });
  });
}
