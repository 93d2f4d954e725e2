// The queue of events: in order for each lane, tried again with growing pauses, bounded. Updates of sessions have places of
// their own, so that they cost other events none.
//
//   add ─▶ lane: [head, …] ─▶ ready ─▶ attempt ─┬─ taken ─▶ next of the lane
//                     ▲                         ├─ never taken: dropped, counted
//                     └──────── pause ◀─────────┘
//
import { messageOf, Throttle, type Logger } from 'livego';
import type { Delivery } from './delivery.ts';
import { send, type SendSettings } from './send.ts';
import type { Spool } from './spool.ts';

export interface OutboxSettings extends SendSettings {
  readonly retrySeconds: number;
  readonly maxQueued: number;
}

export interface OutboxCounters {
  delivered: number;
  attemptsFailed: number;
  /** The queue was full. */
  droppedFull: number;
  /** Updates: a newer one has taken the place. */
  replaced: number;
  /** Its time was over, or the web service will never take it. */
  droppedFailed: number;
}

/** A delivery that waits. */
interface Waiting {
  delivery: Delivery;
  /** When it was made, by a clock that does not jump. */
  since: number;
}

interface Lane {
  readonly name: string;
  readonly waiting: Waiting[];
  /** The update of each session that waits behind the head. The head may be under way, and keeps its id at each attempt. */
  readonly updates: Map<string, Waiting>;
  /** Attempts to deliver the head. */
  attempts: number;
  /** Set while the lane is in a pause. */
  timer: NodeJS.Timeout | undefined;
}

/** Requests that run at once. */
const MAX_AT_ONCE = 16;
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 300_000;
const LOG_INTERVAL_MS = 10_000;

export class Outbox {
  readonly counters: OutboxCounters = {
    delivered: 0,
    attemptsFailed: 0,
    droppedFull: 0,
    replaced: 0,
    droppedFailed: 0,
  };
  readonly #lanes = new Map<string, Lane>();
  readonly #ready: Lane[] = [];
  #settings: OutboxSettings | undefined;
  #log: Logger | undefined;
  #spool: Spool | undefined;
  readonly #queued = { events: 0, updates: 0 };
  #active = 0;
  readonly #lines = new Throttle(LOG_INTERVAL_MS);
  readonly #idle: (() => void)[] = [];

  get queued(): number {
    return this.#queued.events + this.#queued.updates;
  }

  get spool(): Spool | undefined {
    return this.#spool;
  }

  /** Starts, or goes on with other settings. @param left - deliveries that an earlier run has left in the spool */
  run(settings: OutboxSettings, log: Logger, spool: Spool | undefined, left: readonly Delivery[]): void {
    this.#settings = settings;
    this.#log = log;
    this.#spool = spool;
    for (const delivery of left) this.#enqueue(delivery);
    this.#start();
  }

  add(delivery: Delivery): void {
    if (this.#replace(delivery)) return;
    const maxQueued = this.#settings?.maxQueued ?? 0;
    const kind = kindOf(delivery);
    if (this.#queued[kind] >= maxQueued) {
      this.counters.droppedFull++;
      return this.#warn(`${maxQueued} ${kind} wait already (notify.maxQueued); others are dropped`);
    }
    this.#spool?.save(delivery);
    this.#enqueue(delivery);
    this.#start();
  }

  /** Stops when nothing waits, at the latest after `limitMs`. The rest stays queued, for the next `run`, and in the spool. */
  async stop(limitMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
    if (this.queued > 0) await Promise.race([late, new Promise<void>((resolve) => this.#idle.push(resolve))]);
    clearTimeout(timer);
    this.#settings = undefined;
    for (const lane of this.#lanes.values()) if (lane.timer) this.#endPause(lane);
    await this.#spool?.flush();
    if (this.queued > 0 && !this.#spool) this.#log?.warn(`${this.queued} events were not told`);
  }

  /** Whether an older update of the session waited, whose place it has taken. */
  #replace(delivery: Delivery): boolean {
    const { lane, updateOf } = delivery;
    const older = updateOf === undefined ? undefined : this.#lanes.get(lane)?.updates.get(updateOf);
    if (!older || !this.#settings) return false;
    this.counters.replaced++;
    this.#spool?.save(delivery);
    this.#spool?.remove(older.delivery);
    older.delivery = delivery;
    older.since = sinceOf(delivery);
    return true;
  }

  #enqueue(delivery: Delivery): void {
    this.#queued[kindOf(delivery)]++;
    const waiting = { delivery, since: sinceOf(delivery) };
    const { lane: name, updateOf } = delivery;
    const lane = this.#lanes.get(name);
    if (lane) {
      if (updateOf !== undefined) lane.updates.set(updateOf, waiting);
      return void lane.waiting.push(waiting);
    }
    const made: Lane = { name, waiting: [waiting], updates: new Map(), attempts: 0, timer: undefined };
    this.#lanes.set(made.name, made);
    this.#ready.push(made);
  }

  #start(): void {
    const settings = this.#settings;
    if (!settings) return;
    for (const lane of this.#ready.splice(0, MAX_AT_ONCE - this.#active)) {
      this.#active++;
      void this.#attempt(lane, settings).finally(() => {
        this.#active--;
        this.#start();
      });
    }
  }

  async #attempt(lane: Lane, settings: OutboxSettings): Promise<void> {
    const { delivery, since } = lane.waiting[0]!;
    const outcome = await this.#send(delivery, settings);
    if (outcome === 'taken') this.counters.delivered++;
    else this.counters.attemptsFailed++;
    const isOver = performance.now() - since >= settings.retrySeconds * 1000;
    if (outcome === 'again' && !isOver) return this.#pause(lane);
    if (outcome !== 'taken') this.#drop(delivery);
    this.#next(lane, delivery);
  }

  /** `never`: the web service has understood the request and does not want it. */
  async #send(delivery: Delivery, settings: OutboxSettings): Promise<'taken' | 'again' | 'never'> {
    try {
      const { status } = await send(delivery.id, delivery.request, settings);
      if (status >= 200 && status < 300) return 'taken';
      this.#log?.debug({ event: delivery.id, status }, 'an event was not taken');
      return status >= 400 && status < 500 && status !== 408 && status !== 425 && status !== 429
        ? 'never'
        : 'again';
    } catch (error) {
      this.#log?.debug({ event: delivery.id }, `an event could not be told: ${messageOf(error)}`);
      return 'again';
    }
  }

  // The lane waits as a whole: what follows would arrive before its beginning. Pauses differ, so that lanes do not all come
  // back to a web service in the moment when it is there again.
  #pause(lane: Lane): void {
    if (!this.#settings) return void this.#ready.push(lane);
    const pause = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(lane.attempts++, 16));
    const jittered = pause * (0.75 + Math.random() / 2);
    lane.timer = setTimeout(() => {
      this.#endPause(lane);
      this.#start();
    }, jittered).unref();
    this.#warn('a web service does not take events; they are tried again (notify.url)');
  }

  #endPause(lane: Lane): void {
    clearTimeout(lane.timer);
    lane.timer = undefined;
    this.#ready.push(lane);
  }

  #drop(delivery: Delivery): void {
    this.counters.droppedFailed++;
    this.#warn(`an event was dropped: the web service did not take it (${delivery.id})`);
  }

  #next(lane: Lane, delivery: Delivery): void {
    this.#queued[kindOf(delivery)]--;
    this.#spool?.remove(delivery);
    lane.waiting.shift();
    lane.attempts = 0;
    const [head] = lane.waiting;
    if (head?.delivery.updateOf !== undefined) lane.updates.delete(head.delivery.updateOf);
    if (head) this.#ready.push(lane);
    else this.#lanes.delete(lane.name);
    if (this.queued === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #warn(message: string): void {
    if (!this.#lines.admits()) return;
    this.#log?.warn(this.#lines.others, message);
  }
}

function sinceOf({ createdAt }: Delivery): number {
  return performance.now() - Math.max(0, Date.now() - createdAt);
}

function kindOf({ updateOf }: Delivery): 'events' | 'updates' {
  return updateOf === undefined ? 'events' : 'updates';
}
