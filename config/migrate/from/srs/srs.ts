// The common part of an srs.conf: listeners here, the default virtual host in virtual-host.ts.
import { Draft } from '../../draft.ts';
import type { Directive } from '../../read/read-blocks.ts';
import {
  applyDirectives,
  copyArgument,
  describeDirective,
  dropDirective,
  elsewhere,
  isOnArgument,
  leaveOutDirective,
  readNumber,
  type DirectivePlace,
  type DirectiveRule,
  type DirectiveRules,
} from '../directives.ts';
import { isEnabled, noteOthers, NOT_SERVED, quietly, UNKNOWN } from './blocks.ts';
import { virtualHost } from './virtual-host.ts';

const LEVELS: Readonly<Record<string, string>> = { verbose: 'trace', info: 'debug', trace: 'info' };

export function fromSrs(directives: readonly Directive[]): Draft {
  const draft = new Draft();
  const place = { draft, section: draft.root };
  const vhosts = directives.filter(({ name }) => name === 'vhost');
  const host = vhosts.find(({ args }) => args[0] === '__defaultVhost__') ?? vhosts[0];
  for (const plugin of ['hls', 'httpflv']) draft.root.set(plugin, 'disable');
  const vhost: DirectiveRule = (directive) => {
    if (directive === host) virtualHost(directive, place);
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
  listen,
  rtmp: ({ block = [] }, place) => applyDirectives(block, RTMP, place, UNKNOWN),
  rtmps: (directive, place) => void (isEnabled(directive) && secure(directive, ['rtmp'], '1443', place)),
  chunk_size: copyArgument('rtmp.chunkSize', readNumber),
  max_connections: copyArgument('maxConnections', readNumber),
  srs_log_level: copyArgument('level', (level) => LEVELS[level] ?? level),
  ...Object.fromEntries(
    ['daemon', 'pid', 'srs_log_tank', 'srs_log_file', 'ff_log_dir', 'utc_time', 'work_dir', 'asprocess'].map(
      (name) => [name, DAEMON],
    ),
  ),
  http_server(directive, place) {
    if (!isEnabled(directive)) return;
    const https: DirectiveRule = (each) =>
      void (isEnabled(each) && secure(each, ['httpflv', 'hls'], '8088', place));
    applyDirectives(directive.block ?? [], { ...HTTP_SERVER, https }, place, UNKNOWN);
  },
  http_api({ block = [], comments }, place) {
    const { section } = place;
    const listen = block.find(({ name }) => name === 'listen')?.args[0] ?? '1985';
    const isOn = block.some((each) => each.name === 'enabled' && isOnArgument(each));
    section.set('httpoper', isOn ? 'enable' : 'disable', comments);
    if (!isOn) return;
    section.set('operport', addressOf(listen));
    for (const each of block) {
      if (each.name === 'https' && isEnabled(each)) secure(each, ['api'], '1990', place);
      else if (each.name === 'auth' && isEnabled(each)) leaveOutDirective(briefly(each), place, API_ACCESS);
      else if (each.name === 'crossdomain' && !isOnArgument(each)) continue;
      else if (each.name === 'crossdomain') leaveOutDirective(each, place, 'is api: { allowOrigin } here');
      else if (!each.block || isEnabled(each)) noteOthers([each], ['listen', 'enabled'], place);
    }
  },
  ...Object.fromEntries(
    ['rtc_server', 'srt_server', 'stream_caster'].map((name) => [name, quietly(NOT_SERVED)]),
  ),
  exporter: quietly('figures for Prometheus are at /metrics of the API (docs/plugins/stat.md)'),
  threads: quietly('workers are processes here: workers: "auto"'),
  tencentcloud_cls: quietly('logs and figures go to standard output and /metrics'),
  tencentcloud_apm: quietly('logs and figures go to standard output and /metrics'),
  circuit_breaker: quietly('slowViewer and the merge window follow the load'),
  ...Object.fromEntries(
    [
      'grace_start_wait',
      'grace_final_wait',
      'force_grace_quit',
      'query_latest_version',
      'first_wait_for_qlv',
      'inotify_auto_reload',
      'auto_reload_for_docker',
      'disable_daemon_for_docker',
      'in_docker',
      'empty_ip_ok',
      'tcmalloc_release_rate',
      'server_id',
    ].map((name) => [name, dropDirective('is looked after without it')]),
  ),
  heartbeat: quietly('there is no heartbeat; notify: { updateSeconds } tells figures'),
  stats: quietly('figures are in the API'),
};

const API_ACCESS = 'the API takes tokens, no names and passwords: control: { tokens }';

function listen(directive: Directive, { section, draft }: DirectivePlace): void {
  const [first = '', ...more] = directive.args;
  section.set('listen', addressOf(first), directive.comments);
  if (more.length > 0)
    draft.note(directive.line, describeDirective(directive), 'RTMP has one address, the first');
}

const RTMP: DirectiveRules = {
  enabled: elsewhere,
  listen,
  chunk_size: copyArgument('rtmp.chunkSize', readNumber),
};

const HTTP_SERVER: DirectiveRules = {
  enabled: elsewhere,
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

/** `https { }`, `rtmps { }`: a port with TLS beside the plain one of each of these plugins. */
function secure(
  directive: Directive,
  plugins: readonly string[],
  standardPort: string,
  place: DirectivePlace,
): void {
  const { block = [], comments } = directive;
  noteOthers(block, ['enabled', 'listen', 'cert', 'key'], place);
  const find = (name: string): string | undefined => block.find((each) => each.name === name)?.args[0];
  for (const plugin of plugins) {
    place.section.set(`${plugin}.tls.port`, addressOf(find('listen') ?? standardPort), comments);
    place.section.set(`${plugin}.tls.cert`, find('cert') ?? './conf/server.crt');
    place.section.set(`${plugin}.tls.key`, find('key') ?? './conf/server.key');
  }
}

function briefly(directive: Directive): Directive {
  return { ...directive, args: [] };
}

function addressOf(listen: string): string | number {
  return /^\d+$/.test(listen) ? Number(listen) : listen;
}
