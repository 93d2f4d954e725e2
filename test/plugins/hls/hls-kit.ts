// A server whose streams a test publishes packet by packet, without a socket.
import type { Response } from 'light-my-request';
import type { MediaPacket } from '../../../core/media/packet.ts';
import type { PluginDefinition } from '../../../core/plugin/plugin.ts';
import { Denial } from '../../../core/session/denial.ts';
import type { StreamProvider } from '../../../core/session/providers/provider.ts';
import type { Publication } from '../../../core/session/publication.ts';
import type { LivegoServer } from '../../../core/server.ts';
import { TestClients, type TestPublisher } from '../../../testing/test-clients.ts';
import { aacFrame, aacHeader, slice, videoFrame, videoHeader } from '../../core/media/mpegts/flv-packets.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { startServer, type StartOptions, type TestConfig, type TestServer } from '../../helpers/server.ts';

export type Headers = Readonly<Record<string, string>>;

export class HlsServer {
  readonly test: TestServer;
  readonly #clients: TestClients;
  #config: TestConfig;

  /** @param clients - publish without a socket; their plugin has to be among the server's */
  constructor(test: TestServer, clients: TestClients = new TestClients(), config: TestConfig = {}) {
    this.test = test;
    this.#clients = clients;
    this.#config = config;
  }

  get(url: string, headers: Headers = {}, method: 'GET' | 'HEAD' | 'OPTIONS' = 'GET'): Promise<Response> {
    return this.test.server.inject('hls.port', { method, url, headers: { ...headers } });
  }

  /** The media playlist that the address of the stream leads to, and its URL. */
  async media(path = '/live/movie.m3u8'): Promise<{ url: string; text: string }> {
    const master = await this.get(path);
    if (master.statusCode !== 200) throw new Error(`${master.statusCode}: ${master.body}`);
    const url = resolve(path, uris(master.body)[0]!);
    const media = await this.get(url);
    if (media.statusCode !== 200) throw new Error(`${media.statusCode}: ${media.body}`);
    return { url, text: media.body };
  }

  /** As `get`, and follows a redirect, as players do. */
  async follow(path: string): Promise<Response> {
    const first = await this.get(path);
    const { location } = first.headers;
    return typeof location === 'string' ? this.get(resolve(path, location)) : first;
  }

  async publish(name = 'movie', app = 'live'): Promise<TestPublication> {
    const encoded = name.split('/').map(encodeURIComponent).join('/');
    const publisher = await this.#clients.publish(`${app}/${encoded}`);
    if (publisher instanceof Denial) throw new Error(publisher.reason);
    return new TestPublication(publisher);
  }

  /** Applies changed options of HLS, or switches it off. Throws when the config is rejected. */
  reload(options: Readonly<Record<string, unknown>> | false): Promise<void> {
    return this.apply({ hls: options !== false && { ...this.#config.hls, ...options } });
  }

  /** Applies a config with these changes. Throws when it is rejected. */
  async apply(changes: TestConfig): Promise<void> {
    this.#config = { ...this.#config, ...changes };
    const report = await this.test.reload(this.#config);
    if (report.outcome === 'rejected') throw new Error(report.error);
  }

  metric(name: string): number {
    return metric(this.test.server, name);
  }
}

/** The value of a metric without labels. */
export function metric(server: LivegoServer, name: string): number {
  const value = server.metrics().find((sample) => sample.metric.name === name)?.value;
  if (typeof value === 'number') return value;
  throw new Error(`there is no number called ${name} among the metrics`);
}

export class TestPublication {
  readonly session: string;
  readonly #publisher: TestPublisher;
  /** Where `run` continues, in milliseconds. */
  time = 0;

  constructor(publisher: TestPublisher) {
    this.session = publisher.publication.session.id;
    this.#publisher = publisher;
  }

  send(...packets: readonly MediaPacket[]): this {
    this.#publisher.send(...packets);
    return this;
  }

  headers(): this {
    return this.send(videoHeader(), aacHeader());
  }

  /** Seconds of H.264 with 25 frames a second and a keyframe each second, and AAC beside it. */
  run(seconds: number, keyframeEvery = 1000): this {
    const end = this.time + seconds * 1000;
    for (; this.time < end; this.time += 40) {
      const keyframe = this.time % keyframeEvery === 0;
      this.send(
        videoFrame(this.time, frame(keyframe), { keyframe }),
        aacFrame(this.time + 15, slice(0x21, 90)),
      );
    }
    return this;
  }

  /** @param deliberate - it announces its end, as encoders do */
  leave(deliberate = false): void {
    this.#publisher.publication.end({ code: 'left', message: 'the test leaves', deliberate });
    this.#publisher.leave();
  }
}

const FRAMES = [frameOf(1), frameOf(5)];

function frame(keyframe: boolean): Buffer {
  return FRAMES[keyframe ? 1 : 0]!;
}

function frameOf(type: number): Buffer {
  const unit = slice(0x60 | type, type === 5 ? 900 : 300);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(unit.length);
  return Buffer.concat([length, unit]);
}

export async function startHls(
  hls: Readonly<Record<string, unknown>> = {},
  { config = {}, plugins = [] }: StartOptions = {},
): Promise<HlsServer> {
  const clients = new TestClients();
  // No request waits here, for a second segment or for a publisher to return: packets come at once, not in real time.
  const options = { startupDelaySeconds: 0, publisherGraceSeconds: 0, ...hls };
  const whole = { ...config, hls: options };
  const test = await startServer({ config: whole, plugins: [...plugins, clients.definition] });
  return new HlsServer(test, clients, whole);
}

/** Lines of a playlist that are no tags. */
export function uris(playlist: string): string[] {
  return playlist.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

export function resolve(base: string, uri: string): string {
  const url = new URL(uri, new URL(base, 'http://test'));
  return url.pathname + url.search;
}

/** Numbers of the segments in a playlist. */
export function numbers(playlist: string): number[] {
  return uris(playlist).map((uri) => Number(/(\d+)\.ts$/.exec(uri)![1]));
}

export function tag(playlist: string, name: string): string | undefined {
  return new RegExp(`^#${name}:(.*)$`, 'm').exec(playlist)?.[1];
}

/** A plugin that publishes live/low, a copy of live/movie in another quality, as often as it is started. */
export function copyOfMovie(): { readonly copy: PluginDefinition; readonly copies: readonly Publication[] } {
  const copies: Publication[] = [];
  const provider: StreamProvider = {
    description: 'a copy',
    renditionOf: 'movie',
    start: (publication) => void copies.push(publication),
    stop: () => {},
  };
  const copy = pluginForTest('copy', {
    server: (context) =>
      context.onActivate(() => void context.provide({ app: 'live', name: 'low' }, provider)),
  });
  return { copy, copies };
}
