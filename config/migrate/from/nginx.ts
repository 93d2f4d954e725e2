// An nginx.conf with rtmp { } of nginx-rtmp-module.
import { Draft, type DraftSection } from '../draft.ts';
import type { Directive } from '../read/read-blocks.ts';
import { UnreadableSource } from '../read/source-tree.ts';
import {
  AccessList,
  applyDirectives,
  copyArgument,
  dropDirective,
  isOnArgument,
  leaveOutDirective,
  readBytes,
  readSeconds,
  type DirectivePlace,
  type DirectiveRules,
} from './directives.ts';
import { writeHooks } from './hooks.ts';
import { programRules } from './nginx-exec.ts';
import { recordRules, writeRecord } from './nginx-record.ts';

const UNKNOWN = 'has no counterpart';
const EVENTS = {
  on_connect: 'connect',
  on_disconnect: 'disconnect',
  on_publish: 'publish',
  on_publish_done: 'publish_done',
  on_play: 'play',
  on_play_done: 'play_done',
  on_record_done: 'record_done',
  on_update: 'update',
} as const;

export function fromNginx(directives: readonly Directive[]): Draft {
  const draft = new Draft();
  const rtmp = directives.filter(({ name }) => name === 'rtmp');
  if (rtmp.length === 0) throw new UnreadableSource(1, 'the file has no rtmp { }');
  const place = { draft, section: draft.root };
  for (const directive of directives) {
    if (directive.name !== 'rtmp') leaveOutDirective(briefly(directive), place, outsideReason(directive));
  }
  draft.root.set('hls', 'disable');
  for (const { block = [], comments } of rtmp) {
    draft.header.push(...comments);
    shared(block, place);
  }
  return draft;
}

/** Without the arguments of blocks that have nothing to do with RTMP. */
function briefly(directive: Directive): Directive {
  return directive.block ? { ...directive, args: [], name: `${directive.name} { }` } : directive;
}

function outsideReason({ name }: Directive): string {
  if (name === 'include') return 'included files are not read; migrate each of them';
  return name === 'http'
    ? 'the web server stays with nginx; examples/nginx.conf puts it in front of livego'
    : 'belongs to nginx itself';
}

/** Directives of rtmp { } and of server { }, which are the same for all applications here. */
function shared(directives: readonly Directive[], place: DirectivePlace): void {
  const hooks = directives.filter(({ name }) => Object.hasOwn(EVENTS, name));
  applyDirectives(
    directives,
    {
      ...SERVER,
      ...Object.fromEntries(hooks.map(({ name }) => [name, () => {}])),
      server: ({ block = [], comments }) => {
        place.draft.header.push(...comments);
        shared(block, place);
      },
      application: (directive) => application(directive, place.draft),
    },
    place,
    UNKNOWN,
  );
  writeHooks(hooks, EVENTS, 'nginx-rtmp', place);
}

const SERVER: DirectiveRules = {
  listen(directive, place) {
    const [address = '', ...options] = directive.args;
    const present = place.section.get('listen');
    if (present !== undefined)
      return leaveOutDirective(
        directive,
        place,
        `RTMP has one address, ${JSON.stringify(present)}; a bare port covers IPv6 too`,
      );
    place.section.set('listen', /^\d+$/.test(address) ? Number(address) : address, directive.comments);
    if (options.length > 0)
      place.draft.note(directive.line, options.join(' '), 'sockets have no such options here');
  },
  chunk_size: copyArgument('rtmp.chunkSize', Number),
  max_message: copyArgument('rtmp.maxMessageBytes', readBytes),
  max_streams: copyArgument('rtmp.maxStreamsPerConnection', Number),
  max_connections: copyArgument('maxConnections', Number),
  timeout: copyArgument('write_timeout', readSeconds),
  drop_idle_publisher: copyArgument('read_timeout', readSeconds),
  notify_method: ({ args: [method = ''] }, { section }) => section.set('notify.method', method.toUpperCase()),
  notify_update_timeout: copyArgument('notify.updateSeconds', readSeconds),
  notify_relay_redirect: dropDirective('a redirect renames the stream with notify: { rename: true }'),
  ping: dropDirective('pings have a fixed interval here'),
  ping_timeout: dropDirective('read_timeout and write_timeout end silent clients'),
  ack_window: dropDirective('the window has a fixed size here'),
  out_queue: dropDirective('slowViewer limits what waits for a viewer, in bytes'),
  out_cork: dropDirective('mergeWriteMs merges writes'),
  access_log: dropDirective('sessions are in the log of the server'),
  busy: dropDirective('errors are counted and logged here'),
  ...programRules,
};

function application(directive: Directive, draft: Draft): void {
  const [name = ''] = directive.args;
  const block = directive.block ?? [];
  const live = block.find((each) => each.name === 'live');
  if (!live || !isOnArgument(live))
    return draft.note(
      directive.line,
      `application ${name}`,
      'it has no "live on"; only live streams are served',
    );
  const section = draft.server(name, directive.comments);
  const place = { draft, section };
  const access = new AccessList();
  const hooks = block.filter((each) => Object.hasOwn(EVENTS, each.name));
  const rules: DirectiveRules = {
    ...APPLICATION,
    ...recordRules,
    ...Object.fromEntries(hooks.map((hook) => [hook.name, () => {}])),
    allow: (each) => access.add(each),
    deny: (each) => access.add(each),
  };
  applyDirectives(block, rules, place, UNKNOWN);
  access.write(place);
  writeHooks(hooks, EVENTS, 'nginx-rtmp', place);
  writeRecord(block, place);
}

const SERVER_ONLY = dropDirective('it holds for the whole server here; write it at the root');
const NEEDLESS = dropDirective(
  'players get a picture from the GOP cache, and tracks in their order, without it',
);
const APPLICATION: DirectiveRules = {
  live: () => {},
  hls: (directive, { section }) => {
    if (isOnArgument(directive)) section.set('hls.enabled', true, directive.comments);
  },
  hls_path: copyArgument('hls.path'),
  hls_fragment: copyArgument('hls.segmentSeconds', readSeconds),
  hls_playlist_length: ({ args, comments }, { section }) => {
    const segment = Number(section.get('hls.segmentSeconds') ?? 5);
    section.set(
      'hls.playlistSegments',
      Math.max(1, Math.ceil(readSeconds(args[0] ?? '') / segment)),
      comments,
    );
  },
  hls_keys: (directive, { section }) => {
    if (isOnArgument(directive)) section.set('hls.encrypt.enabled', true, directive.comments);
  },
  hls_fragments_per_key: copyArgument('hls.encrypt.rotateSegments', Number),
  hls_nested: dropDirective('files have one layout here; see docs/plugins/hls.md'),
  hls_cleanup: dropDirective('old segments are removed always'),
  hls_continuous: dropDirective('numbers continue over publishers and restarts always'),
  push: (directive, place) => pushOrPull(directive, place),
  pull: (directive, place) => pushOrPull(directive, place),
  push_reconnect: dropDirective('a relay tries again after 0.1 to 1 s (relay.reconnectMaxMs)'),
  pull_reconnect: dropDirective('a relay tries again after 0.1 to 1 s (relay.reconnectMaxMs)'),
  ...Object.fromEntries(
    ['drop_idle_publisher', 'chunk_size', 'max_message', 'timeout', 'notify_update_timeout'].map((name) => [
      name,
      SERVER_ONLY,
    ]),
  ),
  max_connections: copyArgument('maxViewersPerStream', Number),
  notify_method: ({ args: [method = ''] }, { section }) => section.set('notify.method', method.toUpperCase()),
  idle_streams: (directive, place) => {
    if (isOnArgument(directive)) return;
    place.section.set('waitForPublisherMs', 0, directive.comments);
  },
  ...Object.fromEntries(
    [
      'wait_key',
      'wait_video',
      'sync',
      'interleave',
      'play_restart',
      'publish_notify',
      'meta',
      'buffer',
      'buflen',
    ].map((name) => [name, NEEDLESS]),
  ),
  ...programRules,
  play: dropDirective('files are not played on demand'),
  ...Object.fromEntries(
    ['dash', 'dash_path', 'dash_fragment', 'dash_playlist_length', 'dash_nested', 'dash_cleanup'].map(
      (name) => [name, dropDirective('there is no DASH')],
    ),
  ),
};

/** `push rtmp://cdn/app name=x;`, `pull rtmp://origin/app name=x static;` */
function pushOrPull(directive: Directive, { draft, section }: DirectivePlace): void {
  const [url = '', ...options] = directive.args;
  const given = new Map(
    options.map((option) => [option.split('=', 1)[0], option.replace(/^[^=]*=?/, '')] as const),
  );
  const address = withApplication(url.startsWith('rtmp') ? url : `rtmp://${url}`);
  const name = given.get('name');
  if (directive.name === 'push') section.add('relay.push', withName(address, name), directive.comments);
  else if (given.has('static') && name !== undefined)
    section.add('relay.pull', { url: withName(address, name), name }, directive.comments);
  else setOnDemand(section, withName(address, name), directive.comments);
  const strange = options.filter((option) => !/^(?:name=|static$)/.test(option));
  if (strange.length > 0) draft.note(directive.line, strange.join(' '), 'relays have no such options');
}

/** An address without an application gets that of the stream. */
function withApplication(address: string): string {
  return /^\w+:\/\/[^/]+\/?$/.test(address) ? `${address.replace(/\/$/, '')}/{app}` : address;
}

function withName(address: string, name: string | undefined): string {
  if (name === undefined) return address.endsWith('/{app}') ? `${address}/{name}` : address;
  return `${address.replace(/\/$/, '')}/${name}`;
}

function setOnDemand(section: DraftSection, address: string, comments: readonly string[]): void {
  const present = section.get('relay.onDemand');
  const all = present === undefined ? [] : [present].flat();
  section.set('relay.onDemand', all.length === 0 ? address : [...all, address], comments);
}
