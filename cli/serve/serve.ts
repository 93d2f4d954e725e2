// `livego`: runs a server until a signal stops it.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createConfigSource } from '../../config/load.ts';
import type { Override } from '../../config/classic/flags.ts';
import { watchFiles } from '../../config/watch/watch.ts';
import type { ConfigSource } from '../../core/config.ts';
import { messageOf } from '../../core/errors.ts';
import { createLogger, type Logger } from '../../core/log/log.ts';
import { maskLog } from '../../core/log/masked-log.ts';
import { createServer, type ServerSettings } from '../../core/server.ts';
import { Supervisor } from '../../core/workers/supervisor/supervisor.ts';
import { workerCount } from '../../core/options/worker-count.ts';
import { BUILTIN_PLUGINS } from '../../plugins/index.ts';
import {
  awaitWorkerPlace,
  forkWorkers,
  isWorker,
  WORKER_VARIABLE,
  type AssignedWorker,
} from './fork-worker.ts';
import type { CliIo, RunningServer } from '../io.ts';
import { keepSmall } from './keep-small.ts';
import { serveWorker, type WorkerProcessSettings } from './serve-worker.ts';
import { ServiceManager } from '../service-manager.ts';
import { startLines } from './start-lines.ts';
import { BugLog } from './unhandled.ts';
import { warmUp } from './warm-up.ts';

export interface ServeRequest {
  readonly file: string;
  /** The operator named the file, so it must exist. */
  readonly explicit: boolean;
  readonly overrides: readonly Override[];
  /** Of this package. */
  readonly version: string;
}

/** A server with a bug gets this long to end in order. */
const END_LIMIT_MS = 10_000;

/** A worker that is needed at once has its place by then. */
const WARM_UP_DELAY_MS = 1000;

/** Resolves with 0 after an orderly stop, with 1 when the server could not start, or ended because of a bug. */
export async function serve(request: ServeRequest, io: CliIo): Promise<number> {
  const source = sourceOf(request, io);
  const show = (text: string): string => source.show?.(text) ?? text;
  // Servers and workers mask what they write themselves.
  const given = io.log ?? createLogger();
  const log = maskLog(given, show);
  // Before there is anything to end in order, a bug ends the process.
  let end = (): void => io.exit(1);
  catchBugs(log, io, () => end());
  if (isWorker(io.env)) return await serveAsWorker({ source, log: given, onBug: (stop) => (end = stop) }, io);
  const server = await makeServer({ source, log: given, watch: watchFiles }, io);
  const manager = new ServiceManager(io.notify ?? (() => Promise.resolve()), (error) =>
    log.warn({ err: error }, 'the service manager could not be told'),
  );
  const started = server.start();
  const onReloadError = (error: unknown): void => log.error({ err: error }, 'the reload failed');
  const ended = untilSignal({ server, started, io, manager, onReloadError });
  let code = 0;
  end = () => {
    code = 1;
    ended.end('a bug');
    setTimeout(() => io.exit(1), END_LIMIT_MS).unref();
  };
  try {
    await started;
  } catch (error) {
    ended.cancel();
    io.err(`livego cannot start:\n${show(messageOf(error))}\n`);
    return 1;
  }
  for (const line of linesOf(server, request)) log.info(line);
  await manager.ready('serves config 1');
  await ended.promise;
  return code;
}

async function serveAsWorker(
  settings: Omit<WorkerProcessSettings, keyof AssignedWorker>,
  io: CliIo,
): Promise<number> {
  if (process.connected === undefined) {
    const reason = `${WORKER_VARIABLE} is in the environment, which only a supervisor sets for its workers; unset it`;
    io.err(`livego cannot start: ${reason}\n`);
    return 1;
  }
  const assigned = await awaitAssignment(settings.source);
  return assigned ? await serveWorker({ ...settings, ...assigned }) : 0;
}

function linesOf(
  { applications = [], addresses = [] }: RunningServer,
  { file: given, version }: ServeRequest,
): readonly string[] {
  const file = existsSync(given) ? resolve(given) : undefined;
  return startLines({ version, file, applications, addresses });
}

function catchBugs(log: Logger, io: CliIo, end: () => void): void {
  const bugs = new BugLog(log);
  io.onUnhandled?.((reason) => bugs.rejected(reason));
  io.onUncaught?.((error) => bugs.thrown(error) === 'ends' && end());
}

function sourceOf({ file, explicit, overrides }: ServeRequest, io: CliIo): ConfigSource {
  return createConfigSource({
    file,
    builtins: io.builtins ?? BUILTIN_PLUGINS,
    overrides,
    env: io.env,
    whenMissing: explicit ? 'fault' : 'defaults',
  });
}

async function awaitAssignment(source: ConfigSource): Promise<AssignedWorker | undefined> {
  const waiting = setTimeout(() => void warmUp(source), WARM_UP_DELAY_MS);
  const assigned = await awaitWorkerPlace();
  clearTimeout(waiting);
  return assigned;
}

/** A server in this process, or a supervisor of several where the config asks for them. */
async function makeServer(settings: ServerSettings, io: CliIo): Promise<RunningServer> {
  if (io.createServer) return io.createServer(settings);
  const loaded = await settings.source.load();
  // Faults are reported by the server's own load.
  const workers = loaded.ok ? workerCount(loaded.config.server.workers) : 1;
  if (workers === 1) return createServer(settings);
  const { spawn, prepareSoon } = forkWorkers(io.command);
  const collect = keepSmall();
  const settled = (): void => {
    collect();
    prepareSoon();
  };
  return new Supervisor({ ...settings, spawn, settled });
}

interface Running {
  readonly server: RunningServer;
  readonly started: Promise<void>;
  readonly io: CliIo;
  readonly manager: ServiceManager;
  readonly onReloadError: (error: unknown) => void;
}

interface Ending {
  /** Resolves when the server has stopped. */
  readonly promise: Promise<void>;
  /** Signals are no longer listened to. */
  cancel(): void;
  /** Stops the server, as a signal does. */
  end(reason: string): void;
}

/** Resolves when a signal has stopped the server. A signal during the start is served after it. */
function untilSignal(running: Running): Ending {
  const { server, started, io, manager, onReloadError } = running;
  let cancel = (): void => undefined;
  let end: (reason: string) => void = () => undefined;
  const promise = new Promise<void>((resolve, reject) => {
    let stopping = false;
    const stop = async (reason: string): Promise<void> => {
      await started;
      await Promise.all([manager.stopping(), server.stop(reason, 'the server is stopping')]);
      cancel();
    };
    end = (reason) => {
      if (stopping) return;
      stopping = true;
      stop(reason).then(resolve, reject);
    };
    cancel = io.onSignal((signal) => {
      if (signal === 'SIGHUP') {
        if (!stopping) started.then(() => reload(server, manager)).catch(onReloadError);
      } else if (stopping) {
        io.exit(1);
      } else {
        end(signal);
      }
    });
  });
  // A start that fails is reported where `started` is awaited.
  promise.catch(() => undefined);
  return { promise, cancel: () => cancel(), end: (reason) => end(reason) };
}

async function reload(server: RunningServer, manager: ServiceManager): Promise<void> {
  const reloaded = server.reload('SIGHUP');
  await manager.reloading();
  let status = 'the reload failed; the log says why';
  try {
    const { outcome, generation } = await reloaded;
    status =
      outcome === 'rejected'
        ? `serves config ${generation}; a new one was rejected`
        : `serves config ${generation}`;
  } finally {
    await manager.ready(status);
  }
}
