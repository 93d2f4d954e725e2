// What the page shows: the live streams, and the addresses at which this server serves and takes them.
import type { ServerContext, StreamRecord } from 'livego';

/** More streams than this are not listed; the page says how many there are. */
const MAX_STREAMS = 200;

/** The protocol that an option serves. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  'rtmp.port': 'rtmp',
  'rtmp.tls.port': 'rtmps',
  'httpflv.port': 'http-flv',
  'httpflv.tls.port': 'https-flv',
  'hls.port': 'hls',
  'hls.tls.port': 'hls-tls',
};

export interface ServerFacts {
  /** Names of the applications; a pattern such as "event-*" is none. */
  readonly applications: readonly string[];
  /** The port here that the page was asked at. Behind a proxy it is another one than the page's address has. */
  readonly port: number | undefined;
  /** Ports by protocol. */
  readonly ports: Readonly<Record<string, number>>;
  readonly streams: readonly StreamFacts[];
  readonly streamCount: number;
}

export interface StreamFacts {
  readonly app: string;
  /** Undefined where it may be a secret: then the stream is listed and cannot be played from here. */
  readonly name: string | undefined;
  readonly title: string;
  readonly seconds: number;
  readonly viewers: number;
  readonly video: string | undefined;
  readonly audio: string | undefined;
}

type Context = Pick<ServerContext, 'addresses' | 'config' | 'everywhere'>;

/**
 * A browser reaches any worker, and is told of the streams of all.
 *
 * @param port - where the question has come to
 */
export async function describeServer(context: Context, port: number | undefined): Promise<ServerFacts> {
  const live = (await context.everywhere.streams()).filter(({ state }) => state === 'live');
  const names = context.config.current()?.apps.map(({ servername }) => servername) ?? [];
  const ports = context
    .addresses()
    .flatMap(({ options, port }) => options.map((option) => [PROTOCOLS[option] ?? '', port] as const));
  return {
    applications: names.filter((name) => !name.includes('*')),
    port,
    ports: Object.fromEntries(ports.filter(([protocol]) => protocol !== '')),
    streams: live.slice(0, MAX_STREAMS).map((stream) => describeStream(stream)),
    streamCount: live.length,
  };
}

function describeStream({
  app,
  name,
  key,
  displayKey,
  startedAt,
  viewerCount,
  tracks,
}: StreamRecord): StreamFacts {
  return {
    app,
    name: key === displayKey ? name : undefined,
    title: displayKey,
    seconds: Math.round((Date.now() - startedAt.getTime()) / 1000),
    viewers: viewerCount,
    video: tracks.video,
    audio: tracks.audio,
  };
}
