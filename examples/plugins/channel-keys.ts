// Secret names: a publisher names a key that only it knows, and viewers see the channel. With the keys
// { "k3y-0f-4nn": "ann" }, rtmp://HOST/live/k3y-0f-4nn publishes live/ann. Logs and messages never show a key.
import { definePlugin, Denial, hostOf, networkOf } from 'livego';

interface Options {
  readonly keys: Readonly<Record<string, string>>;
  readonly maxTries: number;
}

/** Wrong keys are counted for this long: of an address, or of the /64 of an IPv6 address. */
const FORGET_MS = 60_000;

/** Addresses that are remembered. */
const MAX_ADDRESSES = 10_000;

export default definePlugin<Options>({
  name: 'channel-keys',
  enabledByDefault: false,
  schema: {
    type: 'object',
    required: ['keys'],
    properties: {
      keys: {
        type: 'object',
        additionalProperties: { type: 'string', minLength: 1 },
        description: 'The channel of each key: { "k3y-0f-4nn": "ann" }.',
      },
      maxTries: {
        type: 'integer',
        minimum: 1,
        default: 10,
        description: 'Wrong keys that one address may try within a minute.',
      },
    },
  },
  app(context, { keys, maxTries }) {
    const channels = new Map(Object.entries(keys));
    const tries = new Map<string, number>();
    let countedSince = context.now();

    context.hooks.resolveName.tap(
      (name, { role, client }) => {
        if (role === 'play') return name;
        const address = networkOf(hostOf(client.remote));
        const failed = tries.get(address) ?? 0;
        if (failed >= maxTries) throw new Denial('too-many-tries', 'too many wrong keys', FORGET_MS / 1000);
        const channel = channels.get(name);
        if (channel === undefined && tries.size < MAX_ADDRESSES) tries.set(address, failed + 1);
        if (channel === undefined) throw new Denial('unauthorized', 'the key is wrong');
        return channel;
      },
      { secret: true },
    );

    context.everySecond((now) => {
      if (now - countedSince < FORGET_MS) return;
      countedSince = now;
      tries.clear();
    });
  },
});
