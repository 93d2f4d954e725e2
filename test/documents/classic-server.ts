// The command with a config in an empty folder, as a reader of a document starts it: on the ports that the document names.
// Where one of them is taken, the same config is served on ports that the system chooses.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { ROOT } from '../docs/documents.ts';
import { within } from '../helpers/net.ts';

const COMMAND = join(ROOT, 'bin', 'livego.js');
const START_MS = 120_000;
const ELSEWHERE = ['--rtmp_addr', '--httpflv_addr', '--hls_addr', '--api_addr'].flatMap((flag) => [
  flag,
  '127.0.0.1:0',
]);

export interface Start {
  /** The text of livego.json5. */
  readonly config: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface ClassicServer {
  readonly folder: string;
  rtmp(path: string): string;
  flv(path: string): string;
  hls(path: string): string;
  api(path: string): string;
  /** What is served, such as `http://localhost:7001` for `httpflv.port`. */
  origin(option: string): string;
  /** Resolves with the first log line, from the start on, that matches. */
  saw(pattern: RegExp): Promise<string>;
  /** Everything that was logged. */
  log(): string;
  /** The body of an answer of the API. */
  ask(path: string): Promise<unknown>;
}

/** An empty folder, removed with the test. */
export function emptyFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'livego-document-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export async function serve(start: Start, folder = emptyFolder()): Promise<ClassicServer> {
  writeFileSync(join(folder, 'livego.json5'), start.config);
  const asWritten = new Attempt(folder, start.flags ?? [], start.env);
  if (await asWritten.listens()) return asWritten.server();
  if (!asWritten.errors.includes(' is in use by ')) throw new Error(asWritten.errors);
  const elsewhere = new Attempt(folder, [...(start.flags ?? []), ...ELSEWHERE], start.env);
  if (await elsewhere.listens()) return elsewhere.server();
  throw new Error(elsewhere.errors);
}

class Attempt {
  errors = '';
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #looks = new Set<() => void>();
  readonly #ended: Promise<false>;

  constructor(folder: string, flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#folder = folder;
    this.#child = spawn(process.execPath, [COMMAND, ...flags], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void this.#child.kill('SIGKILL'));
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      this.#lines.push(line);
      for (const look of this.#looks) look();
    });
    this.#ended = new Promise((resolve) => this.#child.once('close', () => resolve(false)));
  }

  listens(): Promise<boolean> {
    const started = this.#saw(/ runs with /).then(() => true);
    return within(Promise.race([started, this.#ended]), 'the start of the server', START_MS);
  }

  server(): ClassicServer {
    const origin = (option: string): string => this.#origin(option);
    const api = (path: string): string => `${origin('api.port')}${path}`;
    return {
      folder: this.#folder,
      rtmp: (path) => `${origin('rtmp.port')}/${path}`,
      flv: (path) => `${origin('httpflv.port')}/${path}`,
      hls: (path) => `${origin('hls.port')}/${path}`,
      api,
      origin,
      saw: (pattern) => within(this.#saw(pattern), `a log line like ${pattern}`, START_MS),
      log: () => this.#lines.join('\n'),
      ask: async (path) => (await fetch(api(path))).json(),
    };
  }

  #origin(option: string): string {
    const listening = new RegExp(
      `listening on (\\S*):(\\d+) \\((?:[\\w.]+, )*${option}, (?:[\\w.]+, )*(\\w+)\\)`,
    );
    const [, host, port, scheme] = listening.exec(this.#lines.join('\n')) ?? [];
    if (port === undefined) throw new Error(`${option} listens nowhere`);
    return `${scheme === 'tcp' ? 'rtmp' : scheme}://${host === '' ? 'localhost' : host}:${port}`;
  }

  #saw(pattern: RegExp): Promise<string> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.#lines.find((line) => pattern.test(line));
        if (found === undefined) return;
        this.#looks.delete(look);
        resolve(found);
      };
      this.#looks.add(look);
      look();
    });
  }
}
