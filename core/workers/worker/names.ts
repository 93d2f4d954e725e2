// This worker's names: claimed from the supervisor's directory, released, given up to another worker.
import { KeyedQueues } from '../../collections/keyed-queues.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { NameRefusal, NameTerms } from '../../session/elsewhere.ts';
import type { Session } from '../../session/session.ts';
import type { Conversation } from '../conversation.ts';
import type { NameRequest, SupervisorCalls, WorkerSideCalls } from '../messages.ts';

export type SupervisorTalk = Conversation<SupervisorCalls, WorkerSideCalls>;

export class Names {
  readonly #kernel: Kernel;
  readonly #talk: SupervisorTalk;
  /** The ticket of each name that this worker has. */
  readonly #tickets = new Map<string, number>();
  /** Claims of one name come one after another. */
  readonly #claims = new KeyedQueues();

  constructor(kernel: Kernel, talk: SupervisorTalk) {
    this.#kernel = kernel;
    this.#talk = talk;
  }

  claim<Taken>(
    publisher: Session,
    terms: NameTerms,
    take: (firstSequence: number) => Promise<Taken>,
  ): Promise<Taken | NameRefusal> {
    const { key } = publisher;
    return this.#claims.run(key, () => this.#claim(publisher, terms, take));
  }

  /** Resolves when the claims of a name that are under way are settled. */
  settled(key: string): Promise<unknown> {
    return this.#claims.settled(key);
  }

  /** A stream that lived here has ended. */
  release(key: string): void {
    // A claim that is under way looks for itself whether the name is used.
    if (!this.#claims.has(key)) this.#releaseNow(key);
  }

  /** Another worker's publisher wants the name. */
  async giveUp({
    key,
    duplicate,
    remote,
  }: Pick<NameRequest, 'key' | 'duplicate' | 'remote'>): Promise<'given' | 'taken'> {
    const answer = await this.#kernel.hub.giveUp(key, duplicate, { remote });
    if (answer === 'given') this.#tickets.delete(key);
    return answer;
  }

  async #claim<Taken>(
    { key, app, remote }: Session,
    { options, duplicate }: NameTerms,
    take: (firstSequence: number) => Promise<Taken>,
  ): Promise<Taken | NameRefusal> {
    const { maxStreamsPerApplication } = options;
    const maxStreams = this.#kernel.generation.config?.server.maxStreams ?? 0;
    const request = { key, app, duplicate, remote, maxStreams, maxStreamsPerApplication };
    const given = await this.#talk.ask('claim', request);
    if (typeof given === 'string') return given;
    this.#tickets.set(key, given.ticket);
    try {
      return await take(given.firstSequence);
    } finally {
      if (this.#kernel.hub.find(key)?.origin !== 'local') this.#releaseNow(key);
    }
  }

  #releaseNow(key: string): void {
    const ticket = this.#tickets.get(key);
    this.#tickets.delete(key);
    if (ticket !== undefined) this.#talk.tell('release', { key, ticket });
  }
}
