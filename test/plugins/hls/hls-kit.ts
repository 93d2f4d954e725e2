// A server whose streams a test publishes packet by packet, without a socket.
import type { PluginSetting } from '../../../core/config.ts';
import { Denial } from '../../../core/session/denial.ts';
import type { MediaPacket } from '../../../core/media/packet.ts';
import type { Publication } from '../../../core/session/publication.ts';
import type { EndCause } from '../../../core/session/session.ts';
import type { Response } from 'light-my-request';
import { startServer, type StartOptions, type TestServer } from '../../helpers/server.ts';
import { aacFrame, aacHeader, slice, videoFrame, videoHeader } from '../../core/media/mpegts/flv-packets.ts';

export type Headers = Readonly<Record<string, string>>;

export class HlsServer {
  readonly test: TestServer;

  constructor(test: TestServer) {
    this.test = test;
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

  async publish(name = 'movie', app = 'live'): Promise<TestPublication> {
    const client = { id: 'test', plugin: 'rtmp', protocol: 'test', remote: 'test' };
    const request = { client, app, name, query: new URLSearchParams() };
    const { admission } = this.test.server.kernel;
    const publication = await admission.publish(request, (cause) => publication_.end(cause));
    if (publication instanceof Denial) throw new Error(publication.reason);
    const publication_ = publication;
    return new TestPublication(publication, (cause) => admission.unpublish(publication, cause));
  }

  /** A reload with other options of HLS, or without it; `onRemove` is the applications'. */
  async reload(options: Readonly<Record<string, unknown>> | false, onRemove: 'drain' | 'close' = 'drain') {
    const { kernel } = this.test.server;
    const config = kernel.generation.config!;
    const change = (plugins: ReadonlyMap<string, PluginSetting>): ReadonlyMap<string, PluginSetting> =>
      new Map(
        [...plugins].map(([name, setting]) => {
          if (name !== 'hls') return [name, setting] as const;
          const changed = { ...setting.options, ...(options === false ? {} : options) };
          return [name, { enabled: options !== false, options: changed }] as const;
        }),
      );
    const apps = config.apps.map((app) => ({
      ...app,
      options: { ...app.options, onRemove },
      plugins: change(app.plugins),
    }));
    const report = await kernel.reload({ ...config, apps, plugins: change(config.plugins) });
    if (report.outcome === 'refused') throw new Error(report.error);
  }

  figure(name: string): number {
    return Number(this.test.server.figures().get(name));
  }
}

export class TestPublication {
  readonly publication: Publication;
  readonly #unpublish: (cause: EndCause) => void;
  /** Where `run` goes on, in milliseconds. */
  time = 0;

  constructor(publication: Publication, unpublish: (cause: EndCause) => void) {
    this.publication = publication;
    this.#unpublish = unpublish;
  }

  send(...packets: readonly MediaPacket[]): this {
    for (const packet of packets) this.publication.write(packet, packet.timestamp, packet.payload);
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

  leave(deliberate = false): void {
    this.#unpublish({ code: 'left', message: 'the test leaves', deliberate });
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
  { config = {}, ...rest }: StartOptions = {},
): Promise<HlsServer> {
  // Nobody waits here, for a second segment or for a publisher to return: packets come at once and not in real time.
  const options = { headStartSeconds: 0, endAfterSeconds: 0, ...hls };
  return new HlsServer(await startServer({ ...rest, config: { ...config, hls: options } }));
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
