// The config of the server under test, and the changes that are made to it.

import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from './random.ts';

export interface Ports {
  readonly rtmp: number;
  readonly http: number;
  readonly hls: number;
  readonly api: number;
  /** RTMP of the server that streams are pushed to. It is killed now and then. */
  readonly target: number;
  /** RTMP of the server that streams are fetched from. */
  readonly origin: number;
  /** The receiver of web hooks. */
  readonly hooks: number;
}

export const STEADY = { app: 'live', name: 'steady' };
export const FAR = { app: 'edge', name: 'far' };
/** The same stream at its origin. */
export const FAR_AT_ORIGIN = { app: 'live', name: 'far' };
export const RECORD_SECONDS = 20;
const KEEP_BYTES = 40_000_000;
/** Limits that a stalled viewer reaches within a minute. */
const SLOW_VIEWER = { dropAfterBytes: 262_144, closeAfterBytes: 1_048_576 };

export class ConfigFile {
  readonly file: string;
  readonly recordings: string;
  pluginEdits = 0;
  readonly #directory: string;
  readonly #ports: Ports;
  readonly #random: Random;
  #turn = 0;
  #settings: Record<string, unknown> = {};

  constructor(directory: string, ports: Ports, random: Random) {
    this.#directory = directory;
    this.#ports = ports;
    this.#random = random;
    this.file = join(directory, 'livego.json5');
    this.recordings = join(directory, 'recordings');
    mkdirSync(this.recordings);
    this.#writePlugin();
    this.#save(this.#text());
  }

  /** A change that nobody may notice. Returns what it is. */
  edit(): string {
    const random = this.#random;
    if (random.next() < 0.03) {
      this.#writePlugin();
      return 'an edited plugin';
    }
    const changes: Readonly<Record<string, unknown>> = {
      gop_num: random.pick([1, 2, 3]),
      gateTimeoutMs: Math.round(random.between(4000, 6000)),
      maxStreams: Math.round(random.between(900, 1000)),
      chunksize: random.pick([4096, 8192, 60_000]),
      level: random.pick(['info', 'debug']),
      servers: random.pick([[], ['event'], ['event', 'other']]),
      demo: random.pick(['enable', 'disable']),
    };
    const key = random.pick(Object.keys(changes));
    this.#settings[key] = changes[key];
    this.#save(this.#text());
    return `${key}: ${JSON.stringify(changes[key])}`;
  }

  /** A text that has to be rejected. Returns what is wrong. */
  spoil(): string {
    const text = this.#text();
    const texts = {
      'half a file': text.slice(0, text.length / 2),
      'an unknown key': text.replace('gop_num', 'gop_nun'),
      'a brace too many': `${text}}`,
      'an empty file': '',
    };
    const what = this.#random.pick(Object.keys(texts) as (keyof typeof texts)[]);
    this.#save(texts[what]);
    return what;
  }

  restore(): string {
    this.#save(this.#text());
    return 'restored';
  }

  #text(): string {
    const { rtmp, http, hls, api, hooks } = this.#ports;
    const { servers = [], ...settings } = this.#settings;
    const config = {
      gop_num: 1,
      ...settings,
      listen: `127.0.0.1:${rtmp}`,
      flvport: `127.0.0.1:${http}`,
      hls: { port: `127.0.0.1:${hls}`, sessionTokens: 'none', segmentSeconds: 2 },
      operport: `127.0.0.1:${api}`,
      control: { requestsPerMinute: 100_000 },
      read_timeout: 5,
      slowViewer: SLOW_VIEWER,
      record: { directory: this.recordings, maxSeconds: RECORD_SECONDS, keepBytes: KEEP_BYTES },
      replay: { port: `127.0.0.1:${http}`, directories: [this.recordings] },
      engine: { profile: 'command', command: ['cat'] },
      notify: { url: `http://127.0.0.1:${hooks}/`, updateSeconds: 5, maxQueued: 500, retrySeconds: 20 },
      api: { stateFile: join(this.#directory, 'state.json') },
      auth: { keyStore: { file: join(this.#directory, 'keys.json') } },
      plugins: ['./mine.mjs'],
      servers: [...this.#applications(), ...(servers as string[]).map((servername) => ({ servername }))],
    };
    return `// ${++this.#turn}\n${JSON.stringify(config, null, 2)}\n`;
  }

  #applications(): object[] {
    const { target, origin } = this.#ports;
    return [
      { servername: STEADY.app, relay: { push: [`rtmp://127.0.0.1:${target}/copy`] } },
      {
        servername: FAR.app,
        relay: { onDemand: `rtmp://127.0.0.1:${origin}/${FAR_AT_ORIGIN.app}/{name}` },
        record: 'disable',
        engine: 'disable',
      },
    ];
  }

  #writePlugin(): void {
    const text = `export default {
  name: 'mine',
  schema: { type: 'object', properties: {} },
  app({ hooks }) { hooks.publishStart.tap(() => ${this.pluginEdits++}); },
};
`;
    writeFileSync(join(this.#directory, 'mine.mjs'), text);
  }

  #save(text: string): void {
    writeFileSync(`${this.file}~`, text);
    renameSync(`${this.file}~`, this.file);
  }
}
