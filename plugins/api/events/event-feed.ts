// Brings the events of all workers to the clients of this one. Its own come at once; the others' are asked for once a second,
// while somebody follows.
import { eachInTurns, type Question, type ServerContext, type WorkerNumber } from 'livego';
import type { EventClient } from './event-client.ts';
import type { EventLog, LoggedEvent } from './event-log.ts';
import { parsePositions, type Positions } from './positions.ts';

interface EventsAsked {
  /** Undefined: no events, only where they are. A run that is not among them is asked for from its start on. */
  readonly behind: readonly (readonly [run: string, number: number])[] | undefined;
}

interface EventsAnswer {
  readonly run: string;
  readonly last: number;
  /** Undefined: some of them are no longer known. */
  readonly events: readonly LoggedEvent[] | undefined;
}

interface Links {
  readonly question: Question<EventsAsked, EventsAnswer>;
  readonly everywhere: ServerContext['everywhere'];
}

export class EventFeed {
  readonly #log: EventLog;
  readonly #clients = new Set<EventClient>();
  /** How far the events of the other workers have been fetched. */
  readonly #fetched = new Map<WorkerNumber, { readonly run: string; readonly last: number }>();
  /** Those for which something waits. */
  readonly #filled = new Set<EventClient>();
  #links: Links | undefined;
  #fetching = false;

  constructor(log: EventLog) {
    this.#log = log;
    log.follow((event) => this.#pass(event));
  }

  /** Writes to a client in a later turn: events come in bursts, and a write costs more than a dozen events. */
  flushSoon(client: EventClient): void {
    if (this.#filled.size === 0) setImmediate(() => void this.#flush());
    this.#filled.add(client);
  }

  async #flush(): Promise<void> {
    const filled = [...this.#filled];
    this.#filled.clear();
    await eachInTurns(filled, (client) => client.flush());
  }

  /** How the present instance reaches the others. */
  use(links: Links): void {
    this.#links = links;
  }

  /** Answers the feeds of all workers. */
  answer({ behind }: EventsAsked): EventsAnswer {
    const { run, last } = this.#log;
    const from = behind ? (new Map(behind).get(run) ?? 0) : last;
    return { run, last, events: this.#log.since(from) };
  }

  /** @param lastId - the last event that the client has seen; undefined: it wants those that come */
  async add(client: EventClient, lastId: string | undefined): Promise<void> {
    this.#clients.add(client);
    const known = lastId === undefined ? undefined : parsePositions(lastId);
    const answers = (await this.#links?.question.askAll({ behind: known && [...known] })) ?? [];
    const positions = new Map<string, number>();
    for (const { worker, answer } of answers) {
      positions.set(answer.run, answer.last);
      if (worker !== this.#links?.everywhere.worker && !this.#fetched.has(worker))
        this.#fetched.set(worker, answer);
    }
    client.begin(
      positions,
      missedOf(
        lastId,
        known,
        answers.map(({ answer }) => answer),
      ),
    );
  }

  remove(client: EventClient): void {
    this.#clients.delete(client);
    if (this.#clients.size === 0) this.#fetched.clear();
  }

  tick(now: number): void {
    for (const client of this.#clients) client.tick(now);
    if (this.#fetching || this.#clients.size === 0 || this.#fetched.size + this.#others.length === 0) return;
    this.#fetching = true;
    void this.#fetch().finally(() => (this.#fetching = false));
  }

  /** All clients are told that it ends. */
  end(): void {
    for (const client of this.#clients) client.end();
  }

  get #others(): readonly WorkerNumber[] {
    return this.#links?.everywhere.others ?? [];
  }

  async #fetch(): Promise<void> {
    const present = new Set(this.#others);
    for (const [worker, { run }] of this.#fetched) if (!present.has(worker)) this.#forget(worker, run);
    const behind = [...this.#fetched.values()].map(({ run, last }) => [run, last] as const);
    const answers = (await this.#links?.question.askAll({ behind })) ?? [];
    for (const { worker, answer } of answers) {
      if (answer.run === this.#log.run) continue;
      const before = this.#fetched.get(worker);
      if (before && before.run !== answer.run) this.#forget(worker, before.run);
      this.#fetched.set(worker, answer);
      if (!answer.events) for (const client of this.#clients) client.tellGap();
      else for (const event of answer.events) this.#pass(event);
    }
  }

  #forget(worker: WorkerNumber, run: string): void {
    this.#fetched.delete(worker);
    for (const client of this.#clients) client.forget(run);
  }

  #pass(event: LoggedEvent): void {
    for (const client of this.#clients) client.receive(event);
  }
}

/** Lets the feed ask the other workers by this instance, as soon as it is current. */
export function linkFeed(
  context: Pick<ServerContext, 'question' | 'onActivate' | 'everywhere'>,
  feed: EventFeed,
): void {
  const question = context.question<EventsAsked, EventsAnswer>({
    name: 'events',
    answer: (asked) => feed.answer(asked),
  });
  context.onActivate(() => feed.use({ question, everywhere: context.everywhere }));
}

/** The events of all workers that a returning client has missed, in the order of their times; undefined if some are lost. */
function missedOf(
  lastId: string | undefined,
  known: Positions | undefined,
  answers: readonly EventsAnswer[],
): readonly LoggedEvent[] | undefined {
  if (lastId === undefined) return [];
  // Of a run that it has followed and that is over, it may have missed the last events.
  const isOver = known && [...known.keys()].some((run) => answers.every((answer) => answer.run !== run));
  if (!known || isOver) return undefined;
  const ofRuns: LoggedEvent[][] = [];
  for (const { events } of answers) {
    if (!events) return undefined;
    ofRuns.push([...events]);
  }
  return merge(ofRuns);
}

/** By time, and those of each run in their order: a clock may run backwards. */
function merge(ofRuns: readonly LoggedEvent[][]): readonly LoggedEvent[] {
  const merged: LoggedEvent[] = [];
  for (;;) {
    let first: LoggedEvent[] | undefined;
    for (const events of ofRuns)
      if (events[0] && (!first?.[0] || timeOf(events[0]) < timeOf(first[0]))) first = events;
    const next = first?.shift();
    if (!next) return merged;
    merged.push(next);
  }
}

/** {"at":"2026-11-26T10:22:13.161Z",… */
function timeOf({ data }: LoggedEvent): string {
  return data.slice(0, 31);
}
