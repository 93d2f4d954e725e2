// An nginx.conf with rtmp { } of nginx-rtmp-module.
import { Draft } from '../../draft.ts';
import type { Directive } from '../../read/read-blocks.ts';
import { UnreadableSource } from '../../read/source-tree.ts';
import {
  applyDirectives,
  copyArgument,
  dropDirective,
  elsewhere,
  identityOf,
  INCLUDED,
  leaveOutDirective,
  readBytes,
  readNumber,
  readSeconds,
  type DirectivePlace,
  type DirectiveRules,
} from '../directives.ts';
import {
  isInherited,
  isLive,
  narrowApplication,
  NEEDLESS,
  UNKNOWN,
  writeApplication,
} from './application.ts';
import { programRules } from './exec.ts';

export function fromNginx(directives: readonly Directive[]): Draft {
  const draft = new Draft();
  const rtmp = directives.filter(({ name }) => name === 'rtmp');
  if (rtmp.length === 0) throw new UnreadableSource(1, 'the file has no rtmp { }');
  const place = { draft, section: draft.root };
  for (const directive of directives) {
    if (directive.name !== 'rtmp') leaveOutDirective(briefly(directive), place, outsideReason(directive));
  }
  draft.root.set('hls', 'disable');
  const given: Given = { directives: new Map(), applications: new Map() };
  for (const { block = [], comments } of rtmp) {
    draft.header.push(...comments);
    const outer = block.filter(({ name }) => name !== 'server');
    for (const server of block.filter(({ name }) => name === 'server')) {
      draft.header.push(...server.comments);
      writeServer(inherit(server.block ?? [], outer), given, place);
    }
  }
  return draft;
}

/** Without the arguments of blocks that have nothing to do with RTMP. */
function briefly(directive: Directive): Directive {
  return directive.block ? { ...directive, args: [], name: `${directive.name} { }` } : directive;
}

const OUTSIDE: Readonly<Record<string, string>> = {
  include: INCLUDED,
  http:
    'the web server stays with nginx; examples/nginx.conf puts it in front of livego. ' +
    'rtmp_stat and rtmp_control are the API here (docs/plugins/api.md)',
  rtmp_auto_push: 'workers share their streams always (workers: "auto")',
  rtmp_auto_push_reconnect: 'workers share their streams always (workers: "auto")',
  rtmp_socket_dir: 'workers share their streams always (workers: "auto")',
};

function outsideReason({ name }: Directive): string {
  return OUTSIDE[name] ?? 'belongs to nginx itself';
}

/** What stands in a block, and what stands around it and not in it. Rules for addresses are asked one after the other. */
function inherit(inner: readonly Directive[], outer: readonly Directive[]): Directive[] {
  const taken = (name: string): boolean =>
    name !== 'allow' && name !== 'deny' && inner.some((directive) => directive.name === name);
  return [...inner, ...outer.filter(({ name }) => !taken(name))];
}

/** What other server { } have set. */
interface Given {
  /** By name: those for the whole server. */
  readonly directives: Map<string, Directive>;
  /** By the application's name, with what they inherit. */
  readonly applications: Map<string, Directive>;
}

/**
 * The directives that hold in a server { }: those for its applications go to each of them, others to the root.
 */
function writeServer(directives: readonly Directive[], given: Given, place: DirectivePlace): void {
  const inherited = directives.filter(({ name }) => isInherited(name) && !Object.hasOwn(SERVER, name));
  const own = directives.filter((directive) => !inherited.includes(directive));
  for (const directive of own) {
    const present = given.directives.get(directive.name);
    if (!present || directive.name === 'application' || directive.name === 'listen')
      applyDirectives([directive], { ...SERVER, application: elsewhere }, place, UNKNOWN);
    else if (identityOf(present) !== identityOf(directive))
      leaveOutDirective(directive, place, `line ${present.line} has set this for the whole server`);
  }
  for (const directive of own)
    given.directives.set(directive.name, given.directives.get(directive.name) ?? directive);
  const applications = own.filter(({ name }) => name === 'application');
  for (const directive of applications)
    addApplication({ ...directive, block: inherit(directive.block ?? [], inherited) }, given, place);
  if (applications.length === 0)
    for (const directive of inherited)
      leaveOutDirective(directive, place, 'it is for applications, and this server { } has none');
}

/**
 * Each server { } has applications of its own there; here all addresses lead to the same ones. What keeps clients out of one of
 * them keeps them out here.
 */
function addApplication(application: Directive, { applications }: Given, place: DirectivePlace): void {
  const {
    args: [name = ''],
    block = [],
  } = application;
  const present = applications.get(name);
  if (!present || !isLive(application)) {
    if (isLive(application)) applications.set(name, application);
    return writeApplication(application, place.draft);
  }
  const narrowing = narrowApplication(application, present, place.draft);
  applications.set(name, { ...present, block: [...(present.block ?? []), ...narrowing] });
  const known = new Set(present.block?.map(identityOf));
  const where = `line ${present.line} has application "${name}" already`;
  const stricter = `${where}; it is one application here, which keeps out whom either of them keeps out`;
  const ignored = `${where}, with options of its own; it is one application here`;
  for (const directive of block.filter((each) => !known.has(identityOf(each))))
    leaveOutDirective(withoutKeys(directive), place, narrowing.includes(directive) ? stricter : ignored);
}

/** Addresses of relays and of programs may hold stream keys. */
function withoutKeys(directive: Directive): Directive {
  return /^(?:push|pull|exec)/.test(directive.name) ? { ...directive, args: [] } : briefly(directive);
}

const SERVER: DirectiveRules = {
  listen(directive, place) {
    const [address = '', ...options] = directive.args;
    const present = place.section.get('listen');
    if (address.startsWith('unix:'))
      return leaveOutDirective(directive, place, 'RTMP is served at an address of TCP');
    if (present !== undefined)
      return leaveOutDirective(
        directive,
        place,
        `RTMP has one address, ${JSON.stringify(present)}; a bare port covers IPv6 too`,
      );
    const plain = address.replace(/^\*:/, ':');
    place.section.set('listen', /^\d+$/.test(plain) ? Number(plain) : plain, directive.comments);
    if (options.length > 0)
      place.draft.note(directive.line, options.join(' '), 'sockets have no such options here');
  },
  chunk_size: copyArgument('rtmp.chunkSize', readNumber),
  max_message: copyArgument('rtmp.maxMessageBytes', readBytes),
  max_streams: copyArgument('rtmp.maxStreamsPerConnection', readNumber),
  max_connections: copyArgument('maxConnections', readNumber),
  timeout: copyArgument('write_timeout', readSeconds),
  drop_idle_publisher: copyArgument('read_timeout', readSeconds),
  notify_method: ({ args: [method = ''], comments }, { section }) =>
    section.set('notify.method', method.toUpperCase(), comments),
  notify_update_timeout: copyArgument('notify.updateSeconds', readSeconds),
  notify_relay_redirect: dropDirective('a redirect renames the stream with notify: { rename: true }'),
  ping: dropDirective('pings have a fixed interval here'),
  ping_timeout: dropDirective('read_timeout and write_timeout end silent clients'),
  ack_window: dropDirective('the window has a fixed size here'),
  out_queue: dropDirective('slowViewer limits what waits for a viewer, in bytes'),
  out_cork: dropDirective('mergeWriteMs merges writes'),
  access_log: dropDirective('sessions are in the log of the server'),
  log_format: dropDirective('sessions are in the log of the server'),
  busy: dropDirective('errors are counted and logged here'),
  publish_time_fix: NEEDLESS,
  play_time_fix: NEEDLESS,
  buflen: NEEDLESS,
  ...programRules,
};
