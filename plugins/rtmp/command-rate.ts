// The number of commands that a client sends. Each of them can ask gates, make a stream or send an answer.
import { LivegoError } from 'livego';

export class CommandRate {
  readonly #most: number;
  #since = -Infinity;
  #count = 0;

  /** @param most - `rtmp.maxCommandsPerSecond` */
  constructor(most: number) {
    this.#most = most;
  }

  /** Throws LVG_RTMP_COMMAND when there are too many. @param now - milliseconds */
  note(now: number): void {
    if (now - this.#since >= 1000) {
      this.#since = now;
      this.#count = 0;
    }
    if (++this.#count <= this.#most) return;
    const limit = `${this.#most} commands within a second (rtmp.maxCommandsPerSecond)`;
    throw new LivegoError('LVG_RTMP_COMMAND', `the client sent more than ${limit}`);
  }
}
