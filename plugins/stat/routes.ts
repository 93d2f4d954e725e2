// What is served over HTTP: the classic list, nginx-rtmp's page, metrics, health.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerContext } from 'livego';
import { replyJson, type Route, type RouteMatch } from 'livego/http';
import { applicationFigures, serverFigures } from './figures/server-figures.ts';
import { countViewers, streamFigures } from './figures/stream-figures.ts';
import { classicList } from './formats/classic.ts';
import { formatNginxXml } from './formats/nginx-rtmp.ts';
import { formatPrometheus, PROMETHEUS_TYPE } from './formats/prometheus.ts';
import type { StatOptions } from './schema.ts';
import type { StatState } from './state.ts';

const GET = ['GET', 'HEAD'] as const;
const READ = { right: 'read' } as const;

export function routesOf(context: ServerContext, state: StatState, options: StatOptions): Route[] {
  const livestat = (request: IncomingMessage, response: ServerResponse, { query }: RouteMatch): void => {
    const host = options.publicHost || hostOf(request);
    const source = { streams: context.streams(), sessions: context.sessions(), state, host };
    const { status, data } = classicList(source, query.get('room'));
    replyText(request, response, { status, type: 'application/json', text: classicJson({ status, data }) });
  };
  const metrics = (request: IncomingMessage, response: ServerResponse): void => {
    const text = formatPrometheus(context.metrics());
    replyText(request, response, { status: 200, type: PROMETHEUS_TYPE, text });
  };
  return [
    {
      methods: ['GET', 'HEAD', 'POST'],
      path: '/stat/livestat',
      access: { ...READ, deny: denyClassic },
      handle: livestat,
    },
    { methods: GET, path: '/stat', access: READ, handle: (...asked) => replyStat(context, state, asked) },
    { methods: GET, path: '/metrics', access: READ, handle: metrics },
    {
      methods: GET,
      path: '/healthz',
      handle: (request, response) => replyJson(request, response, { body: ALIVE }),
    },
    { methods: GET, path: '/readyz', handle: (request, response) => replyReady(request, response, context) },
  ];
}

const ALIVE = { status: 'ok' };

function replyReady(request: IncomingMessage, response: ServerResponse, { config }: ServerContext): void {
  const ready = config.current() !== undefined;
  replyJson(request, response, { status: ready ? 200 : 503, body: { status: ready ? 'ready' : 'starting' } });
}

function replyStat(
  context: ServerContext,
  state: StatState,
  [request, response, { query }]: readonly [IncomingMessage, ServerResponse, RouteMatch],
): void {
  const streams = context.streams();
  if (query.get('format') === 'xml') {
    const text = formatNginxXml({ streams, sessions: [...context.sessions()], state });
    replyText(request, response, { status: 200, type: 'text/xml; charset=utf-8', text });
    return;
  }
  const viewers = countViewers(context.sessions());
  const body = {
    server: serverFigures(context, state),
    applications: applicationFigures(context),
    streams: streams.map((stream) => streamFigures(stream, state, viewers)),
    alerts: state.alerts.list().filter((alert) => alert.state === 'raised'),
  };
  replyJson(request, response, { body });
}

/** The classic server's words: 403, whatever is wrong with a token. */
function denyClassic(
  request: IncomingMessage,
  response: ServerResponse,
  {
    code,
    reason,
    retryAfterSeconds,
  }: { readonly code: string; readonly reason: string; readonly retryAfterSeconds: number | undefined },
): void {
  const status = code === 'too-many-tries' ? 429 : 403;
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds));
  replyText(request, response, {
    status,
    type: 'application/json',
    text: classicJson({ status, data: reason }),
  });
}

/** As the classic server wrote it: these three characters are escaped. */
function classicJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('&', '\\u0026');
}

function replyText(
  request: IncomingMessage,
  response: ServerResponse,
  { status, type, text }: { readonly status: number; readonly type: string; readonly text: string },
): void {
  const bytes = Buffer.from(text);
  response.writeHead(status, {
    'content-type': type,
    'content-length': bytes.length,
    'cache-control': 'no-store',
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** The host that the client called this server by, without the port. */
function hostOf({ headers: { host = 'localhost' } }: IncomingMessage): string {
  return host.replace(/:\d+$/, '');
}
