// A test server with an example plugin, loaded as an operator's config loads it.
import { join } from 'node:path';
import { Denial, type PluginDefinition } from 'livego';
import { startTestServer, type TestPublisher, type TestServer } from 'livego/testing';
import { onTestFinished } from 'vitest';

const FOLDER = join(import.meta.dirname, '..', '..', 'examples', 'plugins');

/** @param others - plugins of the test beside the example */
export async function startWith(
  file: string,
  config: Readonly<Record<string, unknown>>,
  others: readonly PluginDefinition[] = [],
): Promise<TestServer> {
  const plugins = [join(FOLDER, file)];
  const server = await startTestServer({ plugins: others, config: { plugins, ...config } });
  onTestFinished(() => server.stop());
  // A reload keeps the example.
  return { ...server, reload: (next) => server.reload({ plugins, ...next }) };
}

/** Publishes; fails if that is denied. */
export async function publishTo(server: TestServer, path: string): Promise<TestPublisher> {
  const publisher = await server.publish(path);
  if (publisher instanceof Denial) throw new Error(publisher.reason);
  return publisher;
}

/** Everything that the log says, as one text. */
export function logText({ log }: TestServer): string {
  return JSON.stringify(log);
}
