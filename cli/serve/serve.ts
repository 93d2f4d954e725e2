// `livego`: runs a server until a signal stops it.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Override } from '../../config/classic/flags.ts';
import { RemoteSource } from '../../config/remote-source.ts';
import { watchFiles } from '../../config/watch/watch.ts';
import type { ConfigSource } from '../../core/config.ts';
import { messageOf } from '../../core/errors.ts';
import { createLogger, type Logger } from '../../core/log/log.ts';
import { maskLog } from '../../core/log/masked-log.ts';
import type { Show } from '../../core/log/variable-mask.ts';
import { workerCount } from '../../core/options/worker-count.ts';
import type { ConfigOutline } from '../../core/workers/config-outline.ts';
import type { CliIo, RunningServer } from '../io.ts';
import { ServiceManager } from '../service-manager.ts';
import { keepSmall } from './keep-small.ts';
import { startLines } from './start-lines.ts';
import { BugLog } from './unhandled.ts';
import { isWorker } from './worker-messages.ts';
import { WorkerProcesses } from './worker-processes.ts';
import { letYoungGenerationGrow } from './young-generation.ts';

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

/** Resolves with 0 after an orderly stop, with 1 when the server could not start, or ended because of a bug. */
export async function serve(request: ServeRequest, io: CliIo): Promise<number> {
  const given = io.log ?? createLogger();
  let show: Show = (text) => text;
  // Servers and workers mask what they write themselves.
  const log = maskLog(given, (text) => show(text));
  // Before there is anything to end in order, a bug ends the process.
  let end = (): void => io.exit(1);
  catchBugs(log, io, () => end());
  if (isWorker(io.env)) {
    const { serveAsWorker } = await import('./serve-worker.ts');
    const source = await ownSource(request, io);
    show = showOf(source);
    return await serveAsWorker({ source, log: given, onBug: (stop) => (end = stop) }, io);
  }
  const { server, source } = await makeServer(request, io, given);
  show = showOf(source);
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

interface MadeServer {
  readonly server: RunningServer;
  readonly source: Pick<ConfigSource, 'show'>;
}

/** A server in this process, or a supervisor of several where the config asks for them. */
async function makeServer(request: ServeRequest, io: CliIo, log: Logger): Promise<MadeServer> {
  const several = io.createServer ? undefined : await makeSupervisor(request, io, log);
  if (several) return several;
  const source = await ownSource(request, io);
  const create = io.createServer ?? (await import('../../core/server.ts')).createServer;
  if (!io.createServer) letYoungGenerationGrow();
  return { source, server: create({ source, log, watch: watchFiles }) };
}

/** Undefined where the config asks for one process. A supervisor loads no plugins: it has others load the config. */
async function makeSupervisor(
  { file, explicit }: ServeRequest,
  io: CliIo,
  log: Logger,
): Promise<MadeServer | undefined> {
  const processes = new WorkerProcesses({ command: io.command, log });
  const source = new RemoteSource<ConfigOutline>({
    file,
    whenMissing: explicit ? 'fault' : 'defaults',
    env: io.env,
    load: (text) => processes.load(text),
  });
  const guess = await source.guessWorkers();
  if (guess === 1) return undefined;
  // No more than can load their code at once.
  processes.prepare(Math.min(guess, workerCount('auto')));
  const collect = keepSmall();
  const settled = (): void => {
    collect();
    processes.prepareSoon();
  };
  const { Supervisor } = await import('../../core/workers/supervisor/supervisor.ts');
  const { spawn } = processes;
  return { source, server: new Supervisor({ source, log, watch: watchFiles, spawn, settled }) };
}

async function ownSource({ file, explicit, overrides }: ServeRequest, io: CliIo): Promise<ConfigSource> {
  const { createConfigSource } = await import('../../config/load.ts');
  return createConfigSource({
    file,
    builtins: io.builtins ?? (await import('../../plugins/index.ts')).BUILTIN_PLUGINS,
    overrides,
    env: io.env,
    whenMissing: explicit ? 'fault' : 'defaults',
  });
}

function showOf(source: Pick<ConfigSource, 'show'>): Show {
  return (text) => source.show?.(text) ?? text;
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
