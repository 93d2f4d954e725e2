// The workers: as many as the config asks for. One that ends is replaced at once; one that ends again and again, later.
import { tmpdir } from 'node:os';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { Logger } from '../../log/log.ts';
import type { WorkerNumber } from '../../plugin/worker-calls.ts';
import type { Handlers } from '../conversation.ts';
import type { ConfigToApply, Past, Peer, SupervisorCalls, WorkerReport } from '../messages.ts';
import type { SpawnWorker } from '../worker-process.ts';
import { Seat, type WaitingConnection } from './seat.ts';

export interface FleetHost {
  readonly log: Logger;
  readonly spawn: SpawnWorker;
  handlersFor(worker: WorkerNumber): Handlers<SupervisorCalls>;
  /** The config that a new worker applies, and its number; undefined while none is current. */
  current(): { readonly config: ConfigToApply; readonly generation: number; readonly past: Past } | undefined;
  /** A worker takes connections from now on. */
  running(seat: Seat): void;
  /** Connections that a worker is too slow to take. */
  returned(unsent: readonly WaitingConnection[]): void;
  /** A worker has ended. */
  lost(seat: Seat, unsent: readonly WaitingConnection[]): void;
}

/** A worker that ran this long before it ended is replaced at once. */
const HEALTHY_MS = 60_000;
/** One that ends again and again is replaced after a delay that doubles, from the second time on. */
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;
/** A worker that has no connections ends this many seconds after the config has no place for it. */
const STOP_LIMIT_MS = 10_000;

/** How often a worker has ended shortly after its start. */
interface Failures {
  count: number;
  startedAt: number;
}

export class Fleet {
  readonly #host: FleetHost;
  readonly #folder: string;
  readonly #seats = new Map<WorkerNumber, Seat>();
  readonly #failures = new Map<WorkerNumber, Failures>();
  readonly #timers = new Map<WorkerNumber, NodeJS.Timeout>();
  readonly #emptied = new Set<() => void>();
  readonly #starting = new Set<Promise<unknown>>();
  /** Set while a reload is under way: no worker starts with the config that is about to be replaced. */
  #held: Promise<void> | undefined;
  readonly #secret = randomBytes(32).toString('hex');
  #wanted = 0;
  #lastRun = 0;
  #stopping = false;

  constructor(host: FleetHost) {
    this.#host = host;
    // Only this user may enter it.
    this.#folder = process.platform === 'win32' ? '' : mkdtempSync(join(tmpdir(), 'livego-'));
  }

  get seats(): readonly Seat[] {
    return [...this.#seats.values()];
  }

  /** Those that take part in reloads. */
  get active(): readonly Seat[] {
    return this.seats.filter(({ state }) => state === 'running' || state === 'draining');
  }

  find(worker: WorkerNumber): Seat | undefined {
    return this.#seats.get(worker);
  }

  /** Starts the first workers. Rejects with the first that does not start. */
  async start(count: number): Promise<readonly WorkerReport[]> {
    this.#wanted = count;
    const seats = await Promise.all(numbersUpTo(count).map((worker) => this.#open(worker)));
    this.tellPeers();
    return await Promise.all(seats.map((seat) => this.#run(seat)));
  }

  /** From now on there are `count` workers: more are started, and those that are too many get no more connections. */
  resize(count: number): void {
    this.#wanted = count;
    for (const worker of numbersUpTo(count)) if (!this.#seats.has(worker)) this.#startLater(worker, 0);
    for (const seat of this.seats) if (seat.place.worker > count) seat.drain();
    this.#stopEmpty();
  }

  /** Called once a second. */
  watch(): void {
    for (const seat of this.seats) seat.watch();
    this.#stopEmpty();
  }

  /** Runs `work` while no worker starts. */
  async exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    let free = (): void => {};
    this.#held = new Promise((resolve) => (free = resolve));
    try {
      await Promise.allSettled([...this.#starting]);
      return await work();
    } finally {
      this.#held = undefined;
      free();
    }
  }

  /** Tells all workers where the others are: also one that starts, before its plugins do. */
  tellPeers(): void {
    const reachable = this.seats.filter(({ reachable: each }) => each);
    const peers = reachable.map(({ place }): Peer => place);
    for (const { talk, place } of reachable)
      talk.tell('peers', { peers: peers.filter(({ worker }) => worker !== place.worker) });
  }

  /** Ends all workers in order; one that does not end in time is killed. */
  async stop(message: string): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    const ended = new Promise<void>((resolve) => this.#emptied.add(resolve));
    for (const { talk } of this.seats) talk.tell('stop', { message });
    const limit = setTimeout(() => this.seats.forEach((seat) => seat.kill()), STOP_LIMIT_MS);
    if (this.#seats.size > 0) await ended;
    clearTimeout(limit);
    if (this.#folder !== '') rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(worker: WorkerNumber): Promise<WorkerReport> {
    while (this.#held) await this.#held;
    const started = this.#open(worker).then((seat) => {
      this.tellPeers();
      return this.#run(seat);
    });
    this.#starting.add(started);
    return await started.finally(() => this.#starting.delete(started));
  }

  /** Resolves when the process can be reached by the others. */
  async #open(worker: WorkerNumber): Promise<Seat> {
    const current = this.#host.current();
    if (!current || this.#stopping) throw new Error('the server is not running');
    const run = ++this.#lastRun;
    const { log, spawn } = this.#host;
    const place = {
      worker,
      run,
      socketPath: this.#socketPath(run),
      generation: current.generation,
      secret: this.#secret,
    };
    const failures = this.#failures.get(worker) ?? { count: 0, startedAt: 0 };
    this.#failures.set(worker, { ...failures, startedAt: performance.now() });
    const seat = new Seat({
      place,
      log,
      spawn,
      handlers: this.#host.handlersFor(worker),
      returned: (unsent) => this.#host.returned(unsent),
      ended: (each, how, unsent) => this.#ended(each, how, unsent),
    });
    this.#seats.set(worker, seat);
    await seat.open();
    return seat;
  }

  async #run(seat: Seat): Promise<WorkerReport> {
    const current = this.#host.current();
    if (!current || this.#stopping) throw new Error('the server is not running');
    const answer = await seat.start(current.config, current.past);
    if (answer.report.outcome === 'rejected') {
      seat.kill();
      throw new Error(answer.report.error ?? 'the worker rejected the config');
    }
    this.#host.running(seat);
    return answer;
  }

  #startLater(worker: WorkerNumber, delayMs: number): void {
    if (this.#timers.has(worker)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(worker);
      if (this.#stopping || worker > this.#wanted || this.#seats.has(worker)) return;
      this.#start(worker).then(
        () => this.#host.log.info(`worker ${worker} runs`),
        (error: unknown) => this.#host.log.error({ err: error }, `worker ${worker} could not be started`),
      );
    }, delayMs);
    this.#timers.set(worker, timer);
  }

  #ended(seat: Seat, how: string, unsent: readonly WaitingConnection[]): void {
    const { worker } = seat.place;
    if (this.#seats.get(worker) === seat) this.#seats.delete(worker);
    this.#host.lost(seat, unsent);
    this.tellPeers();
    if (this.#seats.size === 0) for (const resolve of this.#emptied) resolve();
    if (this.#stopping || worker > this.#wanted || !this.#host.current()) return;
    const delayMs = this.#delayFor(worker);
    const when = delayMs === 0 ? 'at once' : `in ${delayMs / 1000} s`;
    this.#host.log.error(`worker ${worker} has ended (${how}); it is replaced ${when}`);
    this.#startLater(worker, delayMs);
  }

  #delayFor(worker: WorkerNumber): number {
    const { count, startedAt } = this.#failures.get(worker) ?? { count: 0, startedAt: 0 };
    const failures = performance.now() - startedAt >= HEALTHY_MS ? 0 : count;
    this.#failures.set(worker, { count: failures + 1, startedAt });
    return failures === 0 ? 0 : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1));
  }

  #stopEmpty(): void {
    for (const { state, connections, talk } of this.seats)
      if (state === 'draining' && connections === 0)
        talk.tell('stop', { message: 'the config has fewer workers' });
  }

  #socketPath(run: number): string {
    if (this.#folder !== '') return join(this.#folder, `${run}.sock`);
    return `\\\\.\\pipe\\livego-${randomBytes(12).toString('hex')}`;
  }
}

function numbersUpTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
