// What comes and goes: acts that are repeated with random pauses, until all of them are told to be quiet.

import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from './random.ts';

/** One coming and going. It ends soon after `stay` has been cut short. */
export type Act = (stay: Stay) => Promise<void>;

/** Resolves after that many milliseconds, or at once when the crowd has to be quiet. */
export type Stay = (milliseconds: number) => Promise<void>;

export class Crowd {
  readonly faults: string[] = [];
  readonly counts = new Map<string, number>();
  readonly #random: Random;
  readonly #present = new Set<Promise<void>>();
  #quiet = newSignal();
  #over = false;
  #returns = Promise.resolve();
  #return = (): void => {};

  constructor(random: Random) {
    this.#random = random;
  }

  /** Repeats an act, each time after a pause of up to twice `pauseMs`. */
  add(name: string, pauseMs: number, act: Act): void {
    void this.#repeat(name, pauseMs, act);
  }

  /** Resolves when nobody is left. */
  async hush(): Promise<void> {
    this.#returns = new Promise((resolve) => (this.#return = resolve));
    this.#quiet.abort();
    await Promise.all(this.#present);
  }

  resume(): void {
    this.#quiet = newSignal();
    this.#return();
  }

  async end(): Promise<void> {
    this.#over = true;
    await this.hush();
    this.#return();
  }

  async #repeat(name: string, pauseMs: number, act: Act): Promise<void> {
    for (;;) {
      await this.#stay(this.#random.between(0, 2 * pauseMs));
      await this.#returns;
      if (this.#over) return;
      const running = act((milliseconds) => this.#stay(milliseconds)).catch(
        (error: unknown) => void this.faults.push(`${name}: ${describe(error)}`),
      );
      this.#present.add(running);
      await running;
      this.#present.delete(running);
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    }
  }

  async #stay(milliseconds: number): Promise<void> {
    const { signal } = this.#quiet;
    await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
  }
}

/** As many may wait for it as there are acts. */
function newSignal(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
