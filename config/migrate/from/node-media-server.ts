// A config of node-media-server: the object of version 2, or config.json of version 4.
import { addOnDemand, Draft } from '../draft.ts';
import { SourceMap, textOf, toJson, type SourceEntry } from '../read/source-tree.ts';
import {
  applyRules,
  copyTo,
  drop,
  isOn,
  itemsOf,
  leaveOut,
  type Place,
  type Rule,
  type Rules,
} from './rules.ts';

const UNKNOWN = 'node-media-server has no such option, or it has no counterpart';

/** Log levels of version 2, by number. */
const LEVELS = ['silent', 'error', 'info', 'debug', 'debug'];

export function fromNodeMediaServer(source: SourceMap): Draft {
  const draft = new Draft();
  const { root } = draft;
  // HLS comes from a task of `trans`; no stream has it otherwise.
  if (!source.find('hls'))
    root.set('hls', 'disable', ['node-media-server makes HLS in a task of `trans` alone.']);
  applyRules(source, rootRules(new Ports(source.find('bind')), draft), { draft, section: root }, UNKNOWN);
  draft.server('*', ['node-media-server takes every application.']);
  return draft;
}

const NOT_SERVED = drop('other files are not served; a web server does that, such as examples/nginx.conf');
const API_ACCESS = drop(
  'the API takes tokens, no names and passwords: control: { tokens }. Without one it answers this machine alone',
);
const FISSION = drop(
  'renditions are a profile of the engine here: engine: { profile: "transcode", renditions }',
);

function rootRules(ports: Ports, draft: Draft): Rules {
  return {
    bind: () => {},
    logtype: ({ value, comments }, { section }) =>
      section.set('level', LEVELS[Number(value)] ?? 'info', comments),
    rtmp: within({ ...RTMP, port: ports.rule('listen'), ssl: within(ports.tls('rtmp')) }),
    rtmps: within(ports.tls('rtmp')),
    http: within({ ...HTTP, port: both(ports.rule('flvport'), ports.rule('hlsport')) }),
    https: both(within(ports.tls('httpflv')), within(ports.tls('hls'))),
    auth(entry, place) {
      within(AUTH)(entry, place);
      signing(entry, place);
    },
    notify: within({ url: copyWith('notify.url', 'notify.format', 'node-media-server') }),
    cluster: within({ num: copyTo('workers') }),
    record: within({ path: copyWith('record.directory', 'record.path', '{app}/{name}-{unix}.flv') }),
    trans: within({ ffmpeg: drop('HLS needs no other program here'), tasks: tasks(transTask, draft) }),
    relay: within({ ffmpeg: drop('relays need no other program here'), tasks: tasks(relayTask, draft) }),
    fission: FISSION,
    static: NOT_SERVED,
    store: drop('files are written to directories'),
  };
}

/** Ports at the address of `bind`. */
class Ports {
  readonly #host: string;

  constructor(bind: SourceEntry | undefined) {
    const host = textOf(bind?.value);
    // A port without a host covers both.
    const isEvery = host === '0.0.0.0' || host === '::';
    if (isEvery) this.#host = '';
    else this.#host = host.includes(':') ? `[${host}]` : host;
  }

  rule(path: string): Rule {
    return ({ value, comments }, { section }) =>
      section.set(path, this.#host === '' ? toJson(value) : `${this.#host}:${textOf(value)}`, comments);
  }

  tls(plugin: string): Rules {
    return {
      port: this.rule(`${plugin}.tls.port`),
      key: copyTo(`${plugin}.tls.key`),
      cert: copyTo(`${plugin}.tls.cert`),
    };
  }
}

/** HLS is served at the address of HTTP-FLV. */
function both(first: Rule, second: Rule): Rule {
  return (entry, place) => {
    first(entry, place);
    second({ ...entry, comments: [] }, place);
  };
}

/** Rules for what stands in the braces of an entry. */
function within(rules: Rules): Rule {
  return (entry, place) => {
    if (entry.value instanceof SourceMap) applyRules(entry.value, rules, place, UNKNOWN);
    else leaveOut(entry, place, 'it has to be in braces');
  };
}

/** The value, if there is one, goes to one path, and with it something else to another. */
function copyWith(path: string, other: string, value: unknown): Rule {
  return (entry, { section }) => {
    if (entry.value === '') return;
    section.set(path, toJson(entry.value), entry.comments);
    section.set(other, value);
  };
}

const RTMP: Rules = {
  chunk_size: copyTo('rtmp.chunkSize'),
  gop_cache: ({ value, comments }, { section }) => section.set('gop_num', isOn(value) ? 1 : 0, comments),
  ping: drop('pings have a fixed interval here'),
  ping_timeout({ value, comments }, { section }) {
    section.set('read_timeout', toJson(value), comments);
    section.set('write_timeout', toJson(value));
  },
};

const HTTP: Rules = {
  allow_origin: copyTo('httpflv.allowOrigin'),
  mediaroot: drop(
    'HLS is kept in memory; hls.path names a directory for it, record.directory one for recordings',
  ),
  webroot: NOT_SERVED,
  api: ({ value, comments }, { section }) =>
    section.set('httpoper', isOn(value) ? 'enable' : 'disable', comments),
};

/** Keys without a counterpart; `signing` reads the others. */
const AUTH: Rules = {
  play: () => {},
  publish: () => {},
  secret: () => {},
  api: ({ value, comments, line }, { section, draft }) => {
    if (isOn(value)) section.set('control.tokens', [{ token: '${LIVEGO_TOKEN:}' }], comments);
    else draft.note(line, 'auth: api', 'without a token the API answers this machine alone');
  },
  api_user: API_ACCESS,
  api_pass: API_ACCESS,
  jwt: (entry, place) => {
    const isUsed = entry.value instanceof SourceMap && textOf(entry.value.find('secret')?.value) !== '';
    within(isUsed ? { ...API_TOKENS, ...SIGNED_TOKENS } : API_TOKENS)(entry, place);
  },
};

const SIGNED_TOKENS: Rules = { secret: copyTo('jwt.secret'), algorithm: copyTo('jwt.algorithm') };

const API_TOKENS: Rules = {
  secret: () => {},
  algorithm: () => {},
  users: drop('nobody logs in to the API here; it takes tokens that are signed with the secret'),
  expiresin: drop('a token says itself when it ends (exp)'),
  refreshexpiresin: drop('a token says itself when it ends (exp)'),
};

/** Links with ?sign=SECONDS-MD5, for which `auth.secret` is the secret. */
function signing({ value }: SourceEntry, place: Place): void {
  if (!(value instanceof SourceMap)) return;
  const secret = toJson(value.find('secret')?.value ?? '');
  for (const action of ['play', 'publish'] as const) {
    const entry = value.find(action);
    if (!isOn(entry?.value)) continue;
    place.section.set(`auth.${action}.sign.secret`, secret, entry?.comments);
    place.section.set(`auth.${action}.sign.format`, 'node-media-server');
  }
}

type TaskRule = (task: SourceMap, line: number, draft: Draft) => void;

function tasks(rule: TaskRule, draft: Draft) {
  return (entry: SourceEntry, place: Place): void => {
    for (const { line, value } of itemsOf(entry)) {
      if (value instanceof SourceMap) rule(value, line, draft);
      else leaveOut(entry, place, 'a task has to be in braces');
    }
  };
}

function transTask(task: SourceMap, line: number, draft: Draft): void {
  const app = textOf(task.find('app')?.value) || '*';
  const place = { draft, section: draft.server(app, task.find('app')?.comments) };
  const reason = 'has no counterpart in a task; see docs/plugins/engine.md for other programs';
  applyRules(
    task,
    {
      app: () => {},
      hls: hlsOn,
      hlsflags: (entry) => hlsFlags(entry, place, line),
      hlskeep: (entry, { section }) => void (isOn(entry.value) && section.set('hls.keepAfterEnd', true)),
    },
    place,
    reason,
  );
}

function hlsOn(entry: SourceEntry, place: Place): void {
  if (!isOn(entry.value)) return;
  place.section.set('hls.enabled', true, entry.comments);
  leaveOut(entry, place, 'the address is /APP/NAME.m3u8 here, not /APP/NAME/index.m3u8');
}

/** `[hls_time=2:hls_list_size=3:hls_flags=delete_segments]` */
function hlsFlags(entry: SourceEntry, { draft, section }: Place, line: number): void {
  for (const flag of textOf(entry.value)
    .replace(/^\[|\]$/g, '')
    .split(':')) {
    const [name = '', value = ''] = flag.split('=');
    if (name === 'hls_time') section.set('hls.segmentSeconds', Number(value));
    else if (name === 'hls_list_size') section.set('hls.playlistSegments', Number(value));
    else if (name !== '') draft.note(line, flag, 'an option of ffmpeg; segments are made without it here');
  }
}

function relayTask(task: SourceMap, line: number, draft: Draft): void {
  const [app, mode, edge, name] = ['app', 'mode', 'edge', 'name'].map((key) => textOf(task.find(key)?.value));
  const section = draft.server(app || '*', task.find('app')?.comments);
  const what = `relay task ${mode}`.trim();
  const place = { draft, section };
  const known = mode === 'static' ? /^(?:app|mode|edge|name)$/i : /^(?:app|mode|edge)$/i;
  const rest = task.entries.filter(({ key }) => !known.test(key));
  for (const entry of rest) leaveOut(entry, place, 'a relay has no such option');
  if (!edge || !/^(?:rtmps?|https?):/.test(edge))
    draft.note(
      line,
      what,
      `${edge?.split(':', 1)[0] || 'no address'}: sources and targets are RTMP and HTTP-FLV`,
    );
  else if (mode === 'push') section.add('relay.push', withApplication(edge));
  else if (mode === 'pull') addOnDemand(section, withApplication(edge));
  else if (mode === 'static' && app && name) section.add('relay.pull', { url: edge, name });
  else draft.note(line, what, 'a task needs a mode (push, pull or static), and a static one app and name');
}

/** An address without an application gets that of the stream. */
function withApplication(edge: string): string {
  return /^\w+:\/\/[^/]+\/?$/.test(edge) ? `${edge.replace(/\/$/, '')}/{app}/{name}` : edge;
}
