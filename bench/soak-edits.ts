// Edits of every kind, one after the other, valid and not, and the ways in which editors save a file.
import { execFileSync } from 'node:child_process';
import { copyFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Ports {
  /** The port an option has to begin with, and those it moves to. */
  readonly rtmp: readonly number[];
  readonly http: readonly number[];
  readonly hls: number;
  readonly tls: number;
  /** Somebody else listens here. */
  readonly taken: number;
}

interface Settings {
  gop: number;
  merge: number | 'auto';
  level: 'info' | 'debug';
  chunkSize: number;
  rtmpPort: number;
  httpPort: number;
  everyAddress: boolean;
  tls: boolean;
  flv: boolean;
  flvOfLive: boolean;
  liveName: string | undefined;
  extraApps: number;
  liveFirst: boolean;
  limits: number;
  plugin: boolean;
  window: number;
  comment: number;
  onRemove: 'drain' | 'close';
}

/** Changes the settings, or files beside the config. `quiet`: the config's text is saved as it was. */
type Kind = (settings: Settings, turn: number) => 'quiet' | void;

export interface Edit {
  readonly label: string;
  readonly valid: boolean;
  /** Saves; resolves with the time at which the last byte was in place. */
  save(now: () => number): Promise<number>;
}

export class Edits {
  readonly file: string;
  readonly #directory: string;
  readonly #ports: Ports;
  readonly #hasHls: boolean;
  readonly #settings: Settings;
  #certificateName: 'a' | 'b' = 'a';
  #turn = 0;
  #invalidTurn = 0;
  /** The last text saved is one that was refused. */
  #spoilt = false;

  constructor(directory: string, ports: Ports, hasHls: boolean) {
    this.#directory = directory;
    this.#ports = ports;
    this.#hasHls = hasHls;
    this.file = join(directory, 'livego.json5');
    this.#settings = initial(ports);
    for (const name of ['a', 'b']) createCertificate(join(directory, name));
    this.#copyCertificate('a');
    this.#writePlugin(0);
    writeFileSync(join(directory, 'broken.mjs'), 'export default {\n  name: "broken",,\n};\n');
    writeFileSync(join(directory, 'failing.mjs'), pluginText('failing', 'throw new Error("no disk")'));
    writeFileSync(this.file, this.#text());
  }

  get rtmpPort(): number {
    return this.#settings.rtmpPort;
  }

  /** Always the same. */
  get hlsPort(): number {
    return this.#ports.hls;
  }

  get httpPort(): number {
    return this.#settings.httpPort;
  }

  /** Brings back what it was in the beginning, so that two measurements are of one config. */
  reset(): Edit {
    this.#spoilt = false;
    Object.assign(this.#settings, initial(this.#ports), { comment: ++this.#turn });
    return this.#edit('reset', this.#text(), true, 'in place');
  }

  nextValid(): Edit {
    const spoilt = this.#spoilt;
    this.#spoilt = false;
    const turn = this.#turn++;
    const kinds = Object.entries(this.#kinds);
    const [label, change] = kinds[turn % kinds.length]!;
    const quiet = (): boolean => change(this.#settings, turn) === 'quiet';
    // With a text that is refused beside it, a file is reread in vain: then the text is saved as well.
    if (!spoilt && (label === 'plugin edited' || label === 'certificate renewed'))
      return { label, valid: true, save: async (now) => (quiet(), now()) };
    quiet();
    // Some turns find things as they want them; a save without a change would be none.
    this.#settings.comment = turn;
    return this.#edit(label, this.#text(), true, WAYS[turn % WAYS.length]!);
  }

  nextInvalid(): Edit {
    this.#spoilt = true;
    const turn = this.#invalidTurn++;
    const [label, text] = this.#invalid(turn)[turn % 8]!;
    return this.#edit(label, text, false, WAYS[turn % WAYS.length]!);
  }

  readonly #kinds: Readonly<Record<string, Kind>> = {
    gop_num: (s, turn) => void (s.gop = (s.gop + 1 + (turn % 2)) % 5),
    mergeWriteMs: (s) => void (s.merge = next([0, 20, 'auto'] as const, s.merge)),
    level: (s) => void (s.level = s.level === 'info' ? 'debug' : 'info'),
    chunkSize: (s) => void (s.chunkSize = next([4096, 1024, 60_000, 128], s.chunkSize)),
    'rtmp port': (s) => void (s.rtmpPort = next(this.#ports.rtmp, s.rtmpPort)),
    'plugin on': (s) => void (s.plugin = true),
    'http port': (s) => void (s.httpPort = next(this.#ports.http, s.httpPort)),
    'plugin edited': (_s, turn) => (this.#writePlugin(turn), 'quiet'),
    'address of rtmp': (s) => void (s.everyAddress = !s.everyAddress),
    'TLS on': (s) => void (s.tls = true),
    'application added': (s) => void (s.extraApps = next([1, 2, 3, 4], s.extraApps)),
    'certificate renewed': () => (this.#copyCertificate(next(['a', 'b'], this.#certificateName)), 'quiet'),
    'httpflv off': (s) => void (s.flv = false),
    'pattern instead of name': (s) => void (s.liveName = 'li*'),
    'TLS off': (s) => void (s.tls = false),
    'httpflv on': (s) => void (s.flv = true),
    'httpflv off in the application': (s) => void (s.flvOfLive = false),
    limits: (s, turn) => void (s.limits = turn),
    'application removed': (s) => void (s.liveName = undefined),
    'application back': (s) => void Object.assign(s, { liveName: 'live', flvOfLive: true }),
    'order of applications': (s) => void (s.liveFirst = !s.liveFirst),
    'segments of HLS': (s) => void (s.window = next([6, 5, 4], s.window)),
    'plugin off': (s) => void (s.plugin = false),
    comment: (s, turn) => void (s.comment = turn),
    onRemove: (s) => void (s.onRemove = s.onRemove === 'drain' ? 'close' : 'drain'),
  };

  #invalid(turn: number): [label: string, text: string][] {
    const config = this.#config();
    const missing = { port: `127.0.0.1:${this.#ports.tls}`, cert: 'none.crt', key: 'none.key' };
    return [
      ['half a file', this.#text().slice(0, 30 + (turn % 40))],
      ['unknown key', JSON.stringify({ ...config, gop_nun: 2 })],
      ['wrong type', JSON.stringify({ ...config, gop_num: 'two' })],
      ['port taken', JSON.stringify({ ...config, listen: `127.0.0.1:${this.#ports.taken}` })],
      ['certificate missing', JSON.stringify({ ...config, rtmp: { tls: missing } })],
      ['plugin with a syntax error', JSON.stringify({ ...config, plugins: ['./broken.mjs'] })],
      ['plugin that does not start', JSON.stringify({ ...config, plugins: ['./failing.mjs'] })],
      ['empty file', ''],
    ].map(([label, text]) => [label!, `${text!}\n// ${turn}${text === '' ? '' : '\n'}`]);
  }

  #config(): Record<string, unknown> {
    const s = this.#settings;
    const live = s.liveName === undefined ? [] : [this.#live(s.liveName)];
    const others = Array.from({ length: s.extraApps }, (_, index) => ({
      servername: `event${index}`,
      onRemove: s.onRemove,
    }));
    const tls = { port: `127.0.0.1:${this.#ports.tls}`, ...this.#certificate };
    const none = { port: 0, ...this.#certificate };
    return {
      listen: `${s.everyAddress ? '' : '127.0.0.1'}:${s.rtmpPort}`,
      flvport: `127.0.0.1:${s.httpPort}`,
      httpflv: s.flv ? 'enable' : 'disable',
      rtmp: { chunkSize: s.chunkSize, tls: s.tls ? tls : none },
      ...(this.#hasHls && {
        hls: { port: `127.0.0.1:${this.#ports.hls}`, window: s.window, sessionTokens: 'none' },
      }),
      ...(s.plugin && { plugins: ['./plugin.mjs'] }),
      gop_num: s.gop,
      mergeWriteMs: s.merge,
      level: s.level,
      keepAfterUnpublishMs: 0,
      maxStreams: 1000 + s.limits,
      gateTimeoutMs: 5000 + s.limits,
      servers: s.liveFirst ? [...live, ...others] : [...others, ...live],
    };
  }

  #live(servername: string): Record<string, unknown> {
    const off = this.#settings.flvOfLive ? {} : { httpflv: 'disable', onRemove: 'drain' };
    return { servername, ...off };
  }

  #text(): string {
    return `// ${this.#settings.comment}\n${JSON.stringify(this.#config(), null, 2)}\n`;
  }

  get #certificate(): { cert: string; key: string } {
    return { cert: join(this.#directory, 'tls.crt'), key: join(this.#directory, 'tls.key') };
  }

  #copyCertificate(name: 'a' | 'b'): void {
    this.#certificateName = name;
    const { cert, key } = this.#certificate;
    copyFileSync(join(this.#directory, `${name}.key`), key);
    copyFileSync(join(this.#directory, `${name}.crt`), cert);
  }

  #writePlugin(turn: number): void {
    writeFileSync(join(this.#directory, 'plugin.mjs'), pluginText('mine', `globalThis.soakTurn = ${turn}`));
  }

  #edit(label: string, text: string, valid: boolean, way: Way): Edit {
    return { label: `${label}, ${way}`, valid, save: (now) => saveAs(this.file, text, way, now) };
  }
}

const WAYS = ['in place', 'rename', 'unlink and create', 'in two pieces', 'backup and create'] as const;
type Way = (typeof WAYS)[number];

async function saveAs(file: string, text: string, way: Way, now: () => number): Promise<number> {
  switch (way) {
    case 'rename':
      writeFileSync(`${file}~`, text);
      renameSync(`${file}~`, file);
      break;
    case 'unlink and create':
      unlinkSync(file);
      writeFileSync(file, text);
      break;
    case 'in two pieces':
      writeFileSync(file, text.slice(0, text.length / 2));
      await sleep(10);
      writeFileSync(file, text);
      break;
    case 'backup and create':
      renameSync(file, `${file}.bak`);
      writeFileSync(file, text);
      break;
    default:
      writeFileSync(file, text);
  }
  return now();
}

function next<Value>(values: readonly Value[], present: Value): Value {
  return values[(values.indexOf(present) + 1) % values.length]!;
}

function initial(ports: Ports): Settings {
  return {
    gop: 1,
    merge: 0,
    level: 'info',
    chunkSize: 4096,
    rtmpPort: ports.rtmp[0]!,
    httpPort: ports.http[0]!,
    everyAddress: false,
    tls: false,
    flv: true,
    flvOfLive: true,
    liveName: 'live',
    extraApps: 1,
    liveFirst: true,
    limits: 0,
    plugin: false,
    window: 6,
    comment: 0,
    onRemove: 'drain',
  };
}

function pluginText(name: string, start: string): string {
  return `export default {
  name: ${JSON.stringify(name)},
  schema: { type: 'object', properties: {} },
  server({ hooks, onStart }) {
    hooks.publish.tap(() => undefined);
    onStart(() => { ${start}; });
  },
  app({ hooks }) {
    hooks.streamStart.tap(() => {});
  },
};
`;
}

function createCertificate(path: string): void {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const files = ['-keyout', `${path}.key`, '-out', `${path}.crt`];
  execFileSync(
    'openssl',
    ['req', '-x509', '-nodes', '-days', '2', ...curve, '-subj', '/CN=localhost', ...files],
    {
      stdio: 'ignore',
    },
  );
}
