// What is served over HTTP: the classic list, nginx-rtmp's page, metrics, health.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerContext } from 'livego';
import { replyJson, type Route, type RouteHandler } from 'livego/http';
import type { FiguresEverywhere } from './figures/everywhere.ts';
import { classicList } from './formats/classic.ts';
import { formatNginxXml } from './formats/nginx-rtmp.ts';
import { formatPrometheus, PROMETHEUS_TYPE } from './formats/prometheus.ts';
import type { StatOptions } from './schema.ts';

const GET = ['GET', 'HEAD'] as const;
const READ = { right: 'read' } as const;

export function routesOf(context: ServerContext, all: FiguresEverywhere, options: StatOptions): Route[] {
  const livestat: RouteHandler = async (request, response, { query }) => {
    const host = options.publicHost || hostOf(request);
    const [streams, viewers] = await Promise.all([all.streams(), all.viewers()]);
    const { status, data } = classicList({ streams, viewers, host }, query.get('room'));
    replyText(request, response, { status, type: 'application/json', text: classicJson({ status, data }) });
  };
  const metrics: RouteHandler = async (request, response) => {
    const text = formatPrometheus(await context.everywhere.metrics());
    replyText(request, response, { status: 200, type: PROMETHEUS_TYPE, text });
  };
  return [
    {
      methods: ['GET', 'HEAD', 'POST'],
      path: '/stat/livestat',
      access: { ...READ, deny: denyClassic },
      handler: livestat,
    },
    { methods: GET, path: '/stat', access: READ, handler: (...asked) => replyStat(all, asked) },
    { methods: GET, path: '/metrics', access: READ, handler: metrics },
    {
      methods: GET,
      path: '/healthz',
      handler: (request, response) => replyJson(request, response, { body: ALIVE }),
    },
    { methods: GET, path: '/readyz', handler: (request, response) => replyReady(request, response, context) },
  ];
}

const ALIVE = { status: 'ok' };

function replyReady(request: IncomingMessage, response: ServerResponse, { config }: ServerContext): void {
  const ready = config.current() !== undefined;
  replyJson(request, response, { status: ready ? 200 : 503, body: { status: ready ? 'ready' : 'starting' } });
}

/** `?room=APP/NAME`: this stream alone. */
async function replyStat(
  all: FiguresEverywhere,
  [request, response, { query }]: Parameters<RouteHandler>,
): Promise<void> {
  const room = query.get('room');
  const isWanted = ({ key }: { readonly key: string }): boolean => room === null || key === room;
  const streams = (await all.streams()).filter(isWanted);
  if (query.get('format') === 'xml') {
    const text = formatNginxXml({ streams, sessions: (await all.sessions()).filter(isWanted) });
    replyText(request, response, { status: 200, type: 'text/xml; charset=utf-8', text });
    return;
  }
  const [server, applications, alerts] = await Promise.all([all.server(), all.applications(), all.alerts()]);
  const shown = new Set(streams.map(({ figures }) => figures.stream));
  const body = {
    server,
    applications,
    streams: streams.map(({ figures }) => figures),
    alerts: alerts.filter(({ state, stream }) => state === 'raised' && shown.has(stream)),
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
