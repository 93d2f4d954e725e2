// The figures of the whole server, as lists show them.
import { readVersion, type ServerContext } from 'livego';
import type { StatState } from '../state.ts';
import { round, secondsSince } from './stream-figures.ts';

/** What one process has, as its own process sees it. */
export type WorkerFigures = ReturnType<typeof workerFigures>;

export function workerFigures(context: ServerContext, state: StatState) {
  const startedAt = new Date(performance.timeOrigin);
  const seconds = secondsSince(startedAt);
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  const streams = context.streams();
  return {
    worker: context.everywhere.worker,
    pid: process.pid,
    startedAt: startedAt.toISOString(),
    seconds,
    cpu: {
      seconds: (user + system) / 1e6,
      averagePercent: round((user + system) / 1e4 / Math.max(1, seconds)),
    },
    memory: { residentBytes: rss, heapBytes: heapUsed, externalBytes: external },
    eventLoop: {
      maxDelayMs: round(state.loopDelay.takeMaxMs()),
      busyPercent: round(state.loopDelay.takeUtilisation() * 100),
    },
    connections: [...context.connections()].length,
    sessions: [...context.sessions()].length,
    streams: streams.length,
    viewers: streams.reduce((sum, { viewerCount }) => sum + viewerCount, 0),
    alerts: [...state.alerts.count().values()].reduce((sum, count) => sum + count, 0),
  };
}

/** The figures of the whole server: sums, and of the event loops the one that is worst off. */
export function addWorkers(context: ServerContext, workers: readonly WorkerFigures[]) {
  const sum = (of: (worker: WorkerFigures) => number): number =>
    workers.reduce((total, worker) => total + of(worker), 0);
  const max = (of: (worker: WorkerFigures) => number): number => Math.max(0, ...workers.map(of));
  return {
    version: readVersion(),
    node: process.version,
    startedAt: workers.map(({ startedAt }) => startedAt).toSorted()[0],
    seconds: max(({ seconds }) => seconds),
    config: configFigures(context),
    cpu: {
      seconds: sum(({ cpu }) => cpu.seconds),
      averagePercent: round(sum(({ cpu }) => cpu.averagePercent)),
    },
    memory: {
      residentBytes: sum(({ memory }) => memory.residentBytes),
      heapBytes: sum(({ memory }) => memory.heapBytes),
      externalBytes: sum(({ memory }) => memory.externalBytes),
    },
    eventLoop: {
      maxDelayMs: max(({ eventLoop }) => eventLoop.maxDelayMs),
      busyPercent: max(({ eventLoop }) => eventLoop.busyPercent),
    },
    addresses: context.addresses(),
    connections: sum(({ connections }) => connections),
    sessions: sum(({ sessions }) => sessions),
    streams: sum(({ streams }) => streams),
    viewers: sum(({ viewers }) => viewers),
    alerts: sum(({ alerts }) => alerts),
    workers,
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
