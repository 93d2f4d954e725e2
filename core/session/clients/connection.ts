// A client that the connect gates of an application have admitted: it may publish and play.
import type { Client } from '../../client.ts';
import type { EndCause } from '../../end-cause.ts';
import type { NowOrLater } from '../../time/now-or-later.ts';
import { ConnectionView } from './connection-view.ts';
import { Denial } from '../denial.ts';
import type { Playback } from '../playback.ts';
import type { Publication } from '../publication.ts';
import type { CloseSession, DeniedRequest, StreamTarget } from '../requests.ts';
import type { Right } from './right.ts';

/** What gives a client's place back, or the reason why there is none. */
export type Place = Denial | (() => void);

/** Applications that one client may enter. A `servername` with a pattern stands for as many as a client can think of. */
const MAX_APPLICATIONS = 100;

const TOO_MANY = new Denial('limit', `the client has entered ${MAX_APPLICATIONS} applications already`);

/** Admission, as arrivals and connections use it. */
export interface Reception {
  /** Denies a client when its address has too many. What is returned gives the place back. */
  takePlace(client: Client, app: string): Place | Promise<Place>;
  connect(asker: Asker, app: string, query: URLSearchParams): NowOrLater<Denial | undefined>;
  publish(asker: Asker, target: StreamTarget, close: CloseSession): Promise<Publication | Denial>;
  play(asker: Asker, target: StreamTarget, close: CloseSession): Promise<Playback | Denial>;
  /** Logs a denial and tells plugins. Returns it. */
  deny(request: DeniedRequest, denial: Denial): Denial;
  entered(connection: Connection): void;
  left(connection: Connection, cause: EndCause): void;
  /** Tells an application that a client which its gates admitted has disconnected. */
  leftApp(connection: ConnectionView, cause: EndCause): void;
}

/** A client that asks for something, with its right to stay. */
export interface Asker {
  readonly client: Client;
  readonly right: Right;
  readonly authorization: string | undefined;
}

/** A client that the connect gates admitted. */
export class Connection {
  readonly view: ConnectionView = new ConnectionView(this);
  readonly client: Client;
  readonly app: string;
  readonly startedAt: Date = new Date();
  readonly #asker: Asker;
  readonly #reception: Reception;
  readonly #close: CloseSession;
  /** Applications whose connect gates have admitted it, and since when. */
  readonly #entered: Map<string, Date>;
  /** Applications whose connect gates have not answered yet. */
  readonly #entering = new Map<string, Promise<Denial | undefined>>();
  readonly #publications = new Set<Publication>();
  readonly #playbacks = new Set<Playback>();
  #left: EndCause | undefined;

  constructor(asker: Asker, app: string, reception: Reception, close: CloseSession) {
    this.client = asker.client;
    this.app = app;
    this.#asker = asker;
    this.#reception = reception;
    this.#close = close;
    this.#entered = new Map([[app, this.startedAt]]);
  }

  get id(): string {
    return this.client.id;
  }

  /**
   * The client wants to publish. Resolves after every gate, so tell the client to start only then.
   * @param close - the server ends the session: tell the client, close
   */
  async publish(target: StreamTarget, close: CloseSession): Promise<Publication | Denial> {
    const publication =
      (await this.#enter(target)) ?? (await this.#reception.publish(this.#asker, target, close));
    if (publication instanceof Denial) return publication;
    for (const each of this.#publications) if (each.ended) this.#publications.delete(each);
    this.#publications.add(publication);
    // The client disconnected while it was being admitted.
    if (this.#left) publication.end(this.#left);
    return publication;
  }

  /** The client wants to play. It may have to wait for a publisher: see Playback. */
  async play(target: StreamTarget, close: CloseSession): Promise<Playback | Denial> {
    const playback = (await this.#enter(target)) ?? (await this.#reception.play(this.#asker, target, close));
    if (playback instanceof Denial) return playback;
    for (const each of this.#playbacks) if (each.ended) this.#playbacks.delete(each);
    this.#playbacks.add(playback);
    if (this.#left) playback.stop(this.#left);
    return playback;
  }

  /** The connection as each application that it entered sees it. */
  get views(): readonly ConnectionView[] {
    return [...this.#entered].map(([app, startedAt]) => this.#viewIn(app, startedAt));
  }

  /** Ends the client's publications and playbacks. */
  endSessions(cause: EndCause): void {
    this.#left = cause;
    for (const publication of this.#publications) publication.end(cause);
    for (const playback of this.#playbacks) playback.stop(cause);
  }

  /** The server ends it. */
  close(cause: EndCause): void {
    return this.#close(cause);
  }

  // A stream's address may lead to another application than the one the client connected to. Its gates are asked once,
  // however many requests of the client wait for them.
  async #enter({ app, query }: StreamTarget): Promise<Denial | undefined> {
    if (this.#entered.has(app)) return undefined;
    if (this.#entered.size + this.#entering.size >= MAX_APPLICATIONS) return this.#denyEntry(app);
    const asked = this.#entering.get(app) ?? this.#askGates(app, query);
    this.#entering.set(app, asked);
    return asked;
  }

  async #askGates(app: string, query: URLSearchParams): Promise<Denial | undefined> {
    try {
      const denial = await this.#reception.connect(this.#asker, app, query);
      if (denial) return denial;
      const startedAt = new Date();
      this.#entered.set(app, startedAt);
      if (this.#left) this.#reception.leftApp(this.#viewIn(app, startedAt), this.#left);
      return undefined;
    } finally {
      this.#entering.delete(app);
    }
  }

  #denyEntry(app: string): Denial {
    const { id, client } = this;
    return this.#reception.deny({ id, role: 'connect', client, app, displayKey: app }, TOO_MANY);
  }

  #viewIn(app: string, startedAt: Date): ConnectionView {
    return new ConnectionView({ client: this.client, app, startedAt, close: this.#close });
  }
}
