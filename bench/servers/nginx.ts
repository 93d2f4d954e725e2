// nginx with its rtmp module, unpacked from Debian's packages without being installed.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from '../processes/children.ts';
import { describeFailure, type Peer } from './peer.ts';
import { absence, APP, type Launch, type Ports, type ServerEntry } from './server-entry.ts';

export interface NginxPeer extends Peer {
  /** Path of the rtmp module. */
  readonly module: string;
}

export function nginxEntry(nginx: NginxPeer): ServerEntry {
  return {
    name: 'nginx-rtmp',
    about: nginx.about,
    role: 'peer',
    protocols: ['rtmp'],
    ...absence(nginx.missing),
    prepare: (folder, ports) => launch(nginx, folder, ports),
  };
}

/** Unpacks nginx into `folder` if it is not there yet. */
export function prepareNginx(folder: string): NginxPeer {
  const root = join(folder, 'root');
  const path = join(root, 'usr/sbin/nginx');
  const module = join(root, 'usr/lib/nginx/modules/ngx_rtmp_module.so');
  try {
    if (!existsSync(path) || !existsSync(module)) unpackDebian(folder, root, ['nginx', 'libnginx-mod-rtmp']);
    if (runToEnd('ldd', [path]).includes('not found')) installLibraries(folder);
    runToEnd(path, ['-v']);
    // -V prints to the error output, which runToEnd does not return; the packages' names tell the versions as well.
    const [version, rtmp] = [packageVersion(folder, 'nginx_'), packageVersion(folder, 'libnginx')];
    return { path, module, about: `nginx ${version}, rtmp module ${rtmp.replace('%3a', ':')}` };
  } catch (error) {
    return { path, module, about: 'nginx with its rtmp module', missing: describeFailure(error) };
  }
}

function unpackDebian(folder: string, root: string, packages: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  try {
    runToEnd('apt-get', ['download', ...packages], { cwd: folder });
  } catch (error) {
    // A machine that has never refreshed its package lists knows no packages. Only root can refresh them.
    if (process.getuid?.() !== 0) throw error;
    runToEnd('apt-get', ['update']);
    runToEnd('apt-get', ['download', ...packages], { cwd: folder });
  }
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.deb')) runToEnd('dpkg-deb', ['-x', join(folder, name), root]);
  }
}

function installLibraries(folder: string): void {
  const depends = runToEnd('dpkg-deb', ['-f', join(folder, packageFile(folder, 'nginx_')), 'Depends']);
  const libraries = depends.split(',').map((one) => one.trim().split(' ')[0] ?? '');
  const names = libraries.filter((name) => name.startsWith('lib') || name.startsWith('zlib'));
  if (process.getuid?.() !== 0) {
    throw new Error(`libraries are missing; as root: apt-get install ${names.join(' ')}`);
  }
  runToEnd('apt-get', ['install', '-y', '--no-install-recommends', ...names]);
}

function packageFile(folder: string, prefix: string): string {
  return readdirSync(folder).find((name) => name.startsWith(prefix)) ?? '';
}

function packageVersion(folder: string, prefix: string): string {
  return packageFile(folder, prefix).split('_')[1] ?? '';
}

function launch(nginx: NginxPeer, folder: string, ports: Ports): Launch {
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
