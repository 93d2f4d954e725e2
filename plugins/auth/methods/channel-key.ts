// Publishing needs the room's key: as the stream's name, or as ?key= beside the room's name.
import { messageOf, type Logger, type StreamRequest } from 'livego';
import { looksLikeKey, mayHoldKey, type KeyStore } from '../keys/key-store.ts';
import { ABSENT, ADMITTED, wrong, type Method, type Verdict } from './verdict.ts';

/** What OBS sends when the address of the server has more than the application. */
const BEHIND_A_NAME =
  'the channel key stands behind another name: the address of the server ends with the application, as in ' +
  'rtmp://HOST/APP (in OBS, Server), and the stream key is the channel key alone';

export class ChannelKey implements Method {
  readonly name = 'channelKeys';
  readonly credentials = 'a channel key';
  readonly #store: () => KeyStore | undefined;
  readonly #log: Logger;

  /** @param store - undefined until it is open */
  constructor(store: () => KeyStore | undefined, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  /**
   * The stream that a name stands for. A key stands for its room; any other name for itself. Undefined for what may be a
   * key of some time or place: it is not printed.
   */
  async resolve(name: string): Promise<string | undefined> {
    if (!looksLikeKey(name)) return mayHoldKey(name) ? undefined : name;
    try {
      return await this.#roomOf(name);
    } catch (error) {
      // The gate denies the publisher, with the reason.
      this.#log.debug({ err: error }, messageOf(error));
      return undefined;
    }
  }

  async check({ askedName, name, query }: StreamRequest): Promise<Verdict> {
    const given = query.get('key') ?? (looksLikeKey(askedName) ? askedName : undefined);
    if (given === undefined) return looksLikeKey(lastPart(askedName)) ? misplaced() : ABSENT;
    try {
      const room = await this.#roomOf(given);
      return room !== undefined && room === name ? ADMITTED : wrong('the channel key does not fit');
    } catch (error) {
      this.#log.debug({ err: error }, messageOf(error));
      return { is: 'failed', reason: 'the channel keys cannot be checked' };
    }
  }

  #roomOf(key: string): Promise<string | undefined> {
    const store = this.#store();
    return store ? store.roomOf(key) : Promise.reject(new Error('the store of channel keys is not open'));
  }
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** No guess, so it does not count as a try: an encoder repeats it until somebody has read why. */
function misplaced(): Verdict {
  return { is: 'forbidden', reason: BEHIND_A_NAME };
}
