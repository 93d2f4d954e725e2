// Answers of all connections, for so long in one turn of the event loop: thousands of requests that arrive together are
// answered in the order of their arrival, and media and timers come between.

/** Since the first request of a turn. An answer takes about 0.1 ms. */
const LONG_TURN_MS = 20;

type Answer = () => void;

export class AnswerTurns {
  /** A connection has at most one here: they are as many as there are connections. */
  #waiting: Answer[] = [];
  /** When the first request of this turn was answered. */
  #began: number | undefined;
  #scheduled = false;
  readonly #nextTurn = (): void => {
    this.#began = undefined;
  };

  /** Answers now, or in a later turn if this one has taken long. */
  run(answer: Answer): void {
    if (this.#waiting.length === 0 && this.#hasTime()) answer();
    else this.runLater(answer);
  }

  /** Answers in a later turn. */
  runLater(answer: Answer): void {
    this.#waiting.push(answer);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#answerSome());
  }

  #answerSome(): void {
    this.#scheduled = false;
    this.#began = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    let answered = 0;
    try {
      while (answered < waiting.length && this.#hasTime()) waiting[answered++]!();
    } finally {
      // Behind those that have waited longer.
      this.#waiting = [...waiting.slice(answered), ...this.#waiting];
      if (this.#waiting.length > 0) this.#schedule();
    }
  }

  #hasTime(): boolean {
    const now = performance.now();
    if (this.#began === undefined) {
      this.#began = now;
      setImmediate(this.#nextTurn);
    }
    return now - this.#began < LONG_TURN_MS;
  }
}
