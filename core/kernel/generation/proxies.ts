// The proxies that a config trusts to tell a client's address.
import { LivegoError, messageOf } from '../../errors.ts';
import { AddressSet } from '../../net/address-set.ts';
import type { ServerOptions } from '../../options/options.ts';

const NONE = new AddressSet([]);

export class Proxies {
  /** Those that add X-Forwarded-For. */
  readonly http: AddressSet;
  readonly #tcp: AddressSet;
  readonly #listeners: readonly string[];

  /** Throws LVG_LISTEN for an entry that is no address. */
  constructor({ trustProxy, proxyProtocol }: Pick<ServerOptions, 'trustProxy' | 'proxyProtocol'>) {
    this.http = read('trustProxy', trustProxy);
    this.#tcp = read('proxyProtocol.from', proxyProtocol.from);
    this.#listeners = proxyProtocol.listeners;
  }

  /** Those that send the header of the PROXY protocol to an address named by these options. */
  of(options: readonly string[]): AddressSet {
    const concerned = this.#listeners.length === 0 || options.some((each) => this.#listeners.includes(each));
    return concerned ? this.#tcp : NONE;
  }
}

function read(option: string, entries: readonly string[]): AddressSet {
  try {
    return new AddressSet(entries);
  } catch (error) {
    throw new LivegoError('LVG_LISTEN', `${option}: ${messageOf(error)}`, { cause: error });
  }
}
