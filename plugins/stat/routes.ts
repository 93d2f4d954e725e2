// What is served over HTTP: the classic list, nginx-rtmp's page, metrics, health.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerContext } from 'livego';
import {
  calledHostOf,
  denyClassic,
  replyClassic,
  replyJson,
  replyLongJson,
  replyText,
  type Route,
  type RouteHandler,
} from 'livego/http';
import type { FiguresEverywhere } from './figures/everywhere.ts';
import { classicList } from './formats/classic.ts';
import { formatNginxXml } from './formats/nginx-rtmp.ts';
import { formatPrometheus, PROMETHEUS_TYPE } from './formats/prometheus.ts';
import type { StatOptions } from './schema.ts';

const GET = ['GET', 'HEAD'] as const;
const READ = { right: 'read' } as const;

export function routesOf(context: ServerContext, all: FiguresEverywhere, options: StatOptions): Route[] {
  const livestat: RouteHandler = async (request, response, { query }) => {
    const host = options.publicHost || calledHostOf(request);
    const [streams, viewers] = await Promise.all([all.streams(), all.viewers()]);
    const { status, data } = await classicList({ streams, viewers, host }, query.get('room'));
    await replyClassic(request, response, status, data);
  };
  const metrics: RouteHandler = async (request, response) => {
    const parts = formatPrometheus(await context.everywhere.metrics());
    await replyText(request, response, { type: PROMETHEUS_TYPE, parts });
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
    const sessions = (await all.sessions()).filter(isWanted);
    const parts = formatNginxXml({
      applications: room === null ? all.namedApplications : [],
      streams,
      sessions,
    });
    return await replyText(request, response, { type: 'text/xml; charset=utf-8', parts });
  }
  const [server, applications, alerts] = await Promise.all([all.server(), all.applications(), all.alerts()]);
  const shown = new Set(streams.map(({ figures }) => figures.stream));
  const body = {
    server,
    applications,
    streams: streams.map(({ figures }) => figures),
    alerts: alerts.filter(({ state, stream }) => state === 'raised' && shown.has(stream)),
  };
  await replyLongJson(request, response, { body });
}
