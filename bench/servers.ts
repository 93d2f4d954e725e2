// The servers that are compared: how each is configured and started. All listen on 127.0.0.1 only, log next to
// nothing, and serve the application `live`.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Peers } from './peers.ts';
import type { ViewerProtocol } from './scenarios.ts';

export const APP = 'live';

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

export interface ServerEntry {
  readonly name: string;
  readonly about: string;
  readonly protocols: readonly ViewerProtocol[];
  /** Ours, or who we are compared with. */
  readonly role: 'livego' | 'peer';
  /** The scenarios it takes part in unless it is asked for by name; all when absent, none when empty. */
  readonly scenarios?: readonly string[];
  /** Why it cannot take part on this machine. */
  readonly missing?: string;
  /** Writes its config into `folder` (empty, for this run alone). */
  prepare(folder: string, ports: { rtmp: number; http: number }): Launch;
}

export interface ServerOptions {
  readonly root: string;
  readonly peers: Peers;
  /** More options for livego's config, as JSON. */
  readonly livegoConfig: Record<string, unknown>;
}

export function serverList({ root, peers, livegoConfig }: ServerOptions): ServerEntry[] {
  const livego = (name: string, about: string, extra: Record<string, unknown>): ServerEntry => ({
    name,
    about,
    role: 'livego',
    protocols: ['rtmp', 'flv'],
    ...(existsSync(join(root, 'bin/livego.js')) ? {} : { missing: 'bin/livego.js does not exist' }),
    prepare: (folder, ports) => launchLivego(root, folder, ports, { ...livegoConfig, ...extra }),
  });
  return [
    livego('livego', 'default options', {}),
    {
      ...livego('livego-unmerged', 'mergeWriteMs: 0', { mergeWriteMs: 0 }),
      scenarios: ['fanout-500', 'fanout-2000', 'latency-10'],
    },
    {
      name: 'nginx-rtmp',
      about: peers.nginx.about,
      role: 'peer',
      protocols: ['rtmp'],
      ...(peers.nginx.missing === undefined ? {} : { missing: peers.nginx.missing }),
      prepare: (folder, ports) => launchNginx(peers.nginx, folder, ports),
    },
    {
      name: 'node-media-server',
      about: peers.nodeMediaServer.about,
      role: 'peer',
      protocols: ['rtmp', 'flv'],
      ...(peers.nodeMediaServer.missing === undefined ? {} : { missing: peers.nodeMediaServer.missing }),
      prepare: (folder, ports) => launchNodeMediaServer(peers.nodeMediaServer.path, folder, ports),
    },
    ...(['srs', 'srs-low-latency'] as const).map((name): ServerEntry => ({
      name,
      about: peers.srs.about,
      role: 'peer',
      protocols: ['rtmp', 'flv'],
      ...(peers.srs.missing === undefined ? {} : { missing: peers.srs.missing }),
      prepare: (folder, ports) => launchSrs(peers.srs.path, folder, ports, name),
    })),
    floor(root, 'node-floor', 0),
    floor(root, 'node-floor-merged', 350),
  ];
}

/** What every server in Node costs at least: nothing but socket.write. It serves no users, so it is run on request. */
function floor(root: string, name: string, mergeMs: number): ServerEntry {
  const built = existsSync(join(root, 'dist/core/protocol/rtmp/connection.js'));
  return {
    name,
    about: `bench/floor.mjs, ${mergeMs === 0 ? 'each message at once' : `messages of ${mergeMs} ms in one write`}`,
    role: 'peer',
    protocols: ['rtmp'],
    scenarios: [],
    ...(built ? {} : { missing: 'dist/ does not exist: npm run build' }),
    prepare: (folder, ports) => ({
      command: process.execPath,
      args: [join(root, 'bench/floor.mjs'), String(ports.rtmp), String(mergeMs)],
      cwd: folder,
    }),
  };
}

interface Ports {
  readonly rtmp: number;
  readonly http: number;
}

function launchLivego(root: string, folder: string, ports: Ports, extra: Record<string, unknown>): Launch {
  const file = join(folder, 'livego.json5');
  const config = {
    listen: `127.0.0.1:${ports.rtmp}`,
    httpflv: 'enable',
    flvport: `127.0.0.1:${ports.http}`,
    hls: 'disable',
    httpoper: 'disable',
    engineEnable: 'disable',
    servers: [{ servername: APP }],
    ...extra,
  };
  writeFileSync(file, JSON.stringify(config, null, 2));
  return {
    command: process.execPath,
    args: [join(root, 'bin', 'livego.js'), '--config_file', file, '--level', 'warn'],
    cwd: folder,
  };
}

function launchNginx(nginx: Peers['nginx'], folder: string, ports: Ports): Launch {
  const file = join(folder, 'nginx.conf');
  const config = [
    `load_module ${nginx.module};`,
    // Only root may change the user, and the user that Debian compiled in need not exist.
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'daemon off;',
    'worker_processes 1;',
    'worker_rlimit_nofile 20000;',
    `pid ${join(folder, 'nginx.pid')};`,
    `error_log ${join(folder, 'error.log')} error;`,
    'events { worker_connections 10000; }',
    'rtmp {',
    '  access_log off;',
    `  server { listen 127.0.0.1:${ports.rtmp}; chunk_size 4096; application ${APP} { live on; } }`,
    '}',
  ];
  writeFileSync(file, `${config.join('\n')}\n`);
  return {
    command: nginx.path,
    args: ['-e', join(folder, 'error.log'), '-p', folder, '-c', file],
    cwd: folder,
  };
}

function launchNodeMediaServer(path: string, folder: string, ports: Ports): Launch {
  const file = join(folder, 'config.json');
  const config = {
    bind: '127.0.0.1',
    notify: { url: '' },
    store: { path: join(folder, 'data'), maxHistory: 100 },
    auth: { play: false, publish: false, secret: 'bench' },
    rtmp: { port: ports.rtmp },
    http: { port: ports.http },
    webadmin: { enable: false },
    record: { auto: false, path: join(folder, 'record') },
  };
  writeFileSync(file, JSON.stringify(config, null, 2));
  return { command: process.execPath, args: [path, '--config', file, '--no-admin'], cwd: folder };
}

function launchSrs(path: string, folder: string, ports: Ports, name: 'srs' | 'srs-low-latency'): Launch {
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
