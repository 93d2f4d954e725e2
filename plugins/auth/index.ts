// Decides who may publish and play: channel keys, signed links, tokens, users, addresses; limits of tries and of bandwidth.
//
// methods/ has one file for each kind of credentials, credentials/ what they compare, keys/ the stores of channel keys.
// Gates only deny: what is not configured here changes nothing.
import { definePlugin, matchesServername, pluginState, type AppContext } from 'livego';
import { declareKeyCommands, declareSignCommand } from './commands.ts';
import { AuthGates } from './gates.ts';
import type { KeyStore } from './keys/key-store.ts';
import { usesChannelKeys } from './methods/build-chain.ts';
import { ChannelKey } from './methods/channel-key.ts';
import { declareMetrics } from './metrics.ts';
import { checkOptions, publishMethods, schema, type AuthOptions, type TriesOptions } from './schema.ts';
import type { SentByWorker } from './sent-elsewhere.ts';
import { makeState, type AuthState } from './state.ts';

const STATE = pluginState(makeState);

/** A failure at one worker, which counts at all of them. */
interface FailedTry {
  readonly address: string;
  readonly options: TriesOptions;
}

export default definePlugin<AuthOptions>({
  name: 'auth',
  schema,
  aliases: {
    redis_addr: 'keyStore.redisAddress',
    redis_pwd: 'keyStore.redisPassword',
    rtmp_noauth: 'noauth',
  },

  server(context, options) {
    checkOptions(options);
    const state = context.state(STATE);
    const { tries } = state;
    const failure = context.question<FailedTry, void>({
      name: 'failure',
      answer: ({ address, options: limits }) => void tries.noteElsewhere(address, limits, context.now()),
    });
    const sent = context.question<SentByWorker, void>({
      name: 'sent',
      answer: (told) => state.sent.note(told, context.now()),
    });
    const { worker } = context.everywhere;
    context.onActivate(() => {
      tries.tellOthersWith((address, limits) => failure.tellOthers({ address, options: limits }));
      state.sent.tellOthersWith((servername, kbps) => sent.tellOthers({ worker, servername, kbps }));
    });
    declareKeyCommands(context, options, state);
    declareMetrics(context, state);
  },

  app(context, options) {
    checkOptions(options);
    const state = context.state(STATE);
    let store: KeyStore | undefined;
    const channelKey = new ChannelKey(() => store, context.log);
    declareSignCommand(context, options);
    const gates = new AuthGates(context, options, state, channelKey);
    context.hooks.connect.tap((request) => gates.connect(request), { observer: options.deny.length === 0 });
    context.hooks.publish.tap((request) => gates.publish(request), { observer: gates.open });
    context.hooks.play.tap((request) => gates.play(request), { observer: gates.openToViewers });
    context.onStart(() => gates.start());
    if (usesChannelKeys(publishMethods(options))) {
      context.hooks.resolveName.tap((name) => channelKey.resolve(name), { secret: true });
      holdKeyStore(context, options, state, (opened) => (store = opened));
    }
    watchRates(context, gates, state);
    context.onActivate(() => {
      if (options.recheck !== 'close') return;
      context
        .recheck()
        .catch((error: unknown) => context.log.error({ err: error }, 'present sessions were not checked'));
    });
  },
});

function holdKeyStore(
  context: AppContext,
  { keyStore }: AuthOptions,
  { stores, keyedApps }: AuthState,
  opened: (store: KeyStore) => void,
): void {
  const { servername } = context;
  let held = false;
  context.onStart(async () => {
    opened(await stores.acquire(keyStore, context.log));
    held = true;
  });
  context.onActivate(() => void keyedApps.add(servername));
  context.onStop(async (cause) => {
    if (cause === 'removed') keyedApps.delete(servername);
    if (held) await stores.release(keyStore);
  });
}

function watchRates(context: AppContext, { rates }: AuthGates, { counters, sent }: AuthState): void {
  if (!rates.needed) return;
  context.everySecond((now) => {
    const before = rates.closed;
    const ours = [...context.sessions()].filter(({ app }) => matchesServername(context.servername, app));
    rates.measure(ours, now);
    sent.tell(context.servername, rates.sentKbps);
    counters.closedForBandwidth += rates.closed - before;
  });
}
