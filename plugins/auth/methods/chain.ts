// The methods that are configured for publishing or for playing, asked one after the other.
import { Denial, type StreamRequest } from 'livego';
import type { Method, Verdict } from './verdict.ts';

/** One method that says yes is enough, or every one has to. */
export type Mode = 'any' | 'all';

export type Outcome =
  | { readonly admitted: true; readonly method: string; readonly limits: readonly Limit[] }
  | {
      readonly admitted: false;
      readonly denial: Denial;
      /** The client gave credentials that are wrong: it may be guessing. */
      readonly guessed: boolean;
    };

interface Limit {
  readonly until: Date;
  readonly reason: string | undefined;
}

/** What a chain without methods answers. */
export const NOBODY_ASKED: Outcome = { admitted: true, method: 'none', limits: [] };

type NotAdmitted = Exclude<Verdict, { is: 'admitted' }>;

/** A client that met an outage should try again after this time. */
const RETRY_SECONDS = 5;

export class Chain {
  readonly methods: readonly Method[];
  readonly mode: Mode;

  /** A chain without methods admits everybody. */
  constructor(methods: readonly Method[], mode: Mode) {
    this.methods = methods;
    this.mode = mode;
  }

  get isEmpty(): boolean {
    return this.methods.length === 0;
  }

  /** Whether nobody is admitted without this method. */
  requires(method: Method): boolean {
    return this.methods.includes(method) && (this.mode === 'all' || this.methods.length === 1);
  }

  async check(request: StreamRequest): Promise<Outcome> {
    const limits: Limit[] = [];
    const denied: NotAdmitted[] = [];
    for (const method of this.methods) {
      const verdict = await method.check(request);
      if (verdict.is === 'admitted') {
        const { until, reason } = verdict;
        if (until) limits.push({ until, reason });
        if (this.mode === 'any') return { admitted: true, method: method.name, limits };
      } else if (this.mode === 'all') {
        return this.#denied([verdict], [method]);
      } else {
        denied.push(verdict);
      }
    }
    if (denied.length > 0) return this.#denied(denied, this.methods);
    return this.isEmpty
      ? NOBODY_ASKED
      : { admitted: true, method: this.methods.map(({ name }) => name).join('+'), limits };
  }

  // The most useful fact is told: an outage, else the fault of the credentials, else which ones are wanted.
  #denied(verdicts: readonly NotAdmitted[], methods: readonly Method[]): Outcome {
    const guessed = verdicts.some(({ is }) => is === 'wrong');
    const failed = verdicts.find((verdict) => verdict.is === 'failed');
    if (failed) {
      const denial = new Denial('unavailable', failed.reason, { retryAfterSeconds: RETRY_SECONDS });
      return { admitted: false, denial, guessed: false };
    }
    const challenges = methods.flatMap(({ challenge }) => challenge ?? []);
    const told =
      verdicts.find((verdict) => verdict.is === 'forbidden') ?? verdicts.find(({ is }) => is === 'wrong');
    if (told && 'reason' in told) {
      const code = told.is === 'forbidden' ? 'forbidden' : 'unauthorized';
      return { admitted: false, denial: new Denial(code, told.reason, { challenges }), guessed };
    }
    const wanted = methods.map(({ credentials }) => credentials).join(' or ');
    return {
      admitted: false,
      denial: new Denial('unauthorized', `${wanted} is needed`, { challenges }),
      guessed,
    };
  }
}
