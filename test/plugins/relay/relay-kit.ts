// Servers that relay to each other in one process, and what a test waits for.
import type { Commands } from '../../../core/plugin/commands.ts';
import { definePlugin, type PluginDefinition } from '../../../core/plugin/plugin.ts';
import type { RelayStatus } from '../../../plugins/relay/relays/relay.ts';
import { within } from '../../helpers/net.ts';
import { startServer, type TestConfig, type TestServer } from '../../helpers/server.ts';

export type { RelayStatus } from '../../../plugins/relay/relays/relay.ts';

export interface RelayServer extends TestServer {
  readonly commands: Commands;
  /** What the server's metric of that name has at present, by relay id; the plugin's own figures have the id "". */
  metric(name: string): ReadonlyMap<string, number>;
  relays(): Promise<readonly RelayStatus[]>;
  /** Resolves when the log has such a line. */
  logged(words: RegExp): Promise<void>;
  /** Resolves with a relay as soon as one is as wanted. */
  until(wanted: (status: RelayStatus) => boolean, deadlineMs?: number): Promise<RelayStatus>;
}

/** A server whose application is "live", with the options of its relay. */
export async function startRelaying(
  relay: Readonly<Record<string, unknown>> = {},
  config: TestConfig = {},
  plugins: readonly PluginDefinition[] = [],
): Promise<RelayServer> {
  let commands: Commands | undefined;
  const caller = definePlugin({
    name: 'caller',
    schema: { type: 'object', properties: {} },
    server: (context) => void (commands = context.commands),
  });
  const started = await startServer({ config: { ...config, relay }, plugins: [caller, ...plugins] });
  const relays = async (): Promise<readonly RelayStatus[]> => {
    const answer = (await commands!.call('relay.list', {})) as { readonly relays: readonly RelayStatus[] };
    return answer.relays;
  };
  return {
    ...started,
    commands: commands!,
    relays,
    until: (wanted, deadlineMs) => until(relays, wanted, deadlineMs),
    logged: (words) => logged(started, words),
    metric: (name) => readMetric(started, name),
  };
}

export const isLive = ({ state }: RelayStatus): boolean => state === 'live';

function readMetric({ server }: TestServer, name: string): ReadonlyMap<string, number> {
  const samples = server.metrics().filter(({ metric }) => metric.name === name);
  return new Map(samples.map(({ labels, value }) => [labels['id'] ?? '', value as number]));
}

async function logged({ log }: TestServer, words: RegExp): Promise<void> {
  const find = async (): Promise<void> => {
    while (!log.some(({ msg }) => words.test(msg))) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await within(find(), String(words));
}

async function until(
  relays: () => Promise<readonly RelayStatus[]>,
  wanted: (status: RelayStatus) => boolean,
  deadlineMs = 15_000,
): Promise<RelayStatus> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const present = await relays();
    const found = present.find(wanted);
    if (found) return found;
    if (performance.now() > end) throw new Error(`No relay became as wanted: ${JSON.stringify(present)}`);
    // The state changes with events of sockets and timers: it is looked at again after the next ones.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
