// The gates of one application.
import {
  AddressSet,
  andThen,
  Denial,
  hostOf,
  networkOf,
  type AppContext,
  type ConnectRequest,
  type NowOrLater,
  type StreamRequest,
} from 'livego';
import { NOBODY_ASKED, type Outcome } from './methods/chain.ts';
import type { ChannelKey } from './methods/channel-key.ts';
import { NEED_AUTH } from './methods/adobe.ts';
import { buildChain, hasPublishMethods, type BuiltChain } from './methods/build-chain.ts';
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
    this.rates = new Rates(options.limits, context.peerLog);
  }

  /** Nothing is configured that keeps anybody from publishing. */
  get open(): boolean {
    return !hasPublishMethods(publishMethods(this.#options)) && this.#options.deny.length === 0;
  }

  /** Nothing is configured that keeps anybody from playing. */
  get openToViewers(): boolean {
    const { deny, referers } = this.#options;
    return this.#chains.play.chain.isEmpty && deny.length === 0 && referers.allow.length === 0;
  }

  async start(): Promise<void> {
    for (const each of Object.values(this.#chains)) await each.start();
  }

  connect(request: ConnectRequest): NowOrLater<Denial | undefined> {
    const { client } = request;
    if (!this.#denied.isEmpty && this.#denied.has(hostOf(client.remote)))
      return this.#count('connect', new Denial('forbidden', 'this address may not connect'), request);
    const early = this.#tooManyTries(request) ?? this.#referers.check(client);
    if (early) return this.#count('connect', early, request);
    const step = RTMP.test(client.protocol) ? this.#askForUser(request) : undefined;
    return step && this.#deny(step, 'connect', request);
  }

  publish(request: StreamRequest): NowOrLater<Denial | undefined> {
    return this.#ask('publish', request);
  }

  play(request: StreamRequest): NowOrLater<Denial | undefined> {
    const option = 'auth.limits.maxApplicationKbps';
    const { servername } = this.#context;
    const isFull = this.rates.isFull(this.#state.sent.of(servername, this.#context.now()));
    if (isFull && !request.recheck)
      return this.#count(
        'play',
        new Denial('limit', `the viewers of the application use all its bandwidth (${option})`),
        request,
      );
    return this.#ask('play', request);
  }

  #ask(role: Role, request: StreamRequest): NowOrLater<Denial | undefined> {
    const banned = this.#tooManyTries(request);
    if (banned) return this.#count(role, banned, request);
    const { chain } = this.#chains[role];
    // Most servers let everybody play: then nothing is waited for.
    const outcome = chain.isEmpty ? NOBODY_ASKED : chain.check(request);
    return andThen(outcome, (known) => this.#apply(known, role, request));
  }

  #apply(outcome: Outcome, role: Role, request: StreamRequest): NowOrLater<Denial | undefined> {
    if (!outcome.admitted) return this.#deny(outcome, role, request);
    for (const { until, reason } of outcome.limits) request.limitUntil(until, reason);
    if (!request.recheck) this.#state.counters.count(this.#state.counters.admitted, role, outcome.method);
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

  #tooManyTries({ client, recheck }: ConnectRequest): Denial | undefined {
    if (recheck) return undefined;
    const { tries } = this.#state;
    return tries.size === 0 ? undefined : tries.denial(networkOf(hostOf(client.remote)), this.#context.now());
  }

  async #deny(
    { denial, guessed }: { readonly denial: Denial; readonly guessed: boolean },
    role: Role | 'connect',
    request: ConnectRequest,
  ): Promise<Denial> {
    const { tries } = this.#state;
    if (!guessed || request.recheck) return this.#count(role, denial, request);
    const address = networkOf(hostOf(request.client.remote));
    await tries.holdBack(tries.note(address, this.#options.tries, this.#context.now()));
    return this.#count(role, denial, request);
  }

  /** A client that is asked about again has been counted when it was admitted. */
  #count(role: Role | 'connect', denial: Denial, { recheck }: ConnectRequest): Denial {
    if (!recheck) this.#state.counters.count(this.#state.counters.denied, role, denial.code);
    return denial;
  }
}
