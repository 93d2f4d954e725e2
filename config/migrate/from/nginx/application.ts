// Applications of nginx-rtmp-module.
import type { Draft } from '../../draft.ts';
import type { Directive } from '../../read/read-blocks.ts';
import { AccessList } from '../access-list.ts';
import {
  applyDirectives,
  dropDirective,
  elsewhere,
  isOnArgument,
  leaveOutDirective,
  type DirectiveRules,
} from '../directives.ts';
import { writeHooks } from '../hooks.ts';
import { programRules } from './exec.ts';
import { hlsRules, writeHls } from './hls.ts';
import { recordRules, writeRecord } from './record.ts';
import { pushOrPull } from './relay.ts';

export const UNKNOWN = 'has no counterpart';
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

/** Whether a directive of server { } or rtmp { } holds in its applications. */
export function isInherited(name: string): boolean {
  if (name === 'push' || name === 'pull') return false;
  return [APPLICATION, recordRules, EVENTS, ACCESS].some((rules) => Object.hasOwn(rules, name));
}

/** Whether an application has live streams. Others are left out. */
export function isLive(directive: Directive): boolean {
  const live = liveOf(directive);
  return live !== undefined && isOnArgument(live);
}

function liveOf({ block = [] }: Directive): Directive | undefined {
  return block.find(({ name }) => name === 'live');
}

/** @param directive - with what it inherits in its block */
export function writeApplication(directive: Directive, draft: Draft): void {
  const {
    args: [name = ''],
    block = [],
  } = directive;
  if (!isLive(directive))
    return draft.note(
      directive.line,
      `application ${name}`,
      'it has no "live on"; only live streams are served',
    );
  const section = draft.server(name, [...directive.comments, ...(liveOf(directive)?.comments ?? [])]);
  const place = { draft, section };
  const access = new AccessList('first');
  const rules: DirectiveRules = {
    ...APPLICATION,
    ...recordRules,
    ...Object.fromEntries(Object.keys(EVENTS).map((event) => [event, elsewhere])),
    allow: (each) => access.add(each),
    deny: (each) => access.add(each),
  };
  applyDirectives(block, rules, place, UNKNOWN);
  access.write(place);
  writeHls(block, place);
  writeHooks(block, EVENTS, 'nginx-rtmp', place);
  writeRecord(block, place);
}

/**
 * Takes over what keeps clients out: who may come in, and the questions that no hook of the application asks yet.
 *
 * @param directive - another live application of that name, with what it inherits in its block
 * @param present - that which is written already, with what it inherits
 * @returns the directives that are written
 */
export function narrowApplication(
  { block = [] }: Directive,
  { args: [name = ''], block: known = [] }: Directive,
  draft: Draft,
): readonly Directive[] {
  const place = { draft, section: draft.server(name) };
  const access = new AccessList('first');
  const rules = block.filter((each) => Object.hasOwn(ACCESS, each.name));
  for (const each of rules) access.add(each);
  access.write(place);
  const hooks = known.filter((each) => Object.hasOwn(EVENTS, each.name));
  const asked = new Set(hooks.map((each) => each.name));
  const gates = block.filter((each) => GATES.includes(each.name) && !asked.has(each.name));
  // Their comments are written already.
  const before = hooks.map((each) => ({ ...each, comments: [] }));
  if (gates.length === 0) return rules;
  writeHooks([...before, ...gates], EVENTS, 'nginx-rtmp', place);
  const methods = hooks.length > 0 ? [] : block.filter((each) => each.name === 'notify_method');
  applyDirectives(methods, APPLICATION, place, UNKNOWN);
  return [...rules, ...gates, ...methods];
}

/** The web service may refuse a client, or end its session. */
const GATES: readonly string[] = ['on_connect', 'on_publish', 'on_play', 'on_update'];

const ACCESS: DirectiveRules = { allow: elsewhere, deny: elsewhere };
const SERVER_ONLY = dropDirective('it holds for the whole server here; write it at the root');
export const NEEDLESS = dropDirective(
  'players get a picture from the GOP cache, and tracks in their order, without it',
);
const NO_DASH = dropDirective('there is no DASH');
const APPLICATION: DirectiveRules = {
  live: elsewhere,
  ...hlsRules,
  push: pushOrPull,
  pull: pushOrPull,
  push_reconnect: dropDirective('a relay tries again after 0.1 to 1 s (relay.reconnectMaxMs)'),
  pull_reconnect: dropDirective('a relay tries again after 0.1 to 1 s (relay.reconnectMaxMs)'),
  relay_buffer: dropDirective('relays have no buffer that delays them'),
  session_relay: dropDirective('a relay lasts as long as its stream, or its viewers, always'),
  drop_idle_publisher: SERVER_ONLY,
  chunk_size: SERVER_ONLY,
  max_message: SERVER_ONLY,
  max_connections: SERVER_ONLY,
  timeout: SERVER_ONLY,
  notify_update_timeout: SERVER_ONLY,
  notify_method: ({ args: [method = ''] }, { section }) => section.set('notify.method', method.toUpperCase()),
  notify_update_strict: dropDirective('an update without an answer ends no session'),
  idle_streams: (directive, place) => {
    if (isOnArgument(directive)) return;
    place.section.set('waitForPublisherMs', 0, directive.comments);
  },
  wait_key: NEEDLESS,
  wait_video: NEEDLESS,
  sync: NEEDLESS,
  interleave: NEEDLESS,
  play_restart: NEEDLESS,
  publish_notify: NEEDLESS,
  meta: NEEDLESS,
  buffer: NEEDLESS,
  buflen: NEEDLESS,
  ...programRules,
  play: (directive, place) =>
    leaveOutDirective(directive, place, 'recordings are played by replay (docs/plugins/replay.md)'),
  play_temp_path: dropDirective('files of other servers are not fetched'),
  play_local_path: dropDirective('files of other servers are not fetched'),
  dash: NO_DASH,
  dash_path: NO_DASH,
  dash_fragment: NO_DASH,
  dash_playlist_length: NO_DASH,
  dash_nested: NO_DASH,
  dash_cleanup: NO_DASH,
};
