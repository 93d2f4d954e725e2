// node-media-server, installed from npm into a folder of its own.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from '../processes/children.ts';
import { describeFailure, type Peer } from './peer.ts';
import { absence, type Launch, type Ports, type ServerEntry } from './server-entry.ts';

export function nodeMediaServerEntry({ path, about, missing }: Peer): ServerEntry {
  return {
    name: 'node-media-server',
    about,
    role: 'peer',
    protocols: ['rtmp', 'flv'],
    ...absence(missing),
    prepare: (folder, ports) => launch(path, folder, ports),
  };
}

/** Installs it into `folder` if it is not there yet. */
export function prepareNodeMediaServer(folder: string): Peer {
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
    return { path, about: 'node-media-server 4', missing: describeFailure(error) };
  }
}

function launch(path: string, folder: string, ports: Ports): Launch {
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
