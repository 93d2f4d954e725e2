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
  /** Called once. @param unsent - connections that the worker has not taken */
  /** Connections that the worker is too slow to take. */
  readonly returned: (unsent: readonly WaitingConnection[]) => void;
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
  #state: SeatState = 'starting';
  #open = false;
  /** Handed over and not closed, or waiting to be handed over. */
  #connections = 0;
  readonly #waiting: WaitingConnection[] = [];
  /** Since when a connection has been on its way, in monotonic milliseconds; undefined: none is. */
  #handingSince: number | undefined;
  /** Seconds for which a ping has been unanswered. */
  #silentSeconds = 0;
  #pinging = false;

  constructor({ place, log, spawn, handlers, returned, ended }: SeatSettings) {
    this.place = place;
    this.#log = log;
    this.#ended = ended;
    this.#returned = returned;
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
    return this.#handingSince !== undefined && performance.now() - this.#handingSince > SLOW_MS;
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
    if (this.#handingSince === undefined) void this.#handAll();
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

  // One connection is on its way at a time, so that those behind it can go to another worker if this one ends.
  async #handAll(): Promise<void> {
    try {
      for (let next = this.#waiting[0]; next && this.#state !== 'ended'; next = this.#waiting[0]) {
        const { key, socket } = next;
        this.#waiting.shift();
        this.#handingSince = performance.now();
        await this.talk.ask('connection', { key }, undefined, socket);
      }
    } catch (error) {
      if (this.#state !== 'ended')
        this.#log.error({ err: error }, `a connection could not be handed to worker ${this.place.worker}`);
    } finally {
      this.#handingSince = undefined;
    }
    if (this.#state !== 'ended' && this.#waiting.length > 0) void this.#handAll();
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
    this.#ended(this, how, this.#waiting.splice(0));
  }
}
