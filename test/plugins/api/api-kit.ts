// A server with the API and the statistics, asked without a socket; and one with a file that the API changes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InjectOptions, Response } from 'light-my-request';
import { Denial, type PluginDefinition } from 'livego';
import {
  samplePackets,
  startTestServer,
  type TestPublisher,
  type TestServer,
  type TestViewer,
} from 'livego/testing';
import { onTestFinished } from 'vitest';
import api from '../../../plugins/api/index.ts';
import auth from '../../../plugins/auth/index.ts';
import relay from '../../../plugins/relay/index.ts';
import stat from '../../../plugins/stat/index.ts';

export type Request = Omit<InjectOptions, 'url'>;

export interface ApiServer extends TestServer {
  /** Asks the API. The answer's JSON is `json()`. */
  ask(url: string, request?: Request): Promise<Response>;
  post(url: string, body?: unknown): Promise<Response>;
  published(path?: string): Promise<TestPublisher>;
  watched(path?: string): Promise<TestViewer>;
  readonly folder: string;
}

export interface ApiSettings {
  readonly api?: Readonly<Record<string, unknown>>;
  /** Further keys of the config. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly plugins?: readonly PluginDefinition[];
  /** Where the state file lies. Default: a folder of the test's own. */
  readonly folder?: string;
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'livego-api-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function apiConfig({ api: options, config }: ApiSettings, folder: string): Record<string, unknown> {
  const port = '127.0.0.1:0';
  return {
    stat: { port },
    auth: 'disable',
    ...config,
    api: { port, stateFile: join(folder, 'state.json'), ...options },
  };
}

export async function startApi(settings: ApiSettings = {}): Promise<ApiServer> {
  const folder = settings.folder ?? temporaryFolder();
  const plugins = [api, auth, relay, stat, ...(settings.plugins ?? [])];
  const server = await startTestServer({ plugins, config: apiConfig(settings, folder) });
  onTestFinished(() => server.stop());
  const ask = (url: string, request: Request = {}): Promise<Response> =>
    server.inject('api.port', { url, ...request });
  return {
    ...server,
    folder,
    ask,
    post: (url, body) =>
      ask(url, { method: 'POST', ...(body !== undefined && { payload: JSON.stringify(body) }) }),
    published: async (path = 'live/movie') => {
      const publisher = admitted(await server.publish(path));
      publisher.send(...samplePackets({ frames: 10 }));
      return publisher;
    },
    watched: async (path = 'live/movie') => admitted(await server.play(path)),
  };
}

export function admitted<Client>(client: Client | Denial): Client {
  if (client instanceof Denial) throw new Error(`denied: ${client.code}: ${client.reason}`);
  return client;
}
