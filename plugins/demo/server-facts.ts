// What the page shows: the live streams, and the addresses at which this server serves and takes them.
import type { ServerContext } from 'livego';
import type { LiveList } from './live-streams.ts';

/** The protocol that an option serves. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  'rtmp.port': 'rtmp',
  'rtmp.tls.port': 'rtmps',
  'httpflv.port': 'http-flv',
  'httpflv.tls.port': 'https-flv',
  'hls.port': 'hls',
  'hls.tls.port': 'hls-tls',
};

export interface ServerFacts extends LiveList {
  /** Names of the applications; a pattern such as "event-*" is none. */
  readonly applications: readonly string[];
  /** The port here that the page was asked at. Behind a proxy it is another one than the page's address has. */
  readonly port: number | undefined;
  /** Ports by protocol. */
  readonly ports: Readonly<Record<string, number>>;
}

type Context = Pick<ServerContext, 'addresses' | 'config'>;

/** @param port - where the question has come to */
export function describeServer(context: Context, port: number | undefined, live: LiveList): ServerFacts {
  const names = context.config.current()?.apps.map(({ servername }) => servername) ?? [];
  const ports = context
    .addresses()
    .flatMap(({ options, port }) => options.map((option) => [PROTOCOLS[option] ?? '', port] as const));
  return {
    applications: names.filter((name) => !name.includes('*')),
    port,
    ports: Object.fromEntries(ports.filter(([protocol]) => protocol !== '')),
    ...live,
  };
}
