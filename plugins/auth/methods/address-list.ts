// Addresses that need no other credentials, or beside which others are needed (mode "all").
import { AddressSet, hostOf, type StreamRequest } from 'livego';
import { ADMITTED, type Method, type Verdict } from './verdict.ts';

export class AddressList implements Method {
  readonly name = 'addresses';
  readonly credentials = 'an address that is allowed';
  readonly #allowed: AddressSet;

  constructor(allowed: readonly string[]) {
    this.#allowed = new AddressSet(allowed);
  }

  check({ client }: StreamRequest): Verdict {
    if (this.#allowed.has(hostOf(client.remote))) return ADMITTED;
    return { is: 'forbidden', reason: `${hostOf(client.remote)} is not an address that is allowed` };
  }
}
