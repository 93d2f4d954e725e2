// A server in this process for one test: free ports, captured log, stopped when the test ends.
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { EndCause } from '../../core/end-cause.ts';
import { createConfigSource } from '../../config/load.ts';
import { createLogger } from '../../core/log/log.ts';
import { definePlugin, type PluginDefinition } from '../../core/plugin/plugin.ts';
import type { ReloadReport } from '../../core/plugin/reload-report.ts';
import { createServer, type LivegoServer } from '../../core/server.ts';
import type { SessionView } from '../../core/session/session-view.ts';
import type { StreamView } from '../../core/stream/stream-view.ts';
import { BUILTIN_PLUGINS } from '../../plugins/index.ts';
import { waitForEvent } from './net.ts';

/** A config as in livego.json5. Built-in plugins get a port of 127.0.0.1 that the system chooses, unless they name one. */
export type TestConfig = Readonly<Record<string, unknown>> & {
  readonly rtmp?: Readonly<Record<string, unknown>>;
  readonly httpflv?: Readonly<Record<string, unknown>>;
  /** False: switched off. */
  readonly hls?: Readonly<Record<string, unknown>> | false;
  /** Off unless the test has options for it. */
  readonly api?: Readonly<Record<string, unknown>>;
  readonly stat?: Readonly<Record<string, unknown>>;
};

export interface StartOptions {
  readonly config?: TestConfig;
  /** Plugins of the test, asked after the built-in ones. They need a key in the config only if they have options. */
  readonly plugins?: readonly PluginDefinition[];
  /** Variables of the environment. Default: a directory of the test's own for what the server writes. */
  readonly env?: Readonly<Record<string, string>>;
}

/** One line of the log, parsed from its JSON. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly level: number; readonly msg: string };

/** Events on a server, as hooks report them. They have the hooks' names. */
export interface ServerEvents {
  play: [key: string];
  publish: [key: string];
  streamStart: [stream: StreamView];
  streamStop: [stream: StreamView, cause: EndCause];
  playStart: [session: SessionView];
  playStop: [session: SessionView];
}

export interface TestServer {
  readonly server: LivegoServer;
  readonly events: EventEmitter<ServerEvents>;
  readonly log: readonly LogLine[];
  /** The port of an option: "rtmp.port" unless another is named. */
  port(option?: string): number;
  /** rtmp://127.0.0.1:PORT/PATH */
  rtmp(path: string): string;
  /** http://127.0.0.1:PORT/PATH */
  http(path: string): string;
  /** ws://127.0.0.1:PORT/PATH */
  ws(path: string): string;
  /** The live stream with this key. Throws if there is none. */
  stream(key: string): StreamView;
  /** Resolves after this many further events. */
  saw(event: keyof ServerEvents, count?: number): Promise<void>;
  /** Applies another config, as an edit of the file does. */
  reload(config: TestConfig): Promise<ReloadReport>;
  stop(): Promise<void>;
}

const LOOPBACK = '127.0.0.1:0';

/** Starts a server. Without another config it has one application, "live". */
export async function startServer({
  config = {},
  plugins = [],
  env = {},
}: StartOptions = {}): Promise<TestServer> {
  const events = new EventEmitter<ServerEvents>();
  const log: LogLine[] = [];
  let text = textOf(config);
  const builtins = [...BUILTIN_PLUGINS, ...plugins, observer(events)];
  const written = join(tmpdir(), `livego-test-${randomUUID()}`);
  const variables = { STATE_DIRECTORY: written, ...env };
  const base = createConfigSource({ file: 'test.json5', text, env: variables, builtins });
  const source = {
    name: base.name,
    show: (printed: string) => base.show?.(printed) ?? printed,
    load: (given?: string) => base.load(given ?? text),
  };
  const destination = { write: (line: string): void => void log.push(JSON.parse(line) as LogLine) };
  const server = createServer({ source, log: createLogger({ pretty: false, destination }) });
  await server.start();
  const stop = (): Promise<void> => server.stop('the test is over');
  onTestFinished(async () => {
    await stop();
    rmSync(written, { recursive: true, force: true });
  });
  const port = (option = 'rtmp.port'): number => server.port(option);
  return {
    server,
    events,
    log,
    port,
    rtmp: (path) => `rtmp://127.0.0.1:${port()}/${path}`,
    http: (path) => `http://127.0.0.1:${port('httpflv.port')}/${path}`,
    ws: (path) => `ws://127.0.0.1:${port('httpflv.port')}/${path}`,
    stream: (key) => findStream(server, key),
    saw: (event, count = 1) => countEvents(events, event, count),
    reload: (next) => {
      text = textOf(next);
      return server.reload('the test has changed the config');
    },
    stop,
  };
}

function textOf(config: TestConfig): string {
  return JSON.stringify({
    servers: [{ servername: 'live' }],
    keepAfterUnpublishMs: 0,
    ...config,
    rtmp: { port: LOOPBACK, ...config.rtmp },
    httpflv: { port: LOOPBACK, ...config.httpflv },
    hls: config.hls !== false && { port: LOOPBACK, ...config.hls },
    api: config.api !== undefined && { port: LOOPBACK, ...config.api },
    stat: config.stat !== undefined && { port: LOOPBACK, ...config.stat },
  });
}

function findStream(server: LivegoServer, key: string): StreamView {
  const stream = server.streams.find((each) => each.key === key);
  if (stream) return stream;
  throw new Error(`There is no stream ${key}, only: ${server.streams.map((each) => each.key).join(', ')}`);
}

async function countEvents(
  events: EventEmitter<ServerEvents>,
  event: keyof ServerEvents,
  count: number,
): Promise<void> {
  let seen = 0;
  await waitForEvent(events as EventEmitter, event, () => ++seen === count);
}

function observer(events: EventEmitter<ServerEvents>): PluginDefinition {
  return definePlugin({
    name: 'observer',
    schema: { type: 'object', properties: {} },
    app({ hooks }) {
      hooks.publish.tap((request) => void events.emit('publish', `${request.app}/${request.name}`), {
        observer: true,
      });
      hooks.play.tap((request) => void events.emit('play', `${request.app}/${request.name}`));
      hooks.streamStart.tap((stream) => void events.emit('streamStart', stream));
      hooks.streamStop.tap((stream, cause) => void events.emit('streamStop', stream, cause));
      hooks.playStart.tap((session) => void events.emit('playStart', session));
      hooks.playStop.tap((session) => void events.emit('playStop', session));
    },
  });
}
