// Gets the servers that ours is compared with. They live in bench/.peers and never become part of the project.

import { join } from 'node:path';
import { prepareNginx, type NginxPeer } from './nginx.ts';
import { prepareNodeMediaServer } from './node-media-server.ts';
import { NOT_REQUESTED, type Peer } from './peer.ts';
import { prepareSrs } from './srs.ts';

export interface Peers {
  readonly nginx: NginxPeer;
  readonly nodeMediaServer: Peer;
  readonly srs: Peer;
}

/** @param folder bench/.peers
 *  @param wanted names of the servers that will run; nothing is fetched for the others.
 *  @param srs path of an SRS binary. */
export function preparePeers(
  folder: string,
  wanted: (name: string) => boolean,
  srs: string | undefined,
): Peers {
  return {
    nginx: wanted('nginx-rtmp') ? prepareNginx(join(folder, 'nginx')) : { ...NOT_REQUESTED, module: '' },
    nodeMediaServer: wanted('node-media-server')
      ? prepareNodeMediaServer(join(folder, 'nms'))
      : NOT_REQUESTED,
    srs: prepareSrs(srs),
  };
}
