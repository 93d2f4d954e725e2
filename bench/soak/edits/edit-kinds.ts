// The kinds of valid edits, in the order of their turns, and the texts that have to be rejected.

import type { Config, Ports, Settings } from './settings.ts';
import type { SideFiles } from './side-files.ts';

export interface EditContext {
  readonly settings: Settings;
  readonly ports: Ports;
  readonly files: SideFiles;
}

/** Changes the settings, or a file beside the config. */
export type Kind = (context: EditContext, turn: number) => void;

/** These edits change a file beside the config and leave the config as it is. */
export const SIDE_FILE_EDITS: Readonly<Record<string, Kind>> = {
  'plugin edited': ({ files }, turn) => files.editPlugin(turn),
  'certificate renewed': ({ files }) => files.renewCertificate(),
};

export const VALID_EDITS: Readonly<Record<string, Kind>> = {
  gop_num: ({ settings: s }, turn) => void (s.gop = (s.gop + 1 + (turn % 2)) % 5),
  mergeWriteMs: ({ settings: s }) => void (s.merge = next([0, 20, 'auto'] as const, s.merge)),
  level: ({ settings: s }) => void (s.level = s.level === 'info' ? 'debug' : 'info'),
  chunkSize: ({ settings: s }) => void (s.chunkSize = next([4096, 1024, 60_000, 128], s.chunkSize)),
  'rtmp port': ({ settings: s, ports }) => void (s.rtmpPort = next(ports.rtmp, s.rtmpPort)),
  'plugin on': ({ settings: s }) => void (s.plugin = true),
  'http port': ({ settings: s, ports }) => void (s.httpPort = next(ports.http, s.httpPort)),
  'plugin edited': SIDE_FILE_EDITS['plugin edited']!,
  'address of rtmp': ({ settings: s }) => void (s.everyAddress = !s.everyAddress),
  'TLS on': ({ settings: s }) => void (s.tls = true),
  'application added': ({ settings: s }) => void (s.extraApps = next([1, 2, 3, 4], s.extraApps)),
  'certificate renewed': SIDE_FILE_EDITS['certificate renewed']!,
  'httpflv off': ({ settings: s }) => void (s.flv = false),
  'pattern instead of name': ({ settings: s }) => void (s.liveName = 'li*'),
  'TLS off': ({ settings: s }) => void (s.tls = false),
  'httpflv on': ({ settings: s }) => void (s.flv = true),
  'httpflv off in the application': ({ settings: s }) => void (s.flvOfLive = false),
  limits: ({ settings: s }, turn) => void (s.limits = turn),
  'application removed': ({ settings: s }) => void (s.liveName = undefined),
  'application back': ({ settings: s }) => void Object.assign(s, { liveName: 'live', flvOfLive: true }),
  'order of applications': ({ settings: s }) => void (s.liveFirst = !s.liveFirst),
  'segments of HLS': ({ settings: s }) => void (s.window = next([6, 5, 4], s.window)),
  'plugin off': ({ settings: s }) => void (s.plugin = false),
  comment: ({ settings: s }, turn) => void (s.comment = turn),
  onRemove: ({ settings: s }) => void (s.onRemove = s.onRemove === 'drain' ? 'close' : 'drain'),
};

export interface InvalidText {
  readonly label: string;
  readonly text: string;
}

/** The invalid text of this turn, made from the current config. */
export function invalidText(turn: number, text: string, config: Config, ports: Ports): InvalidText {
  const missing = { port: `127.0.0.1:${ports.tls}`, cert: 'none.crt', key: 'none.key' };
  const changed = (change: Config): string => JSON.stringify({ ...config, ...change });
  const texts = [
    { label: 'half a file', text: text.slice(0, 30 + (turn % 40)) },
    { label: 'unknown key', text: changed({ gop_nun: 2 }) },
    { label: 'wrong type', text: changed({ gop_num: 'two' }) },
    { label: 'port taken', text: changed({ listen: `127.0.0.1:${ports.taken}` }) },
    { label: 'certificate missing', text: changed({ rtmp: { tls: missing } }) },
    { label: 'plugin with a syntax error', text: changed({ plugins: ['./broken.mjs'] }) },
    { label: 'plugin that does not start', text: changed({ plugins: ['./failing.mjs'] }) },
    { label: 'empty file', text: '' },
  ];
  const chosen = texts[turn % texts.length]!;
  return { label: chosen.label, text: `${chosen.text}\n// ${turn}${chosen.text === '' ? '' : '\n'}` };
}

function next<Value>(values: readonly Value[], present: Value): Value {
  return values[(values.indexOf(present) + 1) % values.length]!;
}
