// livego as a process, with RTMP alone unless its config says otherwise.

import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { startChild } from '../processes/children.ts';

export function startLivego(root: string, file: string, config: object): ChildProcess {
  const off = { httpflv: 'disable', hls: 'disable', httpoper: 'disable', watch: { enabled: false } };
  writeFileSync(file, JSON.stringify({ ...off, servers: [{ servername: 'live' }], ...config }));
  const args = [join(root, 'bin', 'livego.js'), '--config_file', file, '--level', 'error'];
  return startChild(process.execPath, args, { stdio: 'ignore' });
}

export async function untilListening(port: number): Promise<void> {
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await sleep(100);
  }
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
