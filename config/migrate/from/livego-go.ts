// livego.yaml, the same as JSON, and live.cfg of livego (Go).
import { Draft, DraftSection } from '../draft.ts';
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

const UNKNOWN = 'livego (Go) has no such key';

/** Addresses that livego (Go) has without a config, and ours differ from. */
const ADDRESSES = [
  ['listen', 'rtmp_addr', ':1935'],
  ['flvport', 'httpflv_addr', ':7001'],
  ['hlsport', 'hls_addr', ':7002'],
  ['operport', 'api_addr', ':8090'],
] as const;

const LEVELS: Readonly<Record<string, string>> = { warning: 'warn', fatal: 'error', panic: 'error' };

/** @param source - its root */
export function fromLivegoGo(source: SourceMap): Draft {
  const draft = new Draft();
  const { root } = draft;
  const keyless = isLiveCfg(source);
  applyRules(source, ROOT, { draft, section: root }, UNKNOWN);
  for (const [key, flag, standard] of ADDRESSES) setAddress(key, flag, standard);
  secureListeners(source, draft);
  archive(source, draft);
  if (!keyless && !isOn(source.find('rtmp_noauth')?.value))
    root.set('auth.channelKeys', 'enable', [
      'Publishers need the key of their channel (rtmp_noauth is false).',
    ]);
  if (draft.servers.length === 0)
    draft.server('live', ['The application that livego (Go) has without a config.']);
  return draft;

  function setAddress(key: string, flag: string, standard: string): void {
    const entry = source.find(flag);
    if (entry === undefined) root.set(key, standard, ['The default of livego (Go).']);
    else if (entry.value !== '') root.set(key, toJson(entry.value), entry.comments);
    else if (flag === 'api_addr') root.set('httpoper', 'disable', entry.comments);
    else {
      root.set(key, standard, [...entry.comments, 'The default of livego (Go).']);
      draft.note(entry.line, `${flag}: ""`, 'a random port in livego (Go); its default is taken');
    }
  }
}

/** The era before channel keys: its file has other switches in `server`. */
function isLiveCfg(source: SourceMap): boolean {
  const server = source.find('server');
  return (
    server !== undefined &&
    itemsOf(server).some(
      ({ value }) => value instanceof SourceMap && (value.find('liveon') ?? value.find('hlson')),
    )
  );
}

const ELSEWHERE = (): void => {};

const ROOT: Rules = {
  // These are looked at together, by the functions below.
  ...Object.fromEntries(ADDRESSES.map(([, flag]) => [flag, ELSEWHERE])),
  ...Object.fromEntries(
    ['rtmp_noauth', 'flv_archive', 'flv_dir', 'enable_rtmps', 'rtmps_cert', 'rtmps_key', 'use_hls_https'].map(
      (key) => [key, ELSEWHERE],
    ),
  ),
  level(entry, { section }) {
    const level = textOf(entry.value).toLowerCase();
    section.set('level', LEVELS[level] ?? level, entry.comments);
  },
  gop_num: copyTo('gop_num'),
  hls_keep_after_end: copyTo('hls.keepAfterEnd'),
  redis_addr: copyTo('redis_addr'),
  redis_pwd: copyTo('redis_pwd'),
  config_file: drop('a config cannot name another; give --config_file to the command'),
  read_timeout: drop('livego (Go) never used it; write_timeout set both time limits there, and does so here'),
  write_timeout(entry, { section }) {
    section.set('read_timeout', toJson(entry.value), [
      ...entry.comments,
      'write_timeout of livego (Go) set both.',
    ]);
    section.set('write_timeout', toJson(entry.value));
  },
  enable_tls_verify(entry, { section }) {
    if (!isOn(entry.value)) section.set('relay.insecure', true, entry.comments);
  },
  jwt: tokensOfApi,
  server(entry, place) {
    for (const [index, { line, value }] of itemsOf(entry).entries()) {
      if (value instanceof SourceMap) addServer(value, index, place);
      else
        place.draft.note(
          line,
          `server: ${JSON.stringify(toJson(value))}`,
          'an entry has to be a map with appname',
        );
    }
  },
};

/** Tokens of the same secret open the API here, as they did there. */
function tokensOfApi(entry: SourceEntry, place: Place): void {
  if (!(entry.value instanceof SourceMap)) return leaveOut(entry, place, 'it has to be a map with secret');
  if (textOf(entry.value.find('secret')?.value) === '') return leaveOut(entry, place, 'it has no secret');
  const algorithm: Rule = (each, at) => {
    const name = textOf(each.value).toUpperCase();
    if (/^HS(?:256|384|512)$/.test(name)) at.section.set('jwt.algorithm', name, each.comments);
    else if (name !== '')
      leaveOut(each, at, 'tokens of the API are HS256, HS384 or HS512 here; HS256 is taken');
  };
  place.section.set('jwt', new DraftSection(), entry.comments);
  applyRules(entry.value, { secret: copyTo('jwt.secret'), algorithm }, place, UNKNOWN);
}

function addServer(source: SourceMap, index: number, { draft }: Place): void {
  const name = source.find('appname');
  const live = source.find('live') ?? source.find('liveon');
  if (live && !isOn(live.value)) {
    const reason = `with this the application "${textOf(name?.value) || 'live'}" takes no streams, so it is left out`;
    return leaveOut(live, { draft, section: draft.root }, reason);
  }
  const section = draft.server(textOf(name?.value) || 'live', name?.comments);
  applyRules(source, rulesOfServer(index, draft.root), { draft, section }, UNKNOWN);
}

/** Only the first entry decides which servers livego (Go) starts. */
function rulesOfServer(index: number, root: DraftSection): Rules {
  const toggle =
    (key: string) =>
    (entry: SourceEntry, place: Place): void => {
      if (index > 0) leaveOut(entry, place, 'livego (Go) looks at this switch in the first entry alone');
      else if (!isOn(entry.value)) root.set(key, 'disable', entry.comments);
    };
  return {
    appname: ELSEWHERE,
    live: ELSEWHERE,
    liveon: ELSEWHERE,
    hls: toggle('hls'),
    hlson: toggle('hls'),
    flv: toggle('httpflv'),
    api: toggle('httpoper'),
    static_push: copyTo('static_push'),
  };
}

/** RTMPS and HTTPS replace the plain listeners there, and stand beside them here. */
function secureListeners(source: SourceMap, { root }: Draft): void {
  const secure = (key: string, plugin: string, on: SourceEntry | undefined): void => {
    const plain = root.take(key);
    root.set(`${plugin}.tls.port`, plain?.value, [...(on?.comments ?? []), ...(plain?.comments ?? [])]);
    root.set(key, '127.0.0.1:0', [
      'The plain address cannot be left out: a random port of this machine alone.',
    ]);
  };
  const [rtmps, https] = [source.find('enable_rtmps'), source.find('use_hls_https')];
  if (isOn(rtmps?.value)) {
    secure('listen', 'rtmp', rtmps);
    root.set('rtmp.tls.cert', toJson(source.find('rtmps_cert')?.value ?? 'server.crt'));
    root.set('rtmp.tls.key', toJson(source.find('rtmps_key')?.value ?? 'server.key'));
  }
  if (isOn(https?.value)) {
    secure('hlsport', 'hls', https);
    root.set('hls.tls.cert', 'server.crt');
    root.set('hls.tls.key', 'server.key');
  }
}

/** Its files are DIRECTORY/APP/NAME_SECONDS.flv. */
function archive(source: SourceMap, draft: Draft): void {
  const [on, directory] = [source.find('flv_archive'), source.find('flv_dir')];
  if (!on || !isOn(on.value)) {
    if (directory)
      leaveOut(directory, { draft, section: draft.root }, 'nothing is recorded without flv_archive: true');
    return;
  }
  draft.root.set('record.directory', toJson(directory?.value ?? 'tmp'), [
    ...on.comments,
    ...(directory?.comments ?? []),
  ]);
  draft.root.set('record.path', '{app}/{name}_{unix}.flv');
}
