// Publishers and viewers without a socket: they pass the gates like any client.
import type { ClientFacts } from '../core/client.ts';
import type { EndCause } from '../core/end-cause.ts';
import { livegoError } from '../core/errors.ts';
import { FlvPacketFormat } from '../core/media/flv/flv-format.ts';
import type { FlvTag } from '../core/media/flv/tag.ts';
import { FlvReader } from '../core/media/flv/tag-reader.ts';
import type { MediaPacket } from '../core/media/packet.ts';
import { definePlugin, type PluginDefinition, type ServerContext } from '../core/plugin/plugin.ts';
import type { Arrival } from '../core/session/clients/arrival.ts';
import type { Connection } from '../core/session/clients/connection.ts';
import { Denial } from '../core/session/denial.ts';
import type { Publication } from '../core/session/publication.ts';
import type { CloseSession, StreamTarget } from '../core/session/requests.ts';
import { parseStreamAddress } from '../core/stream-address.ts';

/** Facts of the client that gates see. */
export type TestClient = Partial<ClientFacts>;

export interface TestPublisher {
  readonly publication: Publication;
  /** The cause for which the server ended the session; undefined while it has not. */
  readonly ended: EndCause | undefined;
  send(...packets: readonly MediaPacket[]): void;
  /** The client disconnects. */
  leave(): void;
}

export interface TestViewer {
  /** FLV tags that the viewer has been sent so far. */
  readonly tags: readonly FlvTag[];
  readonly ended: EndCause | undefined;
  leave(): void;
}

/** A test client that the connect gates admitted. */
interface Entered {
  readonly arrival: Arrival;
  readonly connection: Connection;
  readonly target: StreamTarget;
  readonly ended: EndCause | undefined;
  /** The server ends the client's session. */
  readonly close: CloseSession;
}

const LEFT: EndCause = { code: 'left', message: 'the test client disconnected' };

/** The protocol of test clients. It listens nowhere. */
export class TestClients {
  readonly definition: PluginDefinition;
  #context: ServerContext | undefined;

  constructor() {
    this.definition = definePlugin({
      name: 'testing',
      schema: { type: 'object', properties: {} },
      server: (context) => void (this.#context = context),
    });
  }

  /** @param path - `live/movie?token=…` */
  async publish(path: string, client?: TestClient): Promise<TestPublisher | Denial> {
    const entered = await this.#enter(path, client);
    if (entered instanceof Denial) return entered;
    const { arrival, connection, target, close } = entered;
    const publication = await connection.publish(target, close);
    if (publication instanceof Denial) return deny(arrival, publication);
    return {
      publication,
      get ended() {
        return entered.ended;
      },
      send: (...packets) => {
        for (const { info, timestamp, payload } of packets) publication.receive(info, timestamp, payload);
      },
      leave: () => arrival.leave(LEFT),
    };
  }

  /** Resolves when the viewer has joined. */
  async play(path: string, client?: TestClient): Promise<TestViewer | Denial> {
    const entered = await this.#enter(path, client);
    if (entered instanceof Denial) return entered;
    const { arrival, connection, target, close } = entered;
    const playback = await connection.play(target, close);
    if (playback instanceof Denial) return deny(arrival, playback);
    const stream = await playback.findStream();
    if (stream instanceof Denial) return deny(arrival, stream);
    const reader = new FlvReader();
    const tags: FlvTag[] = [];
    const write = (bytes: Buffer): void => void tags.push(...reader.push(bytes));
    const output = { write, writableLength: 0 };
    const denial = playback.start(stream, FORMAT, { output, onDrain: () => () => {}, close });
    if (denial) return deny(arrival, denial);
    return {
      tags,
      get ended() {
        return entered.ended;
      },
      leave: () => arrival.leave(LEFT),
    };
  }

  async #enter(path: string, client: TestClient = {}): Promise<Entered | Denial> {
    if (!this.#context) throw livegoError('LVG_SERVER_STATE', 'testNotStarted', {});
    const { admission } = this.#context;
    const address = parseStreamAddress({ app: '', name: path }, (app) => admission.hasApp(app));
    if (!address.ok) throw livegoError('LVG_SERVER_STATE', 'testPath', { path });
    const { app, name, query } = address;
    const target: StreamTarget = { app, name, query };
    const arrival = admission.arrive({ protocol: 'test', remote: '192.0.2.1:5000', ...client });
    let ended: EndCause | undefined;
    const close = (cause: EndCause): void => {
      ended = cause;
      arrival.leave(cause);
    };
    const connection = await arrival.enter(app, query, close);
    if (connection instanceof Denial) return deny(arrival, connection);
    return {
      arrival,
      connection,
      target,
      close,
      get ended() {
        return ended;
      },
    };
  }
}

/** A denied client disconnects. */
function deny(arrival: Arrival, denial: Denial): Denial {
  arrival.leave(LEFT);
  return denial;
}

const FORMAT = new FlvPacketFormat();
