// A real web service for hooks, and a server that tells it.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { freePort } from '../../helpers/net.ts';
import notify from '../../../plugins/notify/index.ts';
import { startTestServer, type TestServer } from '../../../testing/test-server.ts';
import type { PluginDefinition } from '../../../core/plugin/plugin.ts';

/** Of any format: the parts that tests look into. */
export interface HeardBody {
  readonly [name: string]: unknown;
  readonly type: string;
  readonly timestamp: string;
  readonly action: string;
  readonly data: {
    readonly [name: string]: unknown;
    readonly session: string;
    readonly client: { readonly id: string };
  };
}

export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body as JSON. */
  readonly json: HeardBody;
}

export type Behaviour = (heard: Heard, response: ServerResponse) => void;

export interface WebService {
  readonly url: string;
  readonly heard: Heard[];
  behave: Behaviour;
  /** Resolves with the first request that was heard, or will be, which fits. */
  next(fits: (heard: Heard) => boolean): Promise<Heard>;
  /** Stops listening and cuts all connections. */
  die(): Promise<void>;
  /** Listens again on the same port. */
  revive(): Promise<void>;
}

const OK: Behaviour = (_heard, response) => response.end();

export async function startWebService(behave: Behaviour = OK): Promise<WebService> {
  const heard: Heard[] = [];
  const waiting = new Set<() => void>();
  let server: Server;
  // It dies and comes back at the same port, which nobody may get meanwhile.
  const port = await freePort();
  const listen = async (): Promise<void> => {
    server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const body = Buffer.concat(parts).toString();
        const { method = '', url: path = '', headers } = request;
        const each = { method, path, headers, body, json: parse(body) };
        heard.push(each);
        for (const wake of waiting) wake();
        service.behave(each, response);
      });
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen();
  const die = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    if (server.listening) await once(server, 'close');
  };
  onTestFinished(die);
  const service: WebService = {
    url: `http://127.0.0.1:${port}/hook`,
    heard,
    behave,
    next: async (fits) => {
      for (;;) {
        const found = heard.find(fits);
        if (found) return found;
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
        });
      }
    },
    die,
    revive: listen,
  };
  return service;
}

function parse(body: string): HeardBody {
  try {
    return JSON.parse(body) as HeardBody;
  } catch {
    return Object.fromEntries(new URLSearchParams(body)) as unknown as HeardBody;
  }
}

export async function notifyServer(
  options: Readonly<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>> = {},
  plugins: readonly PluginDefinition[] = [],
): Promise<TestServer> {
  const server = await startTestServer({
    plugins: [...plugins, notify],
    config: { notify: options, ...config },
  });
  onTestFinished(() => server.stop());
  return server;
}

/** Answers with a status and, perhaps, JSON. */
export function answering(status: number, body?: unknown, headers: Record<string, string> = {}): Behaviour {
  return (_heard, response) =>
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
}
