// A server with authentication alone, and publishers and viewers without a socket.
import { onTestFinished } from 'vitest';
import { Denial } from '../../../core/session/denial.ts';
import auth from '../../../plugins/auth/index.ts';
import type { TestPublisher, TestViewer } from '../../../testing/test-clients.ts';
import { startTestServer, type TestServer } from '../../../testing/test-server.ts';

export const SECRET = 'a secret of sufficient length';

/** The server ends with the test. `options` are those of `auth`, in every application. */
export async function authServer(
  options: Readonly<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>> = {},
): Promise<TestServer> {
  const server = await startTestServer({ plugins: [auth], config: { auth: options, ...config } });
  onTestFinished(() => server.stop());
  return server;
}

export function admitted<Client extends TestPublisher | TestViewer>(client: Client | Denial): Client {
  if (client instanceof Denial) throw new Error(`denied: ${client.code}: ${client.reason}`);
  return client;
}

/** "admitted", or the denial's code and reason. */
export function outcomeOf(client: TestPublisher | TestViewer | Denial): string {
  return client instanceof Denial ? `${client.code}: ${client.reason}` : 'admitted';
}

/** Tries to publish, and leaves again at once. */
export async function tryPublish(server: TestServer, path: string, client = {}): Promise<string> {
  const publisher = await server.publish(path, client);
  if (!(publisher instanceof Denial)) publisher.leave();
  return outcomeOf(publisher);
}

/** Tries to play; a stream that nobody publishes counts as admitted, for the gates have done so. */
export async function tryPlay(server: TestServer, path: string, client = {}): Promise<string> {
  const viewer = await server.play(path, client);
  if (viewer instanceof Denial) return viewer.code === 'not-found' ? 'admitted' : outcomeOf(viewer);
  viewer.leave();
  return 'admitted';
}

/** Every line of the log, and every metric, in one text: to look for secrets in. */
export function everythingPrinted(server: TestServer): string {
  return JSON.stringify([
    server.log,
    server.metrics(),
    server.sessions().map(({ key, name, client }) => [key, name, client]),
  ]);
}

/** Values of a metric by their labels: "publish sign". */
export function metricOf(server: Pick<TestServer, 'metrics'>, name: string): Record<string, number> {
  const samples = server.metrics().filter(({ metric }) => metric.name === name);
  return Object.fromEntries(
    samples.map(({ labels, value }) => [Object.values(labels).join(' '), Number(value)]),
  );
}
