// The limits of sessions, which hold for all workers together: of each address, and of the server.
import { Denial, type Question, type ServerContext } from 'livego';
import type { HlsSession } from '../hls-session.ts';
import type { HlsOptions } from '../schema.ts';
import type { HlsSessions } from '../sessions.ts';

/** When no worker can make room, the others are not asked again for this long: a full server has enough to do. */
const FULL_MS = 1000;

const SESSIONS = 'hls.sessions';

type Limits = Pick<HlsOptions, 'maxSessions' | 'maxSessionsPerAddress'>;

export class SessionPlaces {
  readonly #context: ServerContext;
  readonly #limits: Limits;
  readonly #sessions: HlsSessions;
  readonly #makeRoom: Question<undefined, boolean>;
  #fullUntil = -Infinity;

  /** Declares the question. */
  constructor(context: ServerContext, limits: Limits, sessions: HlsSessions) {
    this.#context = context;
    this.#limits = limits;
    this.#sessions = sessions;
    this.#makeRoom = context.question<undefined, boolean>({
      name: 'make-room',
      answer: async () => {
        if (!sessions.makeRoom()) return false;
        // This is answered behind the message that gives the place back.
        await context.everywhere.takePlace(SESSIONS, 0);
        return true;
      },
    });
  }

  /** Adds a session if the limits allow it. Returns another one if two requests of a player were admitted at the same time. */
  async add(session: HlsSession): Promise<HlsSession | Denial> {
    const { maxSessions, maxSessionsPerAddress } = this.#limits;
    const { everywhere } = this.#context;
    const ofAddress = `hls.sessions of ${session.address}`;
    const freeOfAddress = await everywhere.takePlace(ofAddress, maxSessionsPerAddress || Infinity);
    if (!freeOfAddress) {
      const reason = `this address has ${maxSessionsPerAddress} HLS sessions already (maxSessionsPerAddress)`;
      return new Denial('limit', reason);
    }
    const free = await this.#takePlace().catch((error: unknown) => {
      freeOfAddress();
      throw error;
    });
    if (!free) {
      freeOfAddress();
      return new Denial('limit', `the server has ${maxSessions} HLS viewers already (maxSessions)`);
    }
    return this.#keep(session, () => {
      freeOfAddress();
      free();
    });
  }

  /** While places were asked for, its viewer may have left: nobody comes back with its token. A closed one is kept, to be denied. */
  #keep(session: HlsSession, giveBack: () => void): HlsSession | Denial {
    const { denial, closed } = session;
    if (denial && !closed) {
      giveBack();
      return denial;
    }
    const added = this.#sessions.add(session, giveBack);
    return denial ?? added;
  }

  /** One that has been inactive for longest is forgotten for it, in this worker or another. */
  async #takePlace(): Promise<(() => void) | undefined> {
    const take = (): Promise<(() => void) | undefined> =>
      this.#context.everywhere.takePlace(SESSIONS, this.#limits.maxSessions);
    const free = await take();
    if (free) return free;
    return this.#sessions.makeRoom() || (await this.#makeRoomElsewhere()) ? await take() : undefined;
  }

  async #makeRoomElsewhere(): Promise<boolean> {
    const now = this.#context.now();
    if (now < this.#fullUntil) return false;
    for (const worker of this.#context.everywhere.others)
      if (await this.#makeRoom.ask(worker, undefined).catch(() => false)) return true;
    this.#fullUntil = now + FULL_MS;
    return false;
  }
}
