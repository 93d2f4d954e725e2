// A server that is edited under load: one live stream, with viewers of every protocol that check each packet.
import { freePorts } from '../helpers/net.ts';
import { followServer, LiveSource, watchAll } from '../helpers/reload.ts';

export type Config = Record<string, unknown>;

/** A server with the applications live and event, one stream of live, and a viewer of each protocol. */
export async function underLoad(extra: Config = {}) {
  const [rtmp, http, spare, spare2] = await freePorts(4);
  const ports = { rtmp: rtmp!, http: http!, spare: spare!, spare2: spare2! };
  const base: Config = {
    listen: `127.0.0.1:${ports.rtmp}`,
    flvport: `127.0.0.1:${ports.http}`,
    keepAfterUnpublishMs: 0,
    servers: [{ servername: 'live' }, { servername: 'event' }],
    ...extra,
  };
  const followed = await followServer(base);
  const url = `rtmp://127.0.0.1:${ports.rtmp}/live/movie`;
  const source = await LiveSource.start(url);
  const viewers = await watchAll(ports, 'live/movie');
  return { ...followed, followed, ports, base, url, source, viewers };
}
