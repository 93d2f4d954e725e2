// Who may use the routes that show and change the server: a mark on a route is all that a plugin needs.
//
// Without tokens in the config only programs of this machine are answered. With tokens, everybody who has one.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ControlJwtOptions, ControlOptions } from '../../options/control-options.ts';
import { hostOf, networkOf } from '../../net/address-set.ts';
import { Denial } from '../../session/denial.ts';
import { clientAddressOf } from '../forwarded-client.ts';
import { BearerTokens, type Caller } from './bearer-tokens.ts';
import { findForeign } from './local-requests.ts';
import { ControlRates } from './control-rates.ts';

/** The mark of a route that is not for everybody. */
export interface RouteAccess {
  /** `read`: readers and operators. `change`: operators alone, and the log has a line. */
  readonly right: 'read' | 'change';
  /** How a denied client is told. Default: as every denial. */
  readonly deny?: (
    request: IncomingMessage,
    response: ServerResponse,
    denial: Denial,
  ) => void | Promise<void>;
}

const CALLER = Symbol('livego.caller');

interface CalledRequest extends IncomingMessage {
  [CALLER]?: Caller;
}

/** Who makes a request to a route that is not for everybody. */
export function callerOf(request: CalledRequest): Caller {
  return request[CALLER] ?? LOCAL;
}

const LOCAL: Caller = { name: 'this machine', role: 'operator' };

export class ControlAccess {
  readonly #tokens: BearerTokens;
  readonly #hosts: readonly string[];
  readonly #rates: ControlRates;

  /** @param rates - those of the server, which outlive its configs */
  constructor(control: ControlOptions, jwt: ControlJwtOptions, rates: ControlRates) {
    this.#tokens = new BearerTokens(control.tokens, jwt);
    this.#hosts = control.hosts;
    this.#rates = rates;
  }

  /** Whether only programs of this machine are answered. */
  get localOnly(): boolean {
    return !this.#tokens.wanted;
  }

  /** @param origins - origins whose pages may ask this route */
  async check(
    request: CalledRequest,
    { right }: RouteAccess,
    origins: readonly string[],
  ): Promise<Denial | undefined> {
    const address = networkOf(hostOf(clientAddressOf(request)));
    const now = performance.now();
    const wait = this.#rates.waitSeconds(address, now);
    if (wait > 0) return new Denial('too-many-tries', `too many requests of ${address}`, wait);
    this.#rates.noteRequest(address, now);
    if (this.localOnly) return this.#checkLocal(request, origins);
    const checked = await this.#tokens.check(request);
    if ('fault' in checked) {
      this.#rates.noteFailure(address, now);
      return new Denial('unauthorized', checked.fault);
    }
    request[CALLER] = checked;
    if (right === 'change' && checked.role !== 'operator')
      return new Denial('forbidden', `${checked.name} may only look (control.tokens[].role)`);
    return undefined;
  }

  #checkLocal(request: CalledRequest, origins: readonly string[]): Denial | undefined {
    const foreign = findForeign(request, this.#hosts, origins);
    if (foreign !== undefined) return new Denial('forbidden', foreign);
    request[CALLER] = LOCAL;
    return undefined;
  }
}

/** For routers outside a server: only programs of this machine. */
export function localAccess(): ControlAccess {
  const control = { tokens: [], hosts: [], requestsPerMinute: 0, failuresPerMinute: 20 };
  return new ControlAccess(control, { secret: '', algorithm: 'HS256' }, new ControlRates());
}
