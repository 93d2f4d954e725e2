// Asks all workers of the server and puts their answers together. In one process that is this worker alone.
import { createHmac, randomBytes } from 'node:crypto';
import { messageOf } from '../errors.ts';
import type { EndCause } from '../end-cause.ts';
import { KeyedQueues } from '../collections/keyed-queues.ts';
import { localPlaces, type GiveBack, type SharedPlaces } from '../collections/places.ts';
import type { ControlRates, RateNews } from '../http/access/control-rates.ts';
import type { Logger } from '../log/log.ts';
import type { MetricSample } from '../plugin/metrics.ts';
import type {
  ConnectionRecord,
  Question,
  ServerWide,
  SessionRecord,
  StreamRecord,
  WorkerAnswer,
  WorkerCalls,
  WorkerNumber,
} from '../plugin/worker-calls.ts';
import { KICKED } from '../session/session-view.ts';
import type { SessionList } from '../session/session-list.ts';
import type { Ticker } from '../time/ticker.ts';
import type { StreamHub } from '../stream/stream-hub.ts';
import { addMetrics } from './add-metrics.ts';
import { recordConnection, recordSession, recordStream } from './records.ts';

export interface EverywhereServices {
  /** For lines that peers cause: a failed log-in is told to all workers. */
  readonly limited: Logger;
  readonly hub: StreamHub;
  readonly sessions: SessionList;
  readonly calls: WorkerCalls;
  readonly ticker: Ticker;
  readonly rates: ControlRates;
  /** How many workers the current config has. */
  workerCount(): number;
  /** Those of this worker. */
  metrics(): readonly MetricSample[];
  /** Answers a question of a plugin, of another worker's instance or of this one's. */
  answer(name: string, input: unknown): unknown;
}

/** Core's own questions begin with this; names of plugins do not. */
const CORE = 'core ';

export class Everywhere implements ServerWide {
  readonly #services: EverywhereServices;
  readonly #secret: string;
  readonly #places: SharedPlaces;
  readonly #exclusive = new KeyedQueues();
  readonly #answers: Readonly<Record<string, (input: never) => unknown>>;

  constructor(services: EverywhereServices) {
    this.#services = services;
    this.#secret = services.calls.secret ?? randomBytes(32).toString('hex');
    this.#places = services.calls.places ?? localPlaces();
    const { hub, sessions, calls, rates, ticker } = services;
    const { own } = calls;
    this.#answers = {
      [`${CORE}metrics`]: () => services.metrics(),
      [`${CORE}streams`]: () =>
        hub.streams.filter(({ origin }) => origin === 'local').map((stream) => recordStream(stream, own)),
      [`${CORE}sessions`]: () => Array.from(sessions, (session) => recordSession(session, own)),
      [`${CORE}connections`]: () =>
        Array.from(sessions.connections, ({ view }) => recordConnection(view, own)),
      [`${CORE}rates`]: (news: RateNews) => rates.noteElsewhere(news, performance.now()),
      [`${CORE}close`]: ({ id, cause }: { id: string; cause: EndCause }) => closeHere(sessions, id, cause),
    };
    calls.answerWith((name, input) => this.#answer(name, input));
    ticker.add(() => this.#tellRates());
  }

  get worker(): WorkerNumber {
    return this.#services.calls.own;
  }

  get isFirst(): boolean {
    return this.worker === 1;
  }

  get others(): readonly WorkerNumber[] {
    return this.#services.calls.others;
  }

  secret(name: string): Buffer {
    return createHmac('sha256', this.#secret).update(name).digest();
  }

  async locate(key: string): Promise<WorkerNumber | undefined> {
    const { hub, calls } = this.#services;
    return hub.find(key)?.origin === 'local' ? calls.own : await calls.locate(key);
  }

  async metrics(): Promise<readonly MetricSample[]> {
    return addMetrics(await this.#askAll<readonly MetricSample[]>(`${CORE}metrics`, undefined));
  }

  streams(): Promise<readonly StreamRecord[]> {
    return this.#list<StreamRecord>('streams');
  }

  sessions(): Promise<readonly SessionRecord[]> {
    return this.#list<SessionRecord>('sessions');
  }

  connections(): Promise<readonly ConnectionRecord[]> {
    return this.#list<ConnectionRecord>('connections');
  }

  async close(id: string, cause: EndCause = KICKED): Promise<boolean> {
    const answers = await this.#askAll<boolean>(`${CORE}close`, { id, cause });
    return answers.some(({ answer }) => answer);
  }

  exclusively<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    return this.#exclusive.run(name, async () => {
      const passTurn = await this.#services.calls.takeTurn(name);
      try {
        return await work();
      } finally {
        passTurn();
      }
    });
  }

  takePlace(name: string, most: number): Promise<GiveBack | undefined> {
    return this.#places.take(name, most);
  }

  awaitPlace(name: string, most: number): Promise<GiveBack> {
    return this.#places.wait(name, most);
  }

  partOf(amount: number): number {
    return Math.ceil(amount / this.#services.workerCount());
  }

  /** A plugin's question. */
  question<Input, Output>(name: string): Question<Input, Output> {
    return {
      askAll: (input) => this.#askAll<Output>(name, input),
      tellOthers: (input) => this.#tellOthers(name, input),
      ask: (worker, input) => this.#ask(worker, name, input) as Promise<Output>,
    };
  }

  #tellRates(): void {
    const news = this.#services.rates.takeNews();
    if (news) this.#tellOthers(`${CORE}rates`, news);
  }

  #tellOthers(name: string, input: unknown): void {
    for (const worker of this.others) void this.#ask(worker, name, input).catch(this.#logger(worker, name));
  }

  async #list<Record>(name: string): Promise<readonly Record[]> {
    const answers = await this.#askAll<readonly Record[]>(`${CORE}${name}`, undefined);
    return answers.flatMap(({ answer }) => answer);
  }

  async #askAll<Output>(name: string, input: unknown): Promise<readonly WorkerAnswer<Output>[]> {
    const { own, others } = this.#services.calls;
    const workers = [own, ...others].toSorted((one, other) => one - other);
    const asked = workers.map(async (worker) => {
      try {
        return [{ worker, answer: (await this.#ask(worker, name, input)) as Output }];
      } catch (error) {
        this.#logger(worker, name)(error);
        return [];
      }
    });
    return (await Promise.all(asked)).flat();
  }

  async #ask(worker: WorkerNumber, name: string, input: unknown): Promise<unknown> {
    const { calls } = this.#services;
    return await (worker === calls.own ? this.#answer(name, input) : calls.call(worker, name, input));
  }

  #answer(name: string, input: unknown): unknown {
    const own = this.#answers[name];
    return own ? own(input as never) : this.#services.answer(name, input);
  }

  #logger(worker: WorkerNumber, name: string): (error: unknown) => void {
    return (error) =>
      this.#services.limited.warn(
        { worker, reason: messageOf(error) },
        `a worker has not answered "${name}"`,
      );
  }
}

function closeHere(sessions: SessionList, id: string, cause: EndCause): boolean {
  for (const session of sessions) {
    if (session.id !== id) continue;
    session.close(cause);
    return true;
  }
  for (const connection of sessions.connections) {
    if (connection.id !== id) continue;
    connection.close(cause);
    return true;
  }
  return false;
}
