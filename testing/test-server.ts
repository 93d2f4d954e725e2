// A server for the tests of plugins: a config in the test, no file, no port unless the test wants one.
//
// The room holds what authors of plugins test with; it is `livego/testing`. Tests of livego itself are in test/.
import type { InjectOptions, Response } from 'light-my-request';
import { createConfigSource } from '../config/load.ts';
import { createLogger } from '../core/log/log.ts';
import type { MetricSample } from '../core/plugin/metrics.ts';
import type { PluginDefinition } from '../core/plugin/plugin.ts';
import type { ReloadReport } from '../core/plugin/reload-report.ts';
import { createServer, type LivegoServer } from '../core/server.ts';
import type { Denial } from '../core/session/denial.ts';
import type { SessionView } from '../core/session/session-view.ts';
import type { StreamView } from '../core/stream/stream-view.ts';
import { TestClients, type TestClient, type TestPublisher, type TestViewer } from './test-clients.ts';

export interface TestServerOptions {
  /** The plugins under test, and others that they need: `BUILTIN_PLUGINS` of `livego/plugins`. */
  readonly plugins: readonly PluginDefinition[];
  /** As in livego.json5. Default: one application, "live", which does not wait for publishers. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** A line of the log, as JSON has it. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly level: number; readonly msg: string };

export interface TestServer {
  readonly server: LivegoServer;
  readonly log: readonly LogLine[];
  streams(): readonly StreamView[];
  sessions(): readonly SessionView[];
  /** Client connections that are open. */
  connections(): number;
  metrics(): readonly MetricSample[];
  /** The port of an option such as "meter.port". */
  port(option: string): number;
  /** Answers an HTTP request without a connection, by the routes of the address that serves the option. */
  inject(option: string, request: InjectOptions): Promise<Response>;
  /** Publishes without a socket. @param path - `live/movie?token=…` */
  publish(path: string, client?: TestClient): Promise<TestPublisher | Denial>;
  /** Plays without a socket; resolves when the viewer has joined. */
  play(path: string, client?: TestClient): Promise<TestViewer | Denial>;
  /** Applies another config, as an edit of the file does. */
  reload(config: Readonly<Record<string, unknown>>): Promise<ReloadReport>;
  stop(): Promise<void>;
}

const DEFAULTS = { servers: [{ servername: 'live' }], waitForPublisherMs: 0, keepAfterUnpublishMs: 0 };

/** Starts a server. Rejects with every fault of the config. Stop it when the test ends. */
export async function startTestServer({ plugins, config = {} }: TestServerOptions): Promise<TestServer> {
  const clients = new TestClients();
  const log: LogLine[] = [];
  const destination = { write: (line: string): void => void log.push(JSON.parse(line) as LogLine) };
  let text = textOf(config);
  const base = createConfigSource({ file: 'test.json5', text, builtins: [...plugins, clients.definition] });
  const source = {
    name: base.name,
    show: (shown: string) => base.show?.(shown) ?? shown,
    load: (given?: string) => base.load(given ?? text),
  };
  const server = createServer({ source, log: createLogger({ pretty: false, destination }) });
  await server.start();
  return {
    server,
    log,
    streams: () => server.streams,
    sessions: () => server.sessions,
    connections: () => server.connections,
    metrics: () => server.metrics(),
    port: (option) => server.port(option),
    inject: (option, request) => server.inject(option, request),
    publish: (path, client) => clients.publish(path, client),
    play: (path, client) => clients.play(path, client),
    reload: (next) => {
      text = textOf(next);
      return server.reload('the test has changed the config');
    },
    stop: () => server.stop('the test is over'),
  };
}

function textOf(config: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...DEFAULTS, ...config });
}
