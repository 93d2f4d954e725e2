// How often each address uses the routes that show and change the server, and how often it fails. Every worker counts, and
// tells the others once a second, so that a limit holds for all of them together.
import type { ControlOptions } from '../../options/control-options.ts';
import { RequestRates, type RequestCounts } from './request-rates.ts';

/** What one worker has counted since it told the others last. */
export interface RateNews {
  readonly requests: RequestCounts;
  readonly failures: RequestCounts;
}

export class ControlRates {
  readonly #requests = new RequestRates();
  readonly #failures = new RequestRates();

  configure({
    requestsPerMinute,
    failuresPerMinute,
  }: Pick<ControlOptions, 'requestsPerMinute' | 'failuresPerMinute'>): void {
    this.#requests.configure(requestsPerMinute);
    this.#failures.configure(failuresPerMinute);
  }

  /** Seconds until the address may ask again; 0 if it may now. */
  waitSeconds(address: string, now: number): number {
    return Math.max(this.#requests.waitSeconds(address, now), this.#failures.waitSeconds(address, now));
  }

  noteRequest(address: string, now: number): void {
    this.#requests.count(address, now);
  }

  noteFailure(address: string, now: number): void {
    this.#failures.count(address, now);
  }

  /** Undefined: nothing new. */
  takeNews(): RateNews | undefined {
    const news = { requests: this.#requests.takeNew(), failures: this.#failures.takeNew() };
    return news.requests.length + news.failures.length > 0 ? news : undefined;
  }

  noteElsewhere({ requests, failures }: RateNews, now: number): void {
    this.#requests.addNew(requests, now);
    this.#failures.addNew(failures, now);
  }
}
