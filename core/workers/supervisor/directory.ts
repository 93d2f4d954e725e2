// The streams of all workers by name, and the workers that want to know of them.
//
//             claim                 another worker claims: the present one gives the name up, or it is taken
//   free ───────────────▶ given ───────────────────────────────────────────────────────────────▶ given
//     ▲                     │
//     └── release, or the worker is lost
import { KeyedQueues } from '../../collections/keyed-queues.ts';
import { LocalIdentities } from '../../session/identities.ts';
import type { NameRefusal } from '../../session/elsewhere.ts';
import type { WorkerNumber } from '../../plugin/worker-calls.ts';
import type { GivenName, NameRequest, Whereabouts } from '../messages.ts';

/** How the directory reaches the workers. */
export interface DirectoryHost {
  /** Rejects when the worker is lost or does not answer. */
  giveUp(worker: WorkerNumber, request: NameRequest): Promise<'given' | 'taken'>;
  tellHome(worker: WorkerNumber, key: string, home: WorkerNumber | undefined): void;
  askPlugins(worker: WorkerNumber, key: string): void;
}

interface Name {
  readonly worker: WorkerNumber;
  readonly app: string;
  readonly ticket: number;
}

/** The workers that want a stream. While nobody has it, one of them asks its plugins for a provider. */
interface Interest {
  readonly workers: Set<WorkerNumber>;
  asker: WorkerNumber | undefined;
}

export class Directory {
  readonly #host: DirectoryHost;
  readonly #identities = new LocalIdentities();
  readonly #names = new Map<string, Name>();
  readonly #interests = new Map<string, Interest>();
  /** Claims of one name come one after another. */
  readonly #claims = new KeyedQueues();
  /** How often each worker was lost: a claim of one that is lost meanwhile comes to nothing. */
  readonly #losses = new Map<WorkerNumber, number>();
  #lastTicket = 0;

  constructor(host: DirectoryHost) {
    this.#host = host;
  }

  get size(): number {
    return this.#names.size;
  }

  locate(key: string): WorkerNumber | undefined {
    return this.#names.get(key)?.worker;
  }

  claim(worker: WorkerNumber, request: NameRequest): Promise<GivenName | NameRefusal> {
    const { key } = request;
    const losses = this.#lossesOf(worker);
    const isLost = (): boolean => this.#lossesOf(worker) !== losses;
    return this.#claims.run(key, () => this.#claim(worker, request, isLost));
  }

  /** A ticket that is not the newest means an earlier stream of the name. */
  release(key: string, ticket: number): void {
    const name = this.#names.get(key);
    if (!name || name.ticket !== ticket) return;
    this.#names.delete(key);
    this.#tell(key, name.worker, undefined);
  }

  find(worker: WorkerNumber, key: string): Whereabouts {
    const interest = this.#interests.get(key) ?? { workers: new Set(), asker: undefined };
    this.#interests.set(key, interest);
    interest.workers.add(worker);
    const home = this.locate(key);
    if (home !== undefined) return { home };
    interest.asker ??= worker;
    return interest.asker === worker ? 'here' : 'waiting';
  }

  forget(worker: WorkerNumber, key: string): void {
    const interest = this.#interests.get(key);
    if (!interest?.workers.delete(worker)) return;
    if (interest.workers.size === 0) {
      this.#interests.delete(key);
      return;
    }
    if (interest.asker !== worker) return;
    interest.asker = undefined;
    if (this.#names.has(key)) return;
    const [next] = interest.workers;
    interest.asker = next;
    if (next !== undefined) this.#host.askPlugins(next, key);
  }

  /** The worker has ended: its names are free. */
  lost(worker: WorkerNumber): void {
    this.#losses.set(worker, this.#lossesOf(worker) + 1);
    for (const key of [...this.#interests.keys()]) this.forget(worker, key);
    for (const [key, name] of [...this.#names]) if (name.worker === worker) this.release(key, name.ticket);
  }

  async #claim(
    worker: WorkerNumber,
    request: NameRequest,
    isLost: () => boolean,
  ): Promise<GivenName | NameRefusal> {
    const { key, app } = request;
    const before = this.#names.get(key);
    const asks = before !== undefined && before.worker !== worker && !isLost();
    if (asks) {
      // A worker that is lost or hangs has no say.
      const answer = await this.#host.giveUp(before.worker, request).catch(() => 'given' as const);
      if (answer === 'taken') return 'taken';
    }
    const full = this.#names.has(key) ? undefined : this.#limitReached(request);
    if (full) return full;
    const firstSequence = await this.#identities.firstSequence(key);
    if (isLost()) {
      // Nobody has the name that was given up for it.
      if (asks) this.release(key, before.ticket);
      return 'closing';
    }
    const ticket = ++this.#lastTicket;
    this.#names.set(key, { worker, app, ticket });
    if (before?.worker !== worker) this.#tell(key, worker, worker);
    return { ticket, firstSequence };
  }

  #limitReached({ app, maxStreams, maxStreamsPerApplication: most }: NameRequest): NameRefusal | undefined {
    if (maxStreams > 0 && this.#names.size >= maxStreams) return 'full';
    if (most === 0) return undefined;
    const ofApp = [...this.#names.values()].filter((name) => name.app === app).length;
    return ofApp >= most ? 'application-full' : undefined;
  }

  /** Tells all workers that want the stream, except one, that it has a home, or none any more. */
  #tell(key: string, except: WorkerNumber, home: WorkerNumber | undefined): void {
    const interest = this.#interests.get(key);
    if (!interest) return;
    interest.asker = undefined;
    for (const worker of interest.workers) if (worker !== except) this.#host.tellHome(worker, key, home);
  }

  #lossesOf(worker: WorkerNumber): number {
    return this.#losses.get(worker) ?? 0;
  }
}
