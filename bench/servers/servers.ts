// The servers that are compared.
//
// This room knows where each server comes from, how it is configured and how it is started. All listen on 127.0.0.1 only,
// log next to nothing, and serve the application `live`. What is measured on a running server is decided in rounds/.

import { floorEntry } from './floor.ts';
import { livegoEntry } from './livego.ts';
import { nginxEntry } from './nginx.ts';
import { nodeMediaServerEntry } from './node-media-server.ts';
import type { Peers } from './peers.ts';
import type { ServerEntry } from './server-entry.ts';
import { srsEntry } from './srs.ts';

export interface ServerOptions {
  readonly root: string;
  readonly peers: Peers;
  /** More options for livego's config, as JSON. */
  readonly livegoConfig: Record<string, unknown>;
}

/** All servers, in the order in which tables show them. */
export function serverList({ root, peers, livegoConfig }: ServerOptions): ServerEntry[] {
  return [
    livegoEntry(root, { name: 'livego', about: 'default options', config: livegoConfig }),
    {
      ...livegoEntry(root, {
        name: 'livego-unmerged',
        about: 'mergeWriteMs: 0',
        config: { ...livegoConfig, mergeWriteMs: 0 },
      }),
      scenarios: ['fanout-500', 'fanout-2000', 'latency-10'],
    },
    {
      ...livegoEntry(root, {
        name: 'livego-2-workers',
        about: 'workers: 2',
        config: { ...livegoConfig, workers: 2 },
      }),
      scenarios: ['workers-fanout', 'workers-streams', 'workers-delay', 'workers-joins'],
    },
    nginxEntry(peers.nginx),
    nodeMediaServerEntry(peers.nodeMediaServer),
    srsEntry(peers.srs, 'srs'),
    srsEntry(peers.srs, 'srs-low-latency'),
    floorEntry(root, 'node-floor', 0),
    floorEntry(root, 'node-floor-merged', 350),
  ];
}
