// This checkout's server.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { absence, APP, type Launch, type Ports, type ServerEntry } from './server-entry.ts';

export interface LivegoVariant {
  readonly name: string;
  readonly about: string;
  /** More options for its config. */
  readonly config: Record<string, unknown>;
}

export function livegoEntry(root: string, { name, about, config }: LivegoVariant): ServerEntry {
  const command = join(root, 'bin', 'livego.js');
  return {
    name,
    about,
    role: 'livego',
    protocols: ['rtmp', 'flv'],
    ...absence(existsSync(command) ? undefined : 'bin/livego.js does not exist'),
    prepare: (folder, ports) => launch(command, folder, ports, config),
  };
}

function launch(command: string, folder: string, ports: Ports, extra: Record<string, unknown>): Launch {
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
    args: [command, '--config_file', file, '--level', 'warn'],
    cwd: folder,
  };
}
