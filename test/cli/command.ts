// The command, with a server that only records its calls, and a temporary folder for configs. Removed when the test ends.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { CliIo, RunningServer, Signal } from '../../cli/io.ts';
import { run } from '../../cli/main.ts';
import type { ConfigSource, ResolvedConfig } from '../../core/config.ts';
import type { PluginDefinition } from '../../core/plugin/plugin.ts';
import { createLogger } from '../../core/log/log.ts';
import { FAKES } from '../config/fake-plugins.ts';

/** One call of the command. */
export interface CommandRun {
  readonly code: Promise<number>;
  /** The config that the server got; undefined if it was rejected. */
  readonly running: Promise<ResolvedConfig | undefined>;
  signal(name: Signal): void;
  /** Calls of the server, and warnings of its config. */
  readonly events: readonly string[];
  output(): string;
}

export class Command {
  readonly path = mkdtempSync(join(tmpdir(), 'livego-cli-'));
  /** What is typed when a secret is asked for. */
  secret = '';
  /** What the service manager has been told. */
  readonly told: string[] = [];
  builtins: readonly PluginDefinition[] = FAKES;

  constructor() {
    onTestFinished(() => rmSync(this.path, { recursive: true, force: true }));
  }

  write(name: string, content: string): string {
    const file = join(this.path, name);
    writeFileSync(file, content);
    return file;
  }

  run(...argv: string[]): CommandRun {
    const events: string[] = [];
    let output = '';
    let listener: ((signal: Signal) => void) | undefined;
    let started: (config: ResolvedConfig | undefined) => void;
    const running = new Promise<ResolvedConfig | undefined>((resolve) => (started = resolve));
    const io: CliIo = {
      out: (text) => (output += text),
      err: (text) => (output += text),
      env: {},
      command: ['livego'],
      onSignal(listen) {
        listener = listen;
        return () => (listener = undefined);
      },
      readSecret: () => Promise.resolve(this.secret),
      notify: async (fields) => void this.told.push(...fields),
      exit: (code) => void events.push(`exit ${code}`),
      builtins: this.builtins,
      log: createLogger({ level: 'silent' }),
      createServer: ({ source }) => fakeServer(source, events, (config) => started(config)),
    };
    return { code: run(argv, io), running, signal: (name) => listener?.(name), events, output: () => output };
  }
}

function fakeServer(
  source: ConfigSource,
  events: string[],
  onStart: (config: ResolvedConfig | undefined) => void,
): RunningServer {
  return {
    async start() {
      const loaded = await source.load();
      onStart(loaded.ok ? loaded.config : undefined);
      events.push(...loaded.warnings);
      if (!loaded.ok) throw new Error(loaded.faults.map(({ message }) => message).join('\n'));
    },
    reload: async (reason) => {
      events.push(`reload ${reason}`);
      const loaded = await source.load();
      return { generation: 2, outcome: loaded.ok ? 'applied' : 'rejected' };
    },
    stop: async (cause) => void events.push(`stop ${cause}`),
  };
}
