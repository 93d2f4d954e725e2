// The floor as a server of the comparison: floor.mjs says what it is. It serves no users, so it runs on request only.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { absence, type ServerEntry } from './server-entry.ts';

export function floorEntry(root: string, name: string, mergeMs: number): ServerEntry {
  const program = join('bench', 'servers', 'floor.mjs');
  const built = existsSync(join(root, 'dist/core/protocol/rtmp/connection.js'));
  return {
    name,
    about: `${program}, ${mergeMs === 0 ? 'each message at once' : `messages of ${mergeMs} ms in one write`}`,
    role: 'peer',
    protocols: ['rtmp'],
    scenarios: [],
    ...absence(built ? undefined : 'dist/ does not exist: npm run build'),
    prepare: (folder, ports) => ({
      command: process.execPath,
      args: [join(root, program), String(ports.rtmp), String(mergeMs)],
      cwd: folder,
    }),
  };
}
