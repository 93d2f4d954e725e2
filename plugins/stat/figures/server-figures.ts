// The figures of the whole server and of its applications, as lists show them.
import { matchesServername, readVersion, type ServerContext } from 'livego';
import type { StatState } from '../state.ts';
import { round, secondsSince } from './stream-figures.ts';

export function serverFigures(context: ServerContext, state: StatState) {
  const startedAt = new Date(performance.timeOrigin);
  const seconds = secondsSince(startedAt);
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  const streams = context.streams();
  return {
    version: readVersion(),
    node: process.version,
    pid: process.pid,
    startedAt: startedAt.toISOString(),
    seconds,
    config: configFigures(context),
    cpu: {
      seconds: (user + system) / 1e6,
      averagePercent: round((user + system) / 1e4 / Math.max(1, seconds)),
    },
    memory: { residentBytes: rss, heapBytes: heapUsed, externalBytes: external },
    eventLoop: {
      maxDelayMs: round(state.loopDelay.takeMaxMs()),
      busyPercent: round(state.loopDelay.takeUtilisation() * 100),
    },
    addresses: context.addresses(),
    connections: [...context.connections()].length,
    streams: streams.length,
    viewers: streams.reduce((sum, { viewerCount }) => sum + viewerCount, 0),
    alerts: [...state.alerts.count().values()].reduce((sum, count) => sum + count, 0),
  };
}

function configFigures({ config }: ServerContext) {
  const [report] = config.reports;
  if (!report) return { file: config.file, generation: 0, lastReload: null };
  const { generation, at, outcome, words, error } = report;
  return {
    file: config.file,
    generation,
    lastReload: { at: at.toISOString(), outcome, words, error: error ?? null },
  };
}

/** One for each entry of servers[]. */
export function applicationFigures(context: ServerContext) {
  const apps = context.config.current()?.apps ?? [];
  const all = context.streams();
  const ownerOf = (app: string): string | undefined =>
    apps.find(({ servername }) => matchesServername(servername, app))?.servername;
  const owned = new Map<string, (typeof all)[number][]>();
  for (const stream of all) {
    const owner = ownerOf(stream.app) ?? '';
    owned.set(owner, [...(owned.get(owner) ?? []), stream]);
  }
  return apps.map(({ servername, plugins }) => {
    const streams = owned.get(servername) ?? [];
    return {
      servername,
      streams: streams.length,
      publishers: streams.filter(({ publisher }) => publisher).length,
      viewers: streams.reduce((sum, { viewerCount }) => sum + viewerCount, 0),
      plugins: Object.entries(plugins).flatMap(([name, { enabled }]) => (enabled ? [name] : [])),
    };
  });
}
