// Sessions of other workers whose viewers have reached this one. A token says which worker gave it out.
import { BoundedMap, Denial, type Question, type ServerContext, type WorkerNumber } from 'livego';
import type { HlsSessions } from '../sessions.ts';
import { workerOf } from '../tokens.ts';
import { GuestSession, type SessionFacts } from './guest-session.ts';

/** What a worker has told of a session holds this long: a session that is closed is denied everywhere by then. */
const TRUST_MS = 5000;
const MAX_GUESTS = 100_000;

/** A session that its worker has closed. */
interface ClosedSession {
  /** Why its token is denied. */
  readonly reason: string;
}

interface Activity {
  readonly token: string;
  readonly sentBytes: number;
}

export class Guests {
  readonly #context: ServerContext;
  readonly #lookUp: Question<string, SessionFacts | ClosedSession | undefined>;
  readonly #activity: Question<readonly Activity[], void>;
  readonly #guests = new BoundedMap<string, GuestSession>(MAX_GUESTS);

  /** Declares the questions. */
  constructor(context: ServerContext, sessions: HlsSessions) {
    this.#context = context;
    this.#lookUp = context.question<string, SessionFacts | ClosedSession | undefined>({
      name: 'session',
      answer: (token) => {
        const session = sessions.find(token);
        if (session?.closed) return { reason: session.denial!.reason };
        if (!session?.active) return undefined;
        session.noteRequest(context.now());
        const { key, displayKey, player } = session;
        return { key, displayKey, player };
      },
    });
    this.#activity = context.question<readonly Activity[], void>({
      name: 'activity',
      answer: (activities) => {
        for (const { token, sentBytes } of activities) {
          const session = sessions.find(token);
          session?.noteRequest(context.now());
          session?.countSent(sentBytes);
        }
      },
    });
  }

  /** One that another worker has told of a moment ago. */
  present(token: string): GuestSession | undefined {
    const guest = this.#guests.get(token);
    return guest && this.#context.now() - guest.toldAt < TRUST_MS ? guest : undefined;
  }

  /** The session that another worker has; undefined if this one has to admit the viewer. Denied if it was closed there. */
  async find(token: string): Promise<GuestSession | Denial | undefined> {
    const now = this.#context.now();
    const known = this.present(token);
    if (known) return known;
    const present = this.#guests.get(token);
    const home = workerOf(token);
    const { worker, others } = this.#context.everywhere;
    if (home === worker || !others.includes(home)) return undefined;
    const facts = await this.#lookUp.ask(home, token).catch(() => undefined);
    if (present) this.#tell([present]);
    this.#guests.delete(token);
    if (!facts) return undefined;
    if ('reason' in facts) return new Denial('forbidden', facts.reason);
    const notFound = new Denial('not-found', `nobody publishes ${facts.displayKey}`);
    const guest = new GuestSession(token, home, facts, { toldAt: now, notFound });
    this.#guests.set(token, guest);
    return guest;
  }

  /** Tells the others what their sessions have requested here. Called about once a second. */
  sweep(now: number): void {
    this.#tell(this.#guests.values());
    for (const [token, { toldAt }] of this.#guests) if (now - toldAt >= TRUST_MS) this.#guests.delete(token);
  }

  #tell(guests: Iterable<GuestSession>): void {
    const byWorker = new Map<WorkerNumber, Activity[]>();
    for (const guest of guests) {
      const activity = guest.takeActivity();
      if (!activity) continue;
      const present = byWorker.get(guest.home);
      if (present) present.push(activity);
      else byWorker.set(guest.home, [activity]);
    }
    for (const [worker, activities] of byWorker)
      this.#activity
        .ask(worker, activities)
        .catch((error: unknown) =>
          this.#context.log.debug({ err: error, worker }, 'a worker was not told of its sessions'),
        );
  }
}
