// Streams that no plugin provided, while viewers still wait for a publisher: plugins are not asked again for each of them.
import type { Application } from '../application.ts';

interface Answer {
  /** The application that was asked: a reload makes another one, which may answer otherwise. */
  readonly app: Application;
  /** None of the viewers that waited then still waits, in monotonic milliseconds. */
  readonly until: number;
}

export class Unanswered {
  readonly #answers = new Map<string, Answer>();

  add(key: string, app: Application, now: number): void {
    this.#answers.set(key, { app, until: now + app.options.waitForPublisherMs });
  }

  /** Whether asking that application again would be too early. */
  has(key: string, app: Application, now: number): boolean {
    const answer = this.#answers.get(key);
    return answer !== undefined && answer.app === app && now < answer.until;
  }

  /** Forgets the streams for which nobody waits. */
  keep(isWaitedFor: (key: string) => boolean): void {
    for (const key of this.#answers.keys()) if (!isWaitedFor(key)) this.#answers.delete(key);
  }
}
