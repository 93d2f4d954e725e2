// Keeps one connection up: tries the addresses in turn, and tries again.
//
//            start                  ready
//   idle ───────────▶ connecting ───────────▶ live
//                      ▲   │ no connection     │ lost
//      the pause ends, │   ▼                   │
//      or wake         waiting ◀───────────────┘
//
//   stop, from any state: stopped
//
import { messageOf } from 'livego';
import { Backoff, type BackoffLimits } from './backoff.ts';
import { hideSecrets, redirectAddress, type RelayAddress } from './address.ts';
import type { Failure, FailureKind } from './failure.ts';
import type { Link, LinkEvents } from './link.ts';

export type RedialState =
  | { readonly name: 'idle' | 'connecting' | 'stopped' }
  | { readonly name: 'live'; readonly at: number; readonly since: Date }
  | { readonly name: 'waiting'; readonly until: number };

export interface RedialWork {
  /** In the order in which they are tried; at least one. */
  addresses(): readonly RelayAddress[];
  /** Why a try would make no sense now. */
  obstacle?(): Failure | undefined;
  open(address: RelayAddress, events: LinkEvents): Link;
  live(link: Link): void;
  /** A try has failed or a connection is lost. Answers whether to try again. @param round - every address was tried */
  lost(failure: Failure, round: 'complete' | 'incomplete'): 'retry' | 'stop';
  readonly limits: RedialLimits;
  now(): number;
}

export interface RedialLimits {
  readonly reconnectMaxMs: number;
  readonly rejectedMaxMs: number;
}

const UNREACHABLE_MIN_MS = 100;
const REJECTED_MIN_MS = 500;
/** A connection that has lived for this long proves that the peer is well: the next pause is short again. */
const HEALTHY_MS = 60_000;
/** Redirects that are followed without a pause, however good the connections between them seem. */
const MAX_REDIRECTS = 5;

export class Redial {
  readonly #work: RedialWork;
  /** Without a connection a try costs the peer nothing, so the pauses stay short: it is found as soon as it is back. */
  readonly #unreachable: Backoff;
  readonly #rejected: Backoff;
  #state: RedialState = { name: 'idle' };
  #link: Link | undefined;
  #timer: NodeJS.Timeout | undefined;
  #preferred = 0;
  #tried = 0;
  #redirects = 0;
  #address: RelayAddress | undefined;
  #lastFailure: Failure | undefined;
  #reconnects = 0;
  #receivedBefore = 0;

  constructor(work: RedialWork, random?: () => number) {
    this.#work = work;
    this.#unreachable = new Backoff(random);
    this.#rejected = new Backoff(random);
  }

  get state(): RedialState {
    return this.#state;
  }

  get link(): Link | undefined {
    return this.#link;
  }

  /** The one that is connected, or was tried last. */
  get address(): RelayAddress | undefined {
    return this.#address;
  }

  get lastFailure(): Failure | undefined {
    return this.#lastFailure;
  }

  /** How often a connection that was live has been lost. */
  get reconnects(): number {
    return this.#reconnects;
  }

  get receivedBytes(): number {
    return this.#receivedBefore + (this.#link?.receivedBytes ?? 0);
  }

  start(): void {
    if (this.#state.name === 'idle') this.#try(this.#next());
  }

  /** Ends the pause, if there is one. */
  wake(): void {
    if (this.#state.name !== 'waiting') return;
    clearTimeout(this.#timer);
    this.#try(this.#next());
  }

  /** Ends the connection, in order. */
  stop(): void {
    this.#state = { name: 'stopped' };
    clearTimeout(this.#timer);
    const link = this.#dropLink();
    link?.close();
  }

  /** Ends the connection because of something on our side, and tries again after a pause. */
  interrupt(failure: Failure): void {
    if (this.#state.name !== 'connecting' && this.#state.name !== 'live') return;
    const link = this.#dropLink();
    link?.close();
    this.#lost(failure);
  }

  tick(now: number): void {
    this.#link?.tick(now);
  }

  #next(): RelayAddress {
    const addresses = this.#work.addresses();
    return addresses[this.#preferred % addresses.length]!;
  }

  #try(address: RelayAddress): void {
    this.#state = { name: 'connecting' };
    const obstacle = this.#work.obstacle?.();
    if (obstacle) return this.#lost(obstacle);
    this.#address = address;
    const events: LinkEvents = {
      connected: () => this.#unreachable.reset(),
      ready: (link) => this.#live(link),
      ended: (failure) => {
        this.#dropLink();
        this.#lost(failure);
      },
    };
    try {
      this.#link = this.#work.open(address, events);
    } catch (error) {
      this.#lost({ kind: 'closed', message: messageOf(error) });
    }
  }

  #live(link: Link): void {
    this.#state = { name: 'live', at: this.#work.now(), since: new Date() };
    this.#tried = 0;
    this.#work.live(link);
  }

  #lost(reported: Failure): void {
    const state = this.#state;
    if (state.name === 'stopped') return;
    const failure = this.#withoutSecrets(reported);
    const wasLive = state.name === 'live';
    this.#lastFailure = failure;
    this.#state = { name: 'connecting' };
    if (wasLive) {
      this.#reconnects++;
      if (this.#work.now() - state.at >= HEALTHY_MS) this.#resetPauses();
    }
    const others = !wasLive && this.#tried + 1 < this.#work.addresses().length;
    const decision = this.#work.lost(failure, others || wasLive ? 'incomplete' : 'complete');
    if (decision === 'stop' || this.#isStopped()) return this.stop();
    const elsewhere = this.#redirect(failure);
    if (elsewhere) return this.#try(elsewhere);
    if (!wasLive) this.#preferred++;
    this.#tried = others ? this.#tried + 1 : 0;
    if (others) return this.#try(this.#next());
    this.#pause(failure.kind);
  }

  #withoutSecrets(failure: Failure): Failure {
    if (this.#address === undefined) return failure;
    return { ...failure, message: hideSecrets(failure.message, this.#address) };
  }

  #pause(kind: FailureKind): void {
    this.#redirects = 0;
    const { reconnectMaxMs, rejectedMaxMs } = this.#work.limits;
    const away = kind === 'unreachable' || kind === 'timeout';
    const limits: BackoffLimits = away
      ? { minMs: UNREACHABLE_MIN_MS, maxMs: reconnectMaxMs }
      : { minMs: REJECTED_MIN_MS, maxMs: rejectedMaxMs };
    const pauseMs = (away ? this.#unreachable : this.#rejected).next(limits);
    this.#state = { name: 'waiting', until: this.#work.now() + pauseMs };
    this.#timer = setTimeout(() => this.#try(this.#next()), pauseMs);
  }

  #redirect({ kind, redirect }: Failure): RelayAddress | undefined {
    if (kind !== 'moved' || redirect === undefined || this.#address === undefined) return undefined;
    if (this.#redirects++ >= MAX_REDIRECTS) return undefined;
    return redirectAddress(this.#address, redirect);
  }

  #resetPauses(): void {
    this.#redirects = 0;
    this.#unreachable.reset();
    this.#rejected.reset();
  }

  // A callback may have stopped it.
  #isStopped(): boolean {
    return this.#state.name === 'stopped';
  }

  #dropLink(): Link | undefined {
    const link = this.#link;
    this.#receivedBefore += link?.receivedBytes ?? 0;
    this.#link = undefined;
    return link;
  }
}
