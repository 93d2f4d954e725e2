// SRS. There is no package of it, so its binary comes from the command line.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Peer } from './peer.ts';
import { absence, type Launch, type Ports, type ServerEntry } from './server-entry.ts';

type Variant = 'srs' | 'srs-low-latency';

export function srsEntry({ path, about, missing }: Peer, name: Variant): ServerEntry {
  return {
    name,
    about,
    role: 'peer',
    protocols: ['rtmp', 'flv'],
    ...absence(missing),
    prepare: (folder, ports) => launch(path, folder, ports, name),
  };
}

export function prepareSrs(path: string | undefined): Peer {
  if (path === undefined) return { path: '', about: 'SRS', missing: 'give its binary with --srs PATH' };
  if (!existsSync(path)) return { path, about: 'SRS', missing: `${path} does not exist` };
  return { path, about: `SRS (${path})` };
}

function launch(path: string, folder: string, ports: Ports, name: Variant): Launch {
  const file = join(folder, 'srs.conf');
  mkdirSync(join(folder, 'html'));
  const lowLatency = 'tcp_nodelay on; min_latency on; play { mw_latency 0; }';
  const config = [
    `listen 127.0.0.1:${ports.rtmp};`,
    'max_connections 10000;',
    'daemon off;',
    'srs_log_tank console;',
    'srs_log_level error;',
    `pid ${join(folder, 'srs.pid')};`,
    'http_api { enabled off; }',
    `http_server { enabled on; listen 127.0.0.1:${ports.http}; dir ${join(folder, 'html')}; }`,
    'vhost __defaultVhost__ {',
    '  chunk_size 4096;',
    '  http_remux { enabled on; mount [vhost]/[app]/[stream].flv; }',
    ...(name === 'srs' ? [] : [`  ${lowLatency}`]),
    '}',
  ];
  writeFileSync(file, `${config.join('\n')}\n`);
  return { command: path, args: ['-c', file], cwd: folder };
}
