// The default virtual host of an srs.conf: HLS, HTTP-FLV, recording, hooks, relays, who may come in.
import type { Directive } from '../../read/read-blocks.ts';
import { AccessList } from '../access-list.ts';
import {
  applyDirectives,
  copyArgument,
  dropDirective,
  elsewhere,
  isOnArgument,
  leaveOutDirective,
  readNumber,
  readSeconds,
  withFirst,
  type DirectivePlace,
  type DirectiveRule,
  type DirectiveRules,
} from '../directives.ts';
import { writeHooks } from '../hooks.ts';
import { isEnabled, noteOthers, NOT_SERVED, quietly, UNKNOWN } from './blocks.ts';
import { dvr } from './dvr.ts';

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

export function virtualHost({ block = [] }: Directive, place: DirectivePlace): void {
  applyDirectives(block, HOST, place, UNKNOWN);
}

/** Applies the rules to what is in the block, which has no switch. */
function within(rules: DirectiveRules): DirectiveRule {
  return (directive, place) => applyDirectives(directive.block ?? [], rules, place, UNKNOWN);
}

const PLAY: DirectiveRules = {
  gop_cache: (directive, { section }) =>
    section.set('gop_num', isOnArgument(directive) ? 1 : 0, directive.comments),
  mw_latency: copyArgument('mergeWriteMs', readNumber),
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
  normal_timeout: copyArgument('read_timeout', (text) => readSeconds(`${text}ms`)),
  firstpkt_timeout: dropDirective('rtmp.commandTimeoutMs and read_timeout close silent publishers'),
  ...Object.fromEntries(
    ['mr', 'mr_latency', 'parse_sps', 'try_annexb_first', 'kickoff_for_idle'].map((name) => [
      name,
      dropDirective('is looked after without it'),
    ]),
  ),
};

const HLS: DirectiveRules = {
  enabled: elsewhere,
  hls_fragment: copyArgument('hls.segmentSeconds', readNumber),
  hls_window(directive, place) {
    const { section } = place;
    const seconds = readNumber(directive.args[0] ?? '');
    if (seconds === undefined) return leaveOutDirective(directive, place, 'this value is not understood');
    if (section.get('hls.segmentSeconds') === undefined)
      section.set('hls.segmentSeconds', 10, ['The default of SRS.']);
    const segments = Math.ceil(seconds / Number(section.get('hls.segmentSeconds')));
    section.set('hls.playlistSegments', Math.max(1, segments), directive.comments);
  },
  hls_path: copyArgument('hls.path'),
  hls_keys: (directive, { section }) =>
    void (isOnArgument(directive) && section.set('hls.encrypt.enabled', true)),
  hls_fragments_per_key: copyArgument('hls.encrypt.rotateSegments', readNumber),
  hls_ctx: (directive, { section }) =>
    section.set('hls.sessionTokens', isOnArgument(directive) ? 'all' : 'none', directive.comments),
  hls_dispose: dropDirective('hls.publisherGraceSeconds and keepAfterEnd say when a playlist ends'),
  hls_cleanup: dropDirective('old segments are removed always'),
  hls_m3u8_file: dropDirective('files have one layout here; see docs/plugins/hls.md'),
  hls_ts_file: dropDirective('files have one layout here; see docs/plugins/hls.md'),
  hls_wait_keyframe: dropDirective('segments begin at keyframes always'),
};

const HOST: DirectiveRules = {
  ...PLAY,
  enabled: (each, at) => {
    if (isOnArgument(each)) return;
    leaveOutDirective(each, at, 'the virtual host is off in SRS, and its streams are served here');
  },
  chunk_size: copyArgument('rtmp.chunkSize', readNumber),
  min_latency: (each, { section }) =>
    void (isOnArgument(each) && section.set('mergeWriteMs', 0, each.comments)),
  tcp_nodelay: dropDirective('is on always'),
  play: within(PLAY),
  publish: within(PUBLISH),
  http_remux: (each, at) => void (isEnabled(each) && remux(each, at)),
  hls: (each, at) => {
    if (!isEnabled(each)) return;
    at.section.set('hls', 'enable', each.comments);
    applyDirectives(withFirst(each.block ?? [], 'hls_fragment'), HLS, at, UNKNOWN);
  },
  dvr: (each, at) => void (isEnabled(each) && dvr(each.block ?? [], at)),
  http_hooks: (each, at) => void (isEnabled(each) && hooks(each.block ?? [], at)),
  forward: (each, at) => {
    if (!each.block) forward([{ ...each, name: 'destination' }], at);
    else if (isEnabled(each)) forward(each.block, at);
  },
  cluster: (each, at) => cluster(each, at),
  security: (each, at) => void (isEnabled(each) && security(each.block ?? [], at)),
  ...Object.fromEntries(['rtc', 'srt', 'dash', 'hds'].map((name) => [name, quietly(NOT_SERVED)])),
  transcode: quietly('transcoding is a profile of the engine here; see docs/config.md'),
  ingest: quietly('relay.pull fetches RTMP and HTTP-FLV; for other sources let ffmpeg publish'),
  refer: (each, at) => {
    if (!each.block) refer([{ ...each, name: 'all' }], at);
    else if (isEnabled(each)) refer(each.block, at);
  },
  exec: quietly(
    'a program that runs as long as the stream is the engine here: engine: { profile: "command", command } ' +
      '(docs/plugins/engine.md); commands at its begin and end are exec_push and exec_push_done',
  ),
  http_static: quietly('other files are not served; a web server does that, such as examples/nginx.conf'),
  in_ack_size: dropDirective('the window has a fixed size here'),
  out_ack_size: dropDirective('the window has a fixed size here'),
  bandcheck: quietly('there is no test of bandwidth'),
};

function hooks(block: readonly Directive[], place: DirectivePlace): void {
  writeHooks(block, EVENTS, 'srs', place);
  noteOthers(block, Object.keys(EVENTS), place);
}

function remux({ block = [], comments }: Directive, place: DirectivePlace): void {
  place.section.set('httpflv', 'enable', comments);
  const rules: DirectiveRules = {
    enabled: elsewhere,
    mount: (each) => {
      if (each.args[0] === '[vhost]/[app]/[stream].flv') return;
      leaveOutDirective(
        each,
        place,
        'streams are at /{app}/{name}.flv here; examples/plugins/http-ts.ts serves MPEG-TS',
      );
    },
  };
  applyDirectives(block, rules, place, UNKNOWN);
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
  if (find('mode')[0] !== 'remote') {
    const origins = block.filter(({ name, args }) => name === 'origin_cluster' && args[0] === 'on');
    for (const directive of origins)
      leaveOutDirective(directive, place, 'streams of several origins: relay: { onDemand: [one, another] }');
    return;
  }
  const origins = find('origin').map((host) => `rtmp://${host}/{app}/{name}`);
  section.set('relay.onDemand', origins.length === 1 ? origins[0] : origins, comments);
  const token = block.find(({ name }) => name === 'token_traverse');
  if (token && isOnArgument(token))
    draft.note(token.line, 'token_traverse on', 'relay: { passQuery: true } hands tokens of viewers on');
  noteOthers(block, ['mode', 'origin', 'token_traverse'], place);
  draft.note(line, 'cluster', 'publishers are not passed on to the origin; let them publish there');
}

function security(block: readonly Directive[], place: DirectivePlace): void {
  const access = new AccessList('deny');
  for (const directive of block)
    if (directive.name === 'allow' || directive.name === 'deny') access.add(directive);
  access.write(place);
  noteOthers(block, ['allow', 'deny'], place);
}

/** Pages that may show a stream. SRS compares the ends of host names. */
function refer(block: readonly Directive[], place: DirectivePlace): void {
  const hosts = block.filter(({ name }) => name === 'all' || name === 'play');
  for (const { args, comments } of hosts)
    for (const host of args)
      for (const each of [host, `*.${host}`]) place.section.add('auth.referers.allow', each, comments);
  for (const directive of block)
    if (directive.name === 'publish')
      leaveOutDirective(directive, place, 'pages are asked for where streams are played');
  noteOthers(block, ['all', 'play', 'publish'], place);
}
