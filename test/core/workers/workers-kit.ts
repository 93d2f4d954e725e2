// A server of several workers in the process of the test. Messages are copied and arrive in a later turn, as between
// processes; links are real sockets.
import { once } from 'node:events';
import { Socket } from 'node:net';
import inject, { type Response } from 'light-my-request';
import { onTestFinished } from 'vitest';
import { createConfigSource } from '../../../config/load.ts';
import { createLogger, type Logger } from '../../../core/log/log.ts';
import type { PluginDefinition } from '../../../core/plugin/plugin.ts';
import type { ReloadReport } from '../../../core/plugin/reload-report.ts';
import { Denial } from '../../../core/session/denial.ts';
import type { Message } from '../../../core/workers/conversation.ts';
import { OutlinedSource } from '../../../core/workers/outlined-source.ts';
import { Supervisor } from '../../../core/workers/supervisor/supervisor.ts';
import { Worker } from '../../../core/workers/worker/worker.ts';
import type { SpawnWorker, WorkerEvents, WorkerPlace } from '../../../core/workers/worker-process.ts';
import { TestClients, type TestPublisher, type TestViewer } from '../../../testing/test-clients.ts';

export type LogLine = Readonly<Record<string, unknown>> & { readonly level: number; readonly msg: string };

export interface WorkersOptions {
  readonly config?: Readonly<Record<string, unknown>>;
  /** Made for each worker: they share no memory. The supervisor has one of its own, 0. */
  readonly plugins?: (worker: number) => readonly PluginDefinition[];
}

/** One worker of the test. */
export interface TestWorker {
  readonly worker: Worker;
  readonly place: WorkerPlace;
  publish(path: string): Promise<TestPublisher>;
  tryPublish(path: string): Promise<TestPublisher | Denial>;
  play(path: string): Promise<TestViewer>;
  tryPlay(path: string): Promise<TestViewer | Denial>;
  /** Requests a path of the address of an option, such as "hls.port", of this worker. */
  get(option: string, path: string): Promise<Response>;
  /** Its process is killed: everything of it ends, and it tells nobody. */
  kill(): void;
  /** It takes no message until the returned function is called. */
  freeze(): () => void;
}

export interface TestWorkers {
  readonly supervisor: Supervisor;
  readonly log: readonly LogLine[];
  /** The present worker of that number. */
  of(number: number): TestWorker;
  /** Resolves as soon as `holds` is true; asked after everything that happens. */
  until(what: string, holds: () => boolean): Promise<void>;
  reload(config: Readonly<Record<string, unknown>>): Promise<ReloadReport>;
}

interface Present {
  readonly test: TestWorker;
}

const DEFAULTS = { workers: 3, servers: [{ servername: 'live' }] };

export async function startWorkers({
  config = {},
  plugins = () => [],
}: WorkersOptions = {}): Promise<TestWorkers> {
  const kit = new WorkersKit({ ...DEFAULTS, ...config }, plugins);
  const supervisor = kit.supervisor;
  onTestFinished(() => supervisor.stop('the test is over'));
  await supervisor.start();
  return kit;
}

class WorkersKit implements TestWorkers {
  readonly log: LogLine[] = [];
  readonly supervisor: Supervisor;
  readonly #present = new Map<number, Present>();
  readonly #plugins: (worker: number) => readonly PluginDefinition[];
  readonly #logger: Logger;
  #text: string;

  constructor(
    config: Readonly<Record<string, unknown>>,
    plugins: (worker: number) => readonly PluginDefinition[],
  ) {
    this.#text = JSON.stringify(config);
    this.#plugins = plugins;
    const destination = { write: (line: string): void => void this.log.push(JSON.parse(line) as LogLine) };
    this.#logger = createLogger({ pretty: false, destination });
    this.supervisor = new Supervisor({
      source: new OutlinedSource(this.#source([...plugins(0), new TestClients().definition])),
      log: this.#logger,
      spawn: (place, events) => this.#spawn(place, events),
    });
  }

  of(number: number): TestWorker {
    const present = this.#present.get(number);
    if (!present) throw new Error(`There is no worker ${number}.`);
    return present.test;
  }

  async until(what: string, holds: () => boolean): Promise<void> {
    const deadline = performance.now() + 20_000;
    while (!holds()) {
      if (performance.now() > deadline) throw new Error(`In vain: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  reload(config: Readonly<Record<string, unknown>>): Promise<ReloadReport> {
    this.#text = JSON.stringify({ ...DEFAULTS, ...config });
    return this.supervisor.reload('the test has changed the config');
  }

  #source(builtins: readonly PluginDefinition[]) {
    const base = createConfigSource({ file: 'test.json5', text: this.#text, env: {}, builtins });
    return {
      name: base.name,
      load: (given?: string) => base.load(given ?? this.#text),
      read: () => Promise.resolve(this.#text),
      write: (text: string) => Promise.resolve(void (this.#text = text)),
    };
  }

  readonly #spawn: SpawnWorker = (place, events) => {
    const clients = new TestClients();
    const wire = new Wire(events);
    const worker = new Worker({
      source: this.#source([...this.#plugins(place.worker), clients.definition]),
      place,
      log: this.#logger.child({ worker: place.worker }),
      send: (message) => wire.toSupervisor(message),
      ended: () => wire.end('exit code 0'),
    });
    wire.worker = worker;
    const kill = (): void => {
      if (!wire.end('signal SIGKILL')) return;
      worker.talk.close('killed');
      worker.cut();
    };
    this.#present.set(place.worker, {
      test: testWorker(worker, place, clients, { kill, freeze: () => wire.freeze() }),
    });
    return { send: (message, socket) => wire.toWorker(message, socket), mostUnderWay: 32, kill };
  };
}

/** Carries messages between the supervisor and a worker, as copies, in a later turn. */
class Wire {
  worker: Worker | undefined;
  readonly #events: WorkerEvents;
  #frozen: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(events: WorkerEvents) {
    this.#events = events;
  }

  toWorker(message: Message, socket: Socket | undefined): void {
    const copy = structuredClone(message);
    this.#after(() => {
      const handle = socket && { handle: Reflect.get(socket, '_handle') as object };
      // What another process gets is a new socket for the same connection.
      if (socket) Reflect.set(socket, '_handle', null);
      this.worker?.talk.receive(copy, handle && new Socket(handle as object));
    });
  }

  toSupervisor(message: Message): void {
    const copy = structuredClone(message);
    this.#after(() => this.#events.message(copy, undefined));
  }

  freeze(): () => void {
    let thaw = (): void => {};
    this.#frozen = new Promise((resolve) => (thaw = resolve));
    return thaw;
  }

  end(how: string): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    setImmediate(() => this.#events.ended(how));
    return true;
  }

  #after(call: () => void): void {
    setImmediate(() => void this.#frozen.then(() => !this.#ended && call()));
  }
}

function testWorker(
  worker: Worker,
  place: WorkerPlace,
  clients: TestClients,
  { kill, freeze }: Pick<TestWorker, 'kill' | 'freeze'>,
): TestWorker {
  const admitted = async <Client extends object>(client: Promise<Client | Denial>): Promise<Client> => {
    const result = await client;
    if (result instanceof Denial) throw new Error(`denied: ${result.reason}`);
    return result;
  };
  return {
    worker,
    place,
    publish: (path) => admitted(clients.publish(path)),
    tryPublish: (path) => clients.publish(path),
    play: (path) => admitted(clients.play(path)),
    tryPlay: (path) => clients.play(path),
    get: (option, path) => request(worker, option, path),
    kill,
    freeze,
  };
}

function request(worker: Worker, option: string, path: string): Promise<Response> {
  const endpoints = [...worker.kernel.generation.endpoints.values()];
  const service = endpoints.find(({ plan }) => plan.options.includes(option))?.plan.service;
  if (service?.kind !== 'http') throw new Error(`No HTTP is served for ${option}.`);
  return inject((req, res) => service.router.answer(req, res), path);
}

/** The packets that a viewer has been sent, without what it cannot see. */
export function seen({ tags }: TestViewer): readonly string[] {
  return tags.map(({ type, timestamp, body }) => `${type} ${timestamp} ${body.toString('hex')}`);
}

/** Resolves when the connection has closed. */
export async function closed(socket: Socket): Promise<void> {
  if (!socket.destroyed) await once(socket, 'close');
}
