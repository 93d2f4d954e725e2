// The servers that answer the requests: livego, which makes the answers, and two that repeat them.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { startChild } from '../processes/children.ts';
import { startLivego } from '../relay/livego-process.ts';
import type { NginxPeer } from '../servers/nginx.ts';
import type { Answer } from './answer.ts';

/** Without sessions in one application, with them in the other. Each worker's own port would show; they share these. */
export function startLivegoWithHls(
  root: string,
  file: string,
  { rtmp, http, workers }: { readonly rtmp: number; readonly http: number; readonly workers: number },
): ChildProcess {
  return startLivego(root, file, {
    listen: `127.0.0.1:${rtmp}`,
    hls: { port: `127.0.0.1:${http}` },
    workers,
    servers: [{ servername: 'live' }, { servername: 'open', hls: { sessionTokens: 'none' } }],
  });
}

export function startBare(root: string, folder: string, port: number, answer: Answer): ChildProcess {
  const file = join(folder, 'answer.json');
  const { headers, body } = answer;
  writeFileSync(file, JSON.stringify({ headers: headers.flat(), body: body.toString('base64') }));
  const program = join(root, 'bench', 'hls-requests', 'bare.mjs');
  return startChild(process.execPath, [program, String(port), file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

export function startNginx(
  nginx: NginxPeer,
  folder: string,
  port: number,
  { headers, body }: Answer,
): ChildProcess {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'body'), body);
  const own = new Set(['content-type', 'content-length', 'etag', 'accept-ranges']);
  const type = headers.find(([name]) => name === 'content-type')?.[1] ?? '';
  const added = headers
    .filter(([name]) => !own.has(name))
    .map(([name, value]) => `add_header ${name} "${value}";`);
  const config = [
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'daemon off; worker_processes 1; worker_rlimit_nofile 20000;',
    `pid ${join(folder, 'nginx.pid')}; error_log ${join(folder, 'error.log')} error;`,
    'events { worker_connections 10000; }',
    'http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;',
    ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (each) => `${each}_temp_path ${join(folder, each)};`,
    ),
    `server { listen 127.0.0.1:${port}; root ${folder}; location / { rewrite ^ /body break; default_type ${type}; ${added.join(' ')} } } }`,
  ];
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, `${config.join('\n')}\n`);
  return startChild(nginx.path, ['-e', join(folder, 'error.log'), '-p', folder, '-c', file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
