// A server without sockets of its own but RTMP's, and a stream that never ends.
import { onTestFinished } from 'vitest';
import type { Commands } from '../../../core/plugin/commands.ts';
import { definePlugin, type PluginDefinition } from '../../../core/plugin/plugin.ts';
import { Denial } from '../../../core/session/denial.ts';
import { BUILTIN_PLUGINS } from '../../../plugins/index.ts';
import type { RelayStatus } from '../../../plugins/relay/relays/relay.ts';
import { samplePackets } from '../../../testing/sample-packets.ts';
import type { TestPublisher } from '../../../testing/test-clients.ts';
import { startTestServer } from '../../../testing/test-server.ts';
import { within } from '../../helpers/net.ts';

const PERIOD_MS = 20;

/**
 * Publishes live/movie without a socket.
 * @param send - called every 20 ms
 */
export async function startPublished(
  relay: Readonly<Record<string, unknown>>,
  send = (publisher: TestPublisher): void => publisher.send(...samplePackets()),
  more: readonly PluginDefinition[] = [],
) {
  let commands: Commands | undefined;
  const caller = definePlugin({
    name: 'caller',
    schema: { type: 'object', properties: {} },
    server: (context) => void (commands = context.commands),
  });
  const port = '127.0.0.1:0';
  const config = {
    rtmp: { port },
    httpflv: 'disable',
    hls: 'disable',
    httpoper: 'disable',
    caller: 'enable',
    waitForPublisherMs: 5000,
  };
  const server = await startTestServer({
    plugins: [...BUILTIN_PLUGINS, caller, ...more],
    config: { ...config, relay },
  });
  onTestFinished(() => server.stop());
  const publisher = await server.publish('live/movie');
  if (publisher instanceof Denial) throw new Error(publisher.reason);
  const timer = setInterval(() => send(publisher), PERIOD_MS);
  onTestFinished(() => clearInterval(timer));
  const call = (name: string, input = {}) => commands!.call(name, input);
  const relays = async () => ((await call('relay.list')) as { relays: RelayStatus[] }).relays;
  return {
    call,
    publisher,
    reload: (next: Readonly<Record<string, unknown>>) => server.reload({ ...config, relay: next }),
    relays,
    statusOf: async (url: string) => (await relays()).find(({ peer }) => peer === url),
    server,
  };
}

/** Resolves as soon as it is so. What is asked changes with events of sockets and timers. */
export function eventually(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const watch = async (): Promise<void> => {
    while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  return within(watch(), what);
}
