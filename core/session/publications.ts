// Publishers of every kind: claims their names, logs when they connect and disconnect.
import type { EndCause } from '../end-cause.ts';
import type { PacedReaders } from '../intake/paced-reader.ts';
import type { Logger } from '../log/log.ts';
import type { AppOptions } from '../options/options.ts';
import type { Claim, StreamHub } from '../stream/stream-hub.ts';
import type { StreamOrigin } from '../stream/stream-view.ts';
import { Denial } from './denial.ts';
import { describeSession } from './describe-session.ts';
import type { Elsewhere } from './elsewhere.ts';
import type { Identities } from './identities.ts';
import { Publication, type PendingPackets, type PublicationHost } from './publication.ts';
import type { Session } from './session.ts';
import type { SessionList } from './session-list.ts';

export interface PublicationServices {
  readonly log: Logger;
  /** For lines that peers cause, beside those of the beginning and the end. */
  readonly limited: Logger;
  readonly hub: StreamHub;
  readonly readers: PacedReaders;
  readonly sessions: SessionList;
  readonly identities: Identities;
  readonly elsewhere: Elsewhere | undefined;
}

/** How a name is claimed. */
export interface ClaimTerms extends Pick<AppOptions, 'duplicate'> {
  readonly origin?: StreamOrigin;
  /** Default: the next one of the server's source. */
  readonly firstSequence?: number | undefined;
}

export class Publications {
  readonly #services: PublicationServices;

  constructor(services: PublicationServices) {
    this.#services = services;
  }

  /** Claims the name for a client that the gates admitted. */
  async claim(session: Session, options: AppOptions): Promise<Publication | Denial> {
    const claim = await this.claimName(session, options, options).catch((error: unknown) => {
      const { remote } = session.client;
      this.#services.limited.error({ err: error, remote }, `${session.displayKey} could not be claimed`);
      return 'failed' as const;
    });
    if (claim === 'failed') return new Denial('unavailable', 'the name could not be claimed');
    if (typeof claim === 'string') return this.#denialOf(claim, session);
    return new Publication(session, this.#hostOf(session), claim.stream);
  }

  /** A publication that claims its name with the first packet. */
  open(session: Session, pending: PendingPackets, onEnd: (cause: EndCause) => void): Publication {
    const host = this.#hostOf(session);
    return new Publication(
      session,
      {
        ...host,
        ended: (publication, cause) => {
          host.ended(publication, cause);
          onEnd(cause);
        },
      },
      pending,
    );
  }

  async claimName(session: Session, options: AppOptions, terms: ClaimTerms): Promise<Claim> {
    const { hub, sessions, log } = this.#services;
    // Before the claim is awaited: a plugin that looks up a stream's publisher finds its session in the list.
    // A copy of another worker's stream has a publisher that is no client.
    if (terms.origin !== 'mirror') sessions.add(session);
    const claim = await this.#ask(session, options, terms).catch((error: unknown) => {
      sessions.remove(session);
      throw error;
    });
    if (typeof claim === 'string' || session.ended) sessions.remove(session);
    if (typeof claim === 'string') return claim;
    if (session.ended) {
      hub.release(claim.stream, session, session.ended);
      return 'ended';
    }
    log[levelFor(terms.origin)](describeSession(session), `${session.displayKey} publisher connected`);
    return claim;
  }

  async #ask(session: Session, options: AppOptions, terms: ClaimTerms): Promise<Claim> {
    const { hub, identities, elsewhere } = this.#services;
    const { app, name, key, displayKey } = session;
    const { origin = 'local', duplicate } = terms;
    const take = (firstSequence: number): Promise<Claim> =>
      hub.claim(session, { app, name, displayKey, origin, firstSequence }, options, duplicate);
    if (elsewhere && origin === 'local') return await elsewhere.claim(session, { options, duplicate }, take);
    return await take(terms.firstSequence ?? (await identities.firstSequence(key)));
  }

  #hostOf(session: Session): PublicationHost {
    const { hub, log, limited, readers, sessions } = this.#services;
    return {
      readers,
      mayReadFailed: (publication, error) => {
        if (publication.ended) return;
        limited.error(
          { err: error, session: session.id },
          `${session.displayKey}: mayRead() of pace() failed`,
        );
        publication.end({ code: 'failed', message: 'the server failed to read the connection' });
      },
      ended: ({ stream }, cause) => {
        sessions.remove(session);
        if (!stream) return;
        const seconds = Math.round((Date.now() - session.startedAt.getTime()) / 1000);
        const { packets } = stream.counters;
        const live = hub.resolve(stream);
        if (live) hub.release(live, session, cause);
        log[levelFor(stream.origin)](
          { ...describeSession(session), seconds, packets },
          `${session.displayKey} publisher disconnected: ${cause.message}`,
        );
      },
    };
  }

  #denialOf(claim: Exclude<Claim, object>, { displayKey, ended }: Session): Denial {
    // Of two that claim a name at the same moment, the later replaces the earlier.
    if (claim === 'ended')
      return new Denial(ended?.code === 'replaced' ? 'duplicate' : 'unavailable', ended?.message ?? '');
    if (claim === 'taken') return new Denial('duplicate', `${displayKey} is already published`);
    if (claim === 'closing') return new Denial('unavailable', 'the server is shutting down');
    if (claim === 'application-full')
      return new Denial(
        'limit',
        `the application has all the streams it may have (maxStreamsPerApplication)`,
      );
    const { length } = this.#services.hub.streams;
    return new Denial('limit', `the server carries ${length} streams already (maxStreams)`);
  }
}

/** A copy of another worker's stream has a publisher that is no client. */
function levelFor(origin: StreamOrigin | undefined): 'debug' | 'info' {
  return origin === 'mirror' ? 'debug' : 'info';
}
