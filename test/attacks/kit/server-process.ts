// The server as a process of its own, in a folder of its own: what the attacks are made on.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { waitForEvent } from '../../helpers/net.ts';
import { Progress } from '../../helpers/rtmp/progress.ts';
import { LONG, PATIENCE_MS } from './size.ts';

/** An address of the config, as the log names it. */
export type Door =
  | 'rtmp.port'
  | 'rtmp.tls.port'
  | 'httpflv.port'
  | 'httpflv.tls.port'
  | 'hls.port'
  | 'hls.tls.port'
  | 'api.port'
  | 'stat.port'
  | 'replay.port';

export type Config = Readonly<Record<string, unknown>>;

export interface ServerSetUp {
  /** Added to `COMMON`; gets the folder that the server runs in. */
  readonly config?: (folder: string) => Config;
  /** Arguments of the shell's ulimit. */
  readonly ulimit?: string;
  /** Of node. */
  readonly flags?: readonly string[];
}

interface LogLine {
  readonly level: number;
  readonly msg: string;
}

const TURN_METER = new URL('turn-meter.mjs', import.meta.url).href;
const COMMAND = fileURLToPath(new URL('../../../bin/livego.js', import.meta.url));
/** For the server alone, such as "--cpu-prof --cpu-prof-dir=/tmp/profiles". */
const NODE_FLAGS = (process.env['LIVEGO_ATTACK_NODE_FLAGS'] ?? '').split(' ').filter(Boolean);
export const ANY_PORT = '127.0.0.1:0';
const ERROR_LEVEL = 50;

/** Short segments, and a playlist so long that a viewer of a loaded machine finds each of them. */
export const HLS = { port: ANY_PORT, segmentSeconds: 0.5, playlistSegments: 100 };

const COMMON: Config = {
  servers: [{ servername: 'live' }],
  listen: ANY_PORT,
  flvport: ANY_PORT,
  operport: ANY_PORT,
  hls: HLS,
  watch: { enabled: false },
  waitForPublisherMs: 300,
  // Whoever may publish may replace a publisher, unless told otherwise: that is no attack.
  duplicate: 'reject',
};

export class ServerProcess {
  readonly folder = mkdtempSync(join(tmpdir(), 'livego-attack-'));
  readonly file = join(this.folder, 'livego.json5');
  readonly child: ChildProcess;
  readonly log: LogLine[] = [];
  readonly #progress = new Progress(PATIENCE_MS);
  readonly #ports = new Map<string, number>();
  #stderr = '';

  private constructor({ config, ulimit = '-c 0', flags: ownFlags = [] }: ServerSetUp) {
    this.writeConfig(config?.(this.folder));
    // The inspector collects garbage before memory is measured.
    const flags = [
      ...(LONG ? ['--inspect=127.0.0.1:0', '--import', TURN_METER] : []),
      ...NODE_FLAGS,
      ...ownFlags,
    ];
    const command = [process.execPath, ...flags, COMMAND, '--config_file', this.file];
    this.child = spawn('sh', ['-c', `ulimit ${ulimit}; exec "$@"`, 'sh', ...command], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#progress.notify();
    });
    createInterface({ input: this.child.stdout! }).on('line', (line) => this.#read(line));
    this.child.once('exit', () => this.#progress.notify());
  }

  static async start(setUp: ServerSetUp = {}): Promise<ServerProcess> {
    const server = new ServerProcess(setUp);
    await server.says(/ runs with the config /);
    return server;
  }

  /** Replaces the config; the server reads it on SIGHUP. */
  writeConfig(config: Config = {}): void {
    writeFileSync(this.file, JSON.stringify({ ...COMMON, ...config }));
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Lines that name a fault of the server, and whatever is written beside the log. */
  get complaints(): string[] {
    const told = this.#stderr.split('\n').filter((line) => line !== '' && !/debugger|inspector/i.test(line));
    return [...this.log.filter(({ level }) => level >= ERROR_LEVEL).map(({ msg }) => msg), ...told];
  }

  /** Where the inspector of a long attack listens. */
  get inspector(): string | undefined {
    return /ws:\/\/\S+/.exec(this.#stderr)?.[0];
  }

  port(door: Door): number {
    const port = this.#ports.get(door);
    if (port === undefined) throw new Error(`The server does not listen at ${door}.`);
    return port;
  }

  /** Resolves with the first line of the log, from `from` on, that matches. */
  async says(text: RegExp, from = 0): Promise<string> {
    const look = (): string | undefined => {
      const found = this.log.slice(from).find(({ msg }) => text.test(msg));
      if (!found && !this.alive)
        throw new Error(`The server has ended, and never said ${text}: ${this.#stderr}`);
      return found?.msg;
    };
    return this.#progress.until(look, `a line of the log that matches ${text}`);
  }

  /** A line of /proc/PID/status, such as VmRSS, in MiB. */
  memoryMib(line: 'VmRSS' | 'VmHWM'): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(new RegExp(`${line}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
  }

  /** SIGTERM ends it in order. Resolves with its exit code or the signal that ended it. */
  async stop(): Promise<unknown> {
    if (!this.alive) return this.child.exitCode ?? this.child.signalCode;
    const ended = waitForEvent(this.child, 'exit', undefined, PATIENCE_MS);
    this.child.kill('SIGTERM');
    const [code, signal] = await ended;
    return code ?? signal;
  }

  /** Whatever has become of it: it is gone, and so is its folder. */
  discard(): void {
    this.child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  #read(line: string): void {
    const read = JSON.parse(line) as LogLine;
    this.log.push(read);
    const address = /^listening on .*:(\d+) \((\S+),/.exec(read.msg);
    if (address) this.#ports.set(address[2]!, Number(address[1]));
    this.#progress.notify();
  }
}
