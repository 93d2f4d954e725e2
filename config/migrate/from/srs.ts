// The common part of an srs.conf: listeners, the default virtual host, HLS, HTTP-FLV, recording, hooks, relays.
import { Draft } from '../draft.ts';
import type { Directive } from '../read/read-blocks.ts';
import {
  AccessList,
  applyDirectives,
  copyArgument,
  describeDirective,
  dropDirective,
  isOnArgument,
  leaveOutDirective,
  type DirectivePlace,
  type DirectiveRule,
  type DirectiveRules,
} from './directives.ts';
import { writeHooks } from './hooks.ts';
import { dvr } from './srs-dvr.ts';

const UNKNOWN = 'has no counterpart';
const NOT_SERVED = 'livego does not speak this protocol';
const EVENTS = {
  on_connect: 'connect',
  on_close: 'disconnect',
  on_publish: 'publish',
  on_unpublish: 'publish_done',
  on_play: 'play',
  on_stop: 'play_done',
  on_dvr: 'record_done',
  on_hls: 'segment_done',
} as const;

const LEVELS: Readonly<Record<string, string>> = { verbose: 'trace', info: 'debug', trace: 'info' };

export function fromSrs(directives: readonly Directive[]): Draft {
  const draft = new Draft();
  const place = { draft, section: draft.root };
  const vhosts = directives.filter(({ name }) => name === 'vhost');
  const host = vhosts.find(({ args }) => args[0] === '__defaultVhost__') ?? vhosts[0];
  for (const plugin of ['hls', 'httpflv']) draft.root.set(plugin, 'disable');
  const vhost: DirectiveRule = (directive) => {
    if (directive === host) virtualHost(directive.block ?? [], place);
    else
      leaveOutDirective(
        directive,
        place,
        'there are no virtual hosts; applications have options of their own',
      );
  };
  applyDirectives(directives, { ...ROOT, vhost }, place, UNKNOWN);
  draft.server('*', ['SRS takes every application.']);
  return draft;
}

const DAEMON = dropDirective('the log goes to standard output, and a service manager runs the server');

const ROOT: DirectiveRules = {
  listen(directive, { section, draft }) {
    const [first = '', ...more] = directive.args;
    section.set('listen', /^\d+$/.test(first) ? Number(first) : first, directive.comments);
    if (more.length > 0)
      draft.note(directive.line, describeDirective(directive), 'RTMP has one address, the first');
  },
  chunk_size: copyArgument('rtmp.chunkSize', Number),
  max_connections: copyArgument('maxConnections', Number),
  srs_log_level: copyArgument('level', (level) => LEVELS[level] ?? level),
  ...Object.fromEntries(
    ['daemon', 'pid', 'srs_log_tank', 'srs_log_file', 'ff_log_dir', 'utc_time', 'work_dir', 'asprocess'].map(
      (name) => [name, DAEMON],
    ),
  ),
  http_server(directive, place) {
    if (!isEnabled(directive)) return;
    applyDirectives(directive.block ?? [], { ...HTTP_SERVER, https: httpsServer }, place, UNKNOWN);
  },
  http_api({ block = [], comments }, place) {
    const { section } = place;
    const listen = block.find(({ name }) => name === 'listen')?.args[0] ?? '1985';
    const isOn = block.some((each) => each.name === 'enabled' && isOnArgument(each));
    section.set('httpoper', isOn ? 'enable' : 'disable', comments);
    if (!isOn) return;
    section.set('operport', addressOf(listen));
    noteOthers(block, ['listen'], place);
  },
  ...Object.fromEntries(
    ['rtc_server', 'srt_server', 'stream_caster'].map((name) => [name, quietly(NOT_SERVED)]),
  ),
  heartbeat: quietly('there is no heartbeat; notify: { updateSeconds } tells figures'),
  stats: quietly('figures are in the API'),
};

const HTTP_SERVER: DirectiveRules = {
  enabled: () => {},
  listen({ args, comments }, { section }) {
    const address = addressOf(args[0] ?? '8080');
    section.set('flvport', address, comments);
    section.set('hlsport', address);
  },
  crossdomain: (directive, { section }) => {
    if (isOnArgument(directive)) return;
    section.set('httpflv.allowOrigin', '', directive.comments);
  },
  dir: dropDirective('other files are not served; a web server does that, such as examples/nginx.conf'),
};

function httpsServer(directive: Directive, place: DirectivePlace): void {
  if (!isEnabled(directive)) return;
  const { section } = place;
  noteOthers(directive.block ?? [], ['listen', 'cert', 'key'], place);
  const find = (name: string): string | undefined =>
    directive.block?.find((each) => each.name === name)?.args[0];
  for (const plugin of ['httpflv', 'hls']) {
    section.set(`${plugin}.tls.port`, addressOf(find('listen') ?? '8088'));
    section.set(`${plugin}.tls.cert`, find('cert') ?? 'server.crt');
    section.set(`${plugin}.tls.key`, find('key') ?? 'server.key');
  }
}

function virtualHost(directives: readonly Directive[], place: DirectivePlace): void {
  const rules: DirectiveRules = {
    enabled: () => {},
    chunk_size: copyArgument('rtmp.chunkSize', Number),
    min_latency: (each, { section }) =>
      void (isOnArgument(each) && section.set('mergeWriteMs', 0, each.comments)),
    tcp_nodelay: dropDirective('is on always'),
    play: whenEnabled(PLAY),
    publish: whenEnabled(PUBLISH),
    http_remux: (each, at) => void (isEnabled(each) && remux(each, at)),
    hls: (each, at) => {
      if (!isEnabled(each)) return;
      at.section.set('hls', 'enable', each.comments);
      applyDirectives(each.block ?? [], HLS, at, UNKNOWN);
    },
    dvr: (each, at) => void (isEnabled(each) && dvr(each.block ?? [], at)),
    http_hooks: (each, at) => void (isEnabled(each) && hooks(each.block ?? [], at)),
    forward: (each, at) => void (isEnabled(each) && forward(each.block ?? [], at)),
    cluster: (each, at) => cluster(each, at),
    security: (each, at) => void (isEnabled(each) && security(each.block ?? [], at)),
    ...Object.fromEntries(['rtc', 'srt', 'dash', 'hds'].map((name) => [name, quietly(NOT_SERVED)])),
    transcode: quietly('transcoding is a profile of the engine here; see docs/config.md'),
    ingest: quietly('relay.pull fetches RTMP and HTTP-FLV; for other sources let ffmpeg publish'),
    refer: quietly('is auth: { referers } here'),
    bandcheck: quietly('there is no test of bandwidth'),
  };
  applyDirectives(directives, rules, place, UNKNOWN);
}

/** Applies the rules to a block that is not switched off. */
function whenEnabled(rules: DirectiveRules): DirectiveRule {
  return (directive, place) => applyDirectives(directive.block ?? [], rules, place, UNKNOWN);
}

/** Notes a block in one line, unless it is switched off. */
function quietly(reason: string): DirectiveRule {
  return (directive, place) => {
    const isOff = directive.block && !isEnabled(directive);
    if (!isOff)
      leaveOutDirective({ ...directive, args: directive.block ? [] : directive.args }, place, reason);
  };
}

const PLAY: DirectiveRules = {
  gop_cache: (directive, { section }) =>
    section.set('gop_num', isOnArgument(directive) ? 1 : 0, directive.comments),
  mw_latency: copyArgument('mergeWriteMs', Number),
  queue_length: dropDirective('slowViewer limits what waits for a viewer, in bytes'),
  ...Object.fromEntries(
    [
      'gop_cache_max_frames',
      'time_jitter',
      'mix_correct',
      'atc',
      'atc_auto',
      'send_min_interval',
      'reduce_sequence_header',
      'mw_msgs',
    ].map((name) => [name, dropDirective('timestamps and queues are looked after without it')]),
  ),
};

const PUBLISH: DirectiveRules = {
  normal_timeout: copyArgument('read_timeout', (text) => Number(text) / 1000),
  firstpkt_timeout: dropDirective('rtmp.commandTimeoutMs and read_timeout close silent publishers'),
  ...Object.fromEntries(
    ['mr', 'mr_latency', 'parse_sps', 'try_annexb_first', 'kickoff_for_idle'].map((name) => [
      name,
      dropDirective('is looked after without it'),
    ]),
  ),
};

const HLS: DirectiveRules = {
  enabled: () => {},
  hls_fragment: copyArgument('hls.segmentSeconds', Number),
  hls_window: ({ args, comments }, { section }) => {
    const segment = Number(section.get('hls.segmentSeconds') ?? 10);
    section.set('hls.playlistSegments', Math.max(1, Math.ceil(Number(args[0]) / segment)), comments);
  },
  hls_path: copyArgument('hls.path'),
  hls_keys: (directive, { section }) =>
    void (isOnArgument(directive) && section.set('hls.encrypt.enabled', true)),
  hls_fragments_per_key: copyArgument('hls.encrypt.rotateSegments', Number),
  hls_ctx: (directive, { section }) =>
    section.set('hls.sessionTokens', isOnArgument(directive) ? 'all' : 'none', directive.comments),
  hls_dispose: dropDirective('hls.publisherGraceSeconds and keepAfterEnd say when a playlist ends'),
  hls_cleanup: dropDirective('old segments are removed always'),
  hls_m3u8_file: dropDirective('files have one layout here; see docs/plugins/hls.md'),
  hls_ts_file: dropDirective('files have one layout here; see docs/plugins/hls.md'),
  hls_wait_keyframe: dropDirective('segments begin at keyframes always'),
};

function hooks(block: readonly Directive[], place: DirectivePlace): void {
  writeHooks(block, EVENTS, 'srs', place);
  noteOthers(block, Object.keys(EVENTS), place);
}

function remux({ block = [], comments }: Directive, place: DirectivePlace): void {
  place.section.set('httpflv', 'enable', comments);
  const others = block.filter(
    ({ name, args }) => name !== 'mount' || args[0] !== '[vhost]/[app]/[stream].flv',
  );
  noteOthers(others, [], place);
}

/** Notes what stands in a block beside the directives that are understood. */
function noteOthers(block: readonly Directive[], known: readonly string[], place: DirectivePlace): void {
  for (const directive of block)
    if (directive.name !== 'enabled' && !known.includes(directive.name))
      leaveOutDirective({ ...directive, args: directive.block ? [] : directive.args }, place, UNKNOWN);
}

function forward(block: readonly Directive[], place: DirectivePlace): void {
  const { section, draft } = place;
  noteOthers(block, ['destination', 'backend'], place);
  for (const { name, args, line } of block) {
    if (name === 'destination')
      for (const host of args) section.add('relay.push', `rtmp://${host}/{app}/{name}`);
    else if (name === 'backend') draft.note(line, 'forward backend', 'targets are listed in the config');
  }
}

/** An edge fetches what its viewers ask for. */
function cluster({ block = [], comments, line }: Directive, place: DirectivePlace): void {
  const { section, draft } = place;
  const find = (name: string): readonly string[] => block.find((each) => each.name === name)?.args ?? [];
  if (find('mode')[0] !== 'remote') return;
  const origins = find('origin').map((host) => `rtmp://${host}/{app}/{name}`);
  section.set('relay.onDemand', origins.length === 1 ? origins[0] : origins, comments);
  noteOthers(block, ['mode', 'origin'], place);
  draft.note(line, 'cluster', 'publishers are not passed on to the origin; let them publish there');
}

function security(block: readonly Directive[], place: DirectivePlace): void {
  const access = new AccessList();
  for (const directive of block)
    if (directive.name === 'allow' || directive.name === 'deny') access.add(directive);
  access.write(place);
  noteOthers(block, ['allow', 'deny'], place);
}

function isEnabled({ block = [] }: Directive): boolean {
  return block.some((each) => each.name === 'enabled' && isOnArgument(each));
}

function addressOf(listen: string): string | number {
  return /^\d+$/.test(listen) ? Number(listen) : listen;
}
