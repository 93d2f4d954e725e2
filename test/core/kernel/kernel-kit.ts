// A kernel of a test's own, stopped with the test, and a publisher and viewer without a socket.
import { onTestFinished } from 'vitest';
import type { Client } from '../../../core/client.ts';
import type { EndCause } from '../../../core/end-cause.ts';
import { Kernel } from '../../../core/kernel/kernel.ts';
import type { KernelSettings } from '../../../core/kernel/settings.ts';
import type { ServerContext } from '../../../core/plugin/plugin.ts';
import type { ReloadReport } from '../../../core/plugin/reload-report.ts';
import type { Arrival } from '../../../core/session/clients/arrival.ts';
import type { Connection } from '../../../core/session/clients/connection.ts';
import { Denial } from '../../../core/session/denial.ts';
import type { Publication } from '../../../core/session/publication.ts';
import type { Playback } from '../../../core/session/playback.ts';
import type { StreamTarget } from '../../../core/session/requests.ts';
import type { Stream } from '../../../core/stream/stream.ts';
import { pluginForTest, resolveForTest, type TestConfig } from '../../helpers/config.ts';
import { memoryLog, type MemoryLog } from '../../helpers/memory-log.ts';
import { FakeTransport, FLV, type Message, video, videoHeader } from '../stream/stream-kit.ts';

export interface TestKernel {
  readonly kernel: Kernel;
  readonly log: MemoryLog;
  reload(config: TestConfig): Promise<ReloadReport>;
  /** Reloads, and throws when the config is rejected. */
  apply(config: TestConfig): Promise<ReloadReport>;
  port(option: string): number;
}

export function kernelForTest(settings: KernelSettings = {}): TestKernel {
  const log = memoryLog();
  const kernel = new Kernel(log.log, settings);
  onTestFinished(async () => {
    await kernel.stop('the test is over');
    kernel.pool.destroyConnections();
  });
  const reload = (config: TestConfig): Promise<ReloadReport> => kernel.reload(resolveForTest(config));
  return {
    kernel,
    log,
    reload,
    apply: async (config) => {
      const report = await reload(config);
      if (report.outcome === 'rejected') throw new Error(report.error);
      return report;
    },
    port: (option) => {
      const address = kernel.addresses.find((each) => each.options.includes(option));
      if (!address) throw new Error(`nothing listens for ${option}`);
      return address.port;
    },
  };
}

export interface TestContext {
  readonly test: TestKernel;
  readonly context: ServerContext;
  /** The same config, with other options for the plugin: its instance is replaced. */
  replace(): Promise<void>;
}

/** The context of a plugin "one", for what a plugin may do at any time. */
export async function contextOf(declare: (context: ServerContext) => void = () => {}): Promise<TestContext> {
  const test = kernelForTest();
  const contexts: ServerContext[] = [];
  const plugin = pluginForTest('one', {
    server: (context) => {
      contexts.push(context);
      declare(context);
    },
  });
  const config = (value: number): TestConfig => ({
    definitions: [PROTOCOL, plugin],
    plugins: { one: { value } },
  });
  await test.apply(config(1));
  const [context] = contexts;
  if (!context) throw new Error('server() was not called');
  return { test, context, replace: async () => void (await test.apply(config(contexts.length + 1))) };
}

/** A protocol without a socket: what is published and played in its name needs it to be on. */
export const PROTOCOL = pluginForTest('test', {});

export type Target = StreamTarget & { readonly client: Omit<Client, 'id' | 'plugin'> };

export function requestFor(app = 'live', name = 'movie'): Target {
  const client = { protocol: 'test', remote: '192.0.2.1:5000' };
  return { client, app, name, query: new URLSearchParams() };
}

type Close = (cause: EndCause) => void;

const IGNORE: Close = () => {};

/** A client of the protocol "test". */
export function arrive({ kernel }: TestKernel, { client }: Target = requestFor()): Arrival {
  return kernel.admission.arrive('test', client);
}

/** A client that the connect gates admitted. */
export async function enter(test: TestKernel, target = requestFor()): Promise<Connection | Denial> {
  return arrive(test, target).enter(target.app, target.query, IGNORE);
}

/** The answer to a client that connects and wants to publish. */
export async function tryPublish(
  test: TestKernel,
  target = requestFor(),
  close = IGNORE,
): Promise<Publication | Denial> {
  const connection = await enter(test, target);
  return connection instanceof Denial ? connection : connection.publish(target, close);
}

/** The answer to a client that connects and wants to play. */
export async function tryPlay(
  test: TestKernel,
  target = requestFor(),
  close = IGNORE,
): Promise<Playback | Denial> {
  const connection = await enter(test, target);
  return connection instanceof Denial ? connection : connection.play(target, close);
}

/** What the value is unless it is a denial, which fails the test. */
export function admitted<Value>(value: Value | Denial): Value {
  if (value instanceof Denial) throw new Error(value.reason);
  return value;
}

export interface TestPublication {
  readonly publication: Publication;
  readonly stream: Stream;
}

/** A live stream: header, keyframe 1, frame 2. */
export async function publishTo(
  test: TestKernel,
  target = requestFor(),
  close = IGNORE,
): Promise<TestPublication> {
  const publication = admitted(await tryPublish(test, target, close));
  send(publication, videoHeader(0, 1), video(0, 1, 'key'), video(40, 2));
  return { publication, stream: test.kernel.hub.resolve(publication.stream!)! };
}

/** The publisher's next messages. */
export function send(publication: Publication, ...messages: readonly Message[]): void {
  for (const { description, timestamp, payload } of messages)
    publication.receive(description, timestamp, payload);
}

export interface TestViewer {
  readonly arrival: Arrival;
  readonly playback: Playback;
  readonly transport: FakeTransport;
}

export async function playFrom(test: TestKernel, target = requestFor(), close = IGNORE): Promise<TestViewer> {
  const arrival = arrive(test, target);
  const connection = admitted(await arrival.enter(target.app, target.query, IGNORE));
  const playback = admitted(await connection.play(target, close));
  const stream = admitted(await playback.findStream());
  const transport = new FakeTransport();
  admitted(playback.start(stream, FLV, transport));
  return { arrival, playback, transport };
}
