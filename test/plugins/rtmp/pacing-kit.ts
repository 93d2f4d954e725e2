// How long packets of a publisher lie unread.
import { expect } from 'vitest';
import { avcFrame } from '../../helpers/media/media.ts';
import type { WirePacket } from '../../helpers/rtmp-client.ts';
import type { TestServer } from '../../helpers/server.ts';

/** Without viewers and sinks a connection is read every 400 ms, once the publisher's rate is known: after 200 ms. */
const WARM_UP_MS = 500;
const DELAYED_MS = 150;

/** Publishes frames one by one, each when the one before has been read. */
export class Metronome {
  readonly #server: TestServer;
  readonly #key: string;
  readonly #send: (packet: WirePacket) => void;
  #sent = 0;

  constructor(server: TestServer, key: string, send: (packet: WirePacket) => void) {
    this.#server = server;
    this.#key = key;
    this.#send = send;
  }

  /** Publishes until the connection would be read at times. */
  async warmUp(): Promise<void> {
    const start = performance.now();
    while (performance.now() - start < WARM_UP_MS) await this.#deliver();
  }

  /** How many of five frames are delayed. A connection that is read at times delays every other one. */
  async countDelayed(): Promise<number> {
    let delayed = 0;
    for (let count = 0; count < 5; count++) if ((await this.#deliver()) > DELAYED_MS) delayed++;
    return delayed;
  }

  async #deliver(): Promise<number> {
    const start = performance.now();
    this.#send(avcFrame('key', this.#sent * 40));
    this.#sent++;
    const received = () => this.#server.stream(this.#key).counters.packets;
    await expect.poll(received, { interval: 1 }).toBe(this.#sent);
    return performance.now() - start;
  }
}
