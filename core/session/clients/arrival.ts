// A client, from its arrival until it disconnects.
import type { Client, ClientFacts } from '../../client.ts';
import type { EndCause } from '../../end-cause.ts';
import type { Tick, Ticker } from '../../time/ticker.ts';
import { ConnectionView } from './connection-view.ts';
import { Connection, type Asker, type Reception } from './connection.ts';
import { Denial } from '../denial.ts';
import type { CloseSession } from '../requests.ts';
import { Right } from './right.ts';

const DISCONNECTED = new Denial('unavailable', 'the client has disconnected');

/** A client that has connected and may do nothing yet. */
export class Arrival {
  readonly #reception: Reception;
  readonly #ticker: Ticker;
  readonly #stopTicking = new Set<() => void>();
  #client: Client;
  #authorization: string | undefined;
  /** One for each application that it entered, with the function that gives its place back. */
  readonly #connections = new Map<Connection, () => void>();
  #left: EndCause | undefined;

  constructor(
    { authorization, ...client }: Client & Pick<ClientFacts, 'authorization'>,
    reception: Reception,
    ticker: Ticker,
  ) {
    this.#client = client;
    this.#authorization = authorization;
    this.#reception = reception;
    this.#ticker = ticker;
  }

  get client(): Client {
    return this.#client;
  }

  /** Adds facts that the client has told meanwhile. */
  describe({ authorization, ...facts }: Partial<ClientFacts>): void {
    const { id, plugin } = this.#client;
    this.#authorization = authorization ?? this.#authorization;
    this.#client = { ...this.#client, ...facts, id, plugin };
  }

  /** Calls back about once a second until the client leaves, also when the plugin's instance has been replaced. */
  everySecond(tick: Tick): void {
    if (!this.#left) this.#stopTicking.add(this.#ticker.add(tick));
  }

  /**
   * Asks the connect gates of an application. Only a connection can publish and play.
   * @param close - the server ends the connection: tell the client, close
   */
  async enter(app: string, query: URLSearchParams, close: CloseSession): Promise<Connection | Denial> {
    const asker: Asker = {
      client: this.#client,
      right: new Right(),
      authorization: this.#authorization,
    };
    // Its place is taken before the gates are asked: however slow they are, no more clients than allowed pass them.
    const taken = this.#reception.takePlace(this.#client, app);
    const place = taken instanceof Promise ? await taken : taken;
    const denial = place instanceof Denial ? place : await this.#reception.connect(asker, app, query);
    if (denial || this.#left) {
      if (!(place instanceof Denial)) place();
      if (!denial && this.#left) {
        const facts = { client: this.#client, app, startedAt: new Date(), close };
        this.#reception.leftApp(new ConnectionView(facts), this.#left);
      }
      return denial ?? DISCONNECTED;
    }
    const connection = new Connection(asker, app, this.#reception, close);
    this.#connections.set(connection, place as () => void);
    this.#reception.entered(connection);
    return connection;
  }

  /** The protocol denies a request itself, such as an address without a stream's name. Logged like any other denial. */
  deny(role: 'publish' | 'play', app: string, denial: Denial): void {
    const { id } = this.#client;
    // Nobody knows which part of the address may be a secret.
    const shown = new Denial(denial.code, denial.reason.replace(/"(?:[^"\\]|\\.)*"/, '"***"'));
    this.#reception.deny(
      { id, role, client: this.#client, app, displayKey: app || '(no application)' },
      shown,
    );
  }

  /** The client has disconnected, or the protocol is done with it: its sessions end. Later calls change nothing. */
  leave(cause: EndCause): void {
    if (this.#left) return;
    this.#left = cause;
    for (const stop of this.#stopTicking) stop();
    for (const [connection, freePlace] of this.#connections) {
      freePlace();
      connection.endSessions(cause);
      this.#reception.left(connection, cause);
    }
    this.#connections.clear();
  }
}
