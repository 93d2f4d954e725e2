// One worker from its start to its end: its process, the connections that it has, and whether it still answers.
//
//   starting ──first config applied──▶ running ──drain──▶ draining
//       └───────────┬─────────────────────┴───────────────────┤ it begins to stop
//                   ▼ its process ends, or hangs and is killed ▼
//                 ended ◀───────────────────────────────── leaving
import type { Socket } from 'node:net';
import { messageOf } from '../../errors.ts';
import type { Logger } from '../../log/log.ts';
import { Conversation, type Handlers } from '../conversation.ts';
import type { ConfigToApply, Past, SupervisorCalls, WorkerReport, WorkerSideCalls } from '../messages.ts';
import type { SpawnWorker, WorkerPlace, WorkerProcess } from '../worker-process.ts';

export type SeatState = 'starting' | 'running' | 'draining' | 'leaving' | 'ended';

export interface SeatSettings {
  readonly place: WorkerPlace;
  readonly log: Logger;
  readonly spawn: SpawnWorker;
  readonly handlers: Handlers<SupervisorCalls>;
  /** Connections that the worker is too slow to take. */
  readonly returned: (unsent: readonly WaitingConnection[]) => void;
  /** Called once. @param unsent - connections that the worker has not taken */
  readonly ended: (seat: Seat, how: string, unsent: readonly WaitingConnection[]) => void;
}

export interface WaitingConnection {
  readonly key: string;
  readonly socket: Socket;
}

/** A worker takes a connection within a turn of its event loop. */
const SLOW_MS = 250;

/** A worker that answers nothing for this many seconds hangs. */
const HANG_SECONDS = 10;

export class Seat {
  readonly place: WorkerPlace;
  readonly talk: Conversation<WorkerSideCalls, SupervisorCalls>;
  readonly #log: Logger;
  readonly #process: WorkerProcess;
  readonly #ended: SeatSettings['ended'];
  readonly #returned: SeatSettings['returned'];
  readonly #noteClosed: (count: number) => void;
  #state: SeatState = 'starting';
  #open = false;
  /** Handed over and not closed, or waiting to be handed over. */
  #connections = 0;
  readonly #waiting: WaitingConnection[] = [];
  /** Sent and not taken yet. */
  readonly #underWay = new Set<WaitingConnection>();
  /** When the first of those was sent or the last one before them was taken, in monotonic milliseconds. */
  #progressAt = 0;
  /** How many may be under way. It grows while the worker takes them: one that hangs has been sent few. */
  #window = 1;
  /** Seconds for which a ping has been unanswered. */
  #silentSeconds = 0;
  #pinging = false;

  constructor({ place, log, spawn, handlers, returned, ended }: SeatSettings) {
    this.place = place;
    this.#log = log;
    this.#ended = ended;
    this.#returned = returned;
    this.#noteClosed = (count) => void handlers.closed({ count });
    this.talk = new Conversation((message, socket) => this.#process.send(message, socket), handlers);
    this.#process = spawn(place, {
      message: (message, socket) => this.talk.receive(message, socket),
      ended: (how) => this.#end(how),
    });
  }

  get state(): SeatState {
    return this.#state;
  }

  get connections(): number {
    return this.#connections;
  }

  /** Other workers can link to it. */
  get reachable(): boolean {
    return this.#open && this.#state !== 'ended';
  }

  /** It has not taken a connection for a while: others are better off elsewhere. */
  get slow(): boolean {
    return this.#underWay.size > 0 && performance.now() - this.#progressAt > SLOW_MS;
  }

  /** Resolves when other workers can link to it. */
  async open(): Promise<void> {
    await this.talk.ask('listen', undefined);
    this.#open = true;
  }

  /** Resolves when the worker has the config and may get connections. */
  async start(config: ConfigToApply, past: Past): Promise<WorkerReport> {
    const answer = await this.talk.ask('start', { ...config, past });
    if (this.#state === 'starting' && answer.report.outcome !== 'rejected') this.#state = 'running';
    return answer;
  }

  /** It gets no more connections. */
  drain(): void {
    if (this.#state === 'running') this.#state = 'draining';
  }

  /** It has begun to stop: it gets no more connections, and no config. */
  leave(): void {
    if (this.#state !== 'ended') this.#state = 'leaving';
  }

  /** Gives a connection to the worker. */
  hand(connection: WaitingConnection): void {
    this.#connections++;
    this.#waiting.push(connection);
    this.#sendWaiting();
  }

  /** Connections of the worker have closed. */
  closed(count: number): void {
    this.#connections -= count;
  }

  /** Called once a second. A worker that hangs is reported and killed. */
  watch(): void {
    if (this.#state === 'ended') return;
    if (this.slow && this.#waiting.length > 0) {
      const unsent = this.#waiting.splice(0);
      this.#connections -= unsent.length;
      this.#returned(unsent);
    }
    if (!this.#pinging) {
      this.#silentSeconds = 0;
      void this.#ping();
      return;
    }
    if (++this.#silentSeconds !== HANG_SECONDS) return;
    this.#log.error(`worker ${this.place.worker} has not answered for ${HANG_SECONDS} s; it is replaced`);
    this.kill();
  }

  kill(): void {
    this.#process.kill();
  }

  #sendWaiting(): void {
    while (this.#state !== 'ended' && this.#underWay.size < this.#window) {
      const next = this.#waiting.shift();
      if (!next) return;
      void this.#send(next);
    }
  }

  async #send(connection: WaitingConnection): Promise<void> {
    const { key, socket } = connection;
    if (this.#underWay.size === 0) this.#progressAt = performance.now();
    this.#underWay.add(connection);
    try {
      await this.talk.ask('connection', { key }, undefined, socket);
    } catch (error) {
      // Another worker gets it.
      if (this.#state === 'ended') return;
      this.#log.error({ err: error }, `a connection could not be handed to worker ${this.place.worker}`);
      this.#noteClosed(1);
    }
    // The worker has a copy of its own.
    socket.destroy();
    this.#underWay.delete(connection);
    this.#progressAt = performance.now();
    const isIdle = this.#underWay.size === 0 && this.#waiting.length === 0;
    this.#window = isIdle ? 1 : Math.min(this.#window + 1, this.#process.mostUnderWay);
    this.#sendWaiting();
  }

  async #ping(): Promise<void> {
    this.#pinging = true;
    try {
      await this.talk.ask('ping', undefined);
      this.#pinging = false;
    } catch (error) {
      this.#log.debug(`worker ${this.place.worker} did not answer: ${messageOf(error)}`);
    }
  }

  #end(how: string): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.talk.close(`worker ${this.place.worker} has ended (${how})`);
    this.#ended(this, how, [...this.#underWay, ...this.#waiting.splice(0)]);
    this.#underWay.clear();
  }
}
