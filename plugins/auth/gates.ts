// The gates of one application.
import {
  AddressSet,
  Denial,
  hostOf,
  networkOf,
  type AppContext,
  type ConnectRequest,
  type StreamRequest,
} from 'livego';
import type { ChannelKey } from './methods/channel-key.ts';
import { NEED_AUTH } from './methods/adobe.ts';
import { buildChain, type BuiltChain } from './methods/build-chain.ts';
import { RefererList } from './referer-list.ts';
import { Rates } from './rates.ts';
import { publishMethods, type AuthOptions } from './schema.ts';
import type { AuthState } from './state.ts';

type Role = 'publish' | 'play';

const RTMP = /^rtmps?$/;

export class AuthGates {
  readonly rates: Rates;
  readonly #options: AuthOptions;
  readonly #state: AuthState;
  readonly #context: AppContext;
  readonly #chains: Readonly<Record<Role, BuiltChain>>;
  readonly #denied: AddressSet;
  readonly #referers: RefererList;
  #rechecking = false;

  constructor(context: AppContext, options: AuthOptions, state: AuthState, channelKey: ChannelKey) {
    this.#context = context;
    this.#options = options;
    this.#state = state;
    const parts = { channelKey, passwords: state.passwords };
    this.#chains = {
      publish: buildChain(publishMethods(options), 'publish', parts),
      play: buildChain(options.play ?? options, 'play', parts),
    };
    this.#denied = new AddressSet(options.deny);
    this.#referers = new RefererList(options.referers);
    this.rates = new Rates(options.limits, context.log);
  }

  async start(): Promise<void> {
    for (const each of Object.values(this.#chains)) await each.start();
  }

  /** Asks these gates again about the sessions that are there already. */
  async recheck(): Promise<void> {
    this.#rechecking = true;
    await this.#context.recheck();
    this.#rechecking = false;
  }

  async connect(request: ConnectRequest): Promise<Denial | undefined> {
    const { client } = request;
    if (this.#denied.has(hostOf(client.remote)))
      return this.#count('connect', new Denial('forbidden', 'this address may not connect'));
    const early = this.#tooManyTries(client) ?? this.#referers.check(client);
    if (early) return this.#count('connect', early);
    const step = RTMP.test(client.protocol) ? this.#askForUser(request) : undefined;
    return step && this.#deny(step, 'connect', request);
  }

  async publish(request: StreamRequest): Promise<Denial | undefined> {
    return this.#ask('publish', request);
  }

  async play(request: StreamRequest): Promise<Denial | undefined> {
    const option = 'auth.limits.maxApplicationKbps';
    if (this.rates.full && !this.#rechecking)
      return this.#count(
        'play',
        new Denial('limit', `the viewers of the application use all its bandwidth (${option})`),
      );
    return this.#ask('play', request);
  }

  async #ask(role: Role, request: StreamRequest): Promise<Denial | undefined> {
    const banned = this.#tooManyTries(request.client);
    if (banned) return this.#count(role, banned);
    const outcome = await this.#chains[role].chain.check(request);
    if (!outcome.admitted) return this.#deny(outcome, role, request);
    for (const { until, reason } of outcome.limits) request.limitUntil(until, reason);
    this.#state.counters.count(this.#state.counters.admitted, role, outcome.method);
    return undefined;
  }

  /**
   * Adobe's dialogue takes place while a client connects, before it names a stream. An encoder tells that it is one; of
   * another client it is not known what it wants.
   */
  #askForUser(request: ConnectRequest): { readonly denial: Denial; readonly guessed: boolean } | undefined {
    const { intent } = request.client;
    const roles: readonly Role[] = intent ? [intent] : ['publish', 'play'];
    const chains = roles.map((role) => this.#chains[role]);
    const users = chains.find((each) => each.users)?.users;
    const step = users?.converse(request);
    const knows = request.query.has('user');
    if (step || knows || !chains.every((each) => each.users && each.chain.requires(each.users))) return step;
    const denial = new Denial('unauthorized', 'user and password is needed', { challenges: [NEED_AUTH] });
    return { denial, guessed: false };
  }

  #tooManyTries({ remote }: ConnectRequest['client']): Denial | undefined {
    if (this.#rechecking) return undefined;
    return this.#state.tries.denial(networkOf(hostOf(remote)), this.#context.now());
  }

  async #deny(
    { denial, guessed }: { readonly denial: Denial; readonly guessed: boolean },
    role: Role | 'connect',
    { client }: ConnectRequest,
  ): Promise<Denial> {
    const { tries } = this.#state;
    if (!guessed || this.#rechecking) return this.#count(role, denial);
    const address = networkOf(hostOf(client.remote));
    await tries.holdBack(tries.note(address, this.#options.tries, this.#context.now()));
    return this.#count(role, denial);
  }

  #count(role: Role | 'connect', denial: Denial): Denial {
    this.#state.counters.count(this.#state.counters.denied, role, denial.code);
    return denial;
  }
}
