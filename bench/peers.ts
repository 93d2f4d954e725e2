// Gets the servers we are compared with. They live in bench/.peers and never become part of the project: nginx is
// unpacked from Debian's packages without being installed, node-media-server comes from npm into a folder of its own.

import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from './children.ts';

export interface Peer {
  /** The program to start. */
  readonly path: string;
  /** Name and version, for the report. */
  readonly about: string;
  /** Why it is not there. */
  readonly missing?: string;
}

export interface Peers {
  readonly nginx: Peer & { readonly module: string };
  readonly nodeMediaServer: Peer;
  readonly srs: Peer;
}

/** @param folder bench/.peers
 *  @param wanted names of the servers that will run; nothing is fetched for the others.
 *  @param srs path of an SRS binary that the caller has built; it cannot be had from a package. */
export function preparePeers(
  folder: string,
  wanted: (name: string) => boolean,
  srs: string | undefined,
): Peers {
  return {
    nginx: wanted('nginx-rtmp') ? prepareNginx(join(folder, 'nginx')) : { ...notAsked, module: '' },
    nodeMediaServer: wanted('node-media-server') ? prepareNodeMediaServer(join(folder, 'nms')) : notAsked,
    srs: prepareSrs(srs),
  };
}

export const notAsked: Peer = { path: '', about: '', missing: 'not asked for' };

function prepareNginx(folder: string): Peers['nginx'] {
  const root = join(folder, 'root');
  const path = join(root, 'usr/sbin/nginx');
  const module = join(root, 'usr/lib/nginx/modules/ngx_rtmp_module.so');
  try {
    if (!existsSync(path) || !existsSync(module)) unpackDebian(folder, root, ['nginx', 'libnginx-mod-rtmp']);
    const libraries = runToEnd('ldd', [path]);
    if (libraries.includes('not found')) installLibraries(folder);
    // -V prints to the error output, which runToEnd keeps to itself; the package's name says the same.
    const version =
      readdirSync(folder)
        .find((name) => name.startsWith('nginx_'))
        ?.split('_')[1] ?? '';
    const rtmp =
      readdirSync(folder)
        .find((name) => name.startsWith('libnginx'))
        ?.split('_')[1] ?? '';
    runToEnd(path, ['-v']);
    return { path, module, about: `nginx ${version}, rtmp module ${rtmp.replace('%3a', ':')}` };
  } catch (error) {
    return { path, module, about: 'nginx with its rtmp module', missing: reason(error) };
  }
}

function unpackDebian(folder: string, root: string, packages: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  try {
    runToEnd('apt-get', ['download', ...packages], { cwd: folder });
  } catch (error) {
    // A machine that has never refreshed its package lists knows no packages; only root can.
    if (process.getuid?.() !== 0) throw error;
    runToEnd('apt-get', ['update']);
    runToEnd('apt-get', ['download', ...packages], { cwd: folder });
  }
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.deb')) runToEnd('dpkg-deb', ['-x', join(folder, name), root]);
  }
}

function installLibraries(folder: string): void {
  const packageFile = readdirSync(folder).find((name) => name.startsWith('nginx_')) ?? '';
  const depends = runToEnd('dpkg-deb', ['-f', join(folder, packageFile), 'Depends']);
  const libraries = depends.split(',').map((one) => one.trim().split(' ')[0] ?? '');
  const names = libraries.filter((name) => name.startsWith('lib') || name.startsWith('zlib'));
  if (process.getuid?.() !== 0) {
    throw new Error(`libraries are missing; as root: apt-get install ${names.join(' ')}`);
  }
  runToEnd('apt-get', ['install', '-y', '--no-install-recommends', ...names]);
}

function prepareNodeMediaServer(folder: string): Peer {
  const home = join(folder, 'node_modules/node-media-server');
  const path = join(home, 'bin/app.js');
  try {
    if (!existsSync(path)) {
      mkdirSync(folder, { recursive: true });
      runToEnd('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', 'node-media-server@4']);
    }
    const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
    return { path, about: `node-media-server ${version}` };
  } catch (error) {
    return { path, about: 'node-media-server 4', missing: reason(error) };
  }
}

function prepareSrs(path: string | undefined): Peer {
  if (path === undefined) return { path: '', about: 'SRS', missing: 'give its binary with --srs PATH' };
  if (!existsSync(path)) return { path, about: 'SRS', missing: `${path} does not exist` };
  return { path, about: `SRS (${path})` };
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message.split('\n').slice(0, 3).join(' ') : String(error);
}
