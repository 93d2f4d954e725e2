// Other servers as processes: nginx with its rtmp module, livego itself, and those that the environment names.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { prepareNginx } from '../../../bench/servers/nginx.ts';
import { nodeMediaServerEntry } from '../../../bench/servers/node-media-server.ts';
import type { ServerEntry } from '../../../bench/servers/server-entry.ts';
import { srsEntry } from '../../../bench/servers/srs.ts';
import { connectTo, freePorts } from '../../helpers/net.ts';
import { RunningProgram } from '../../helpers/programs/running-program.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

export interface PeerProcess {
  /** rtmp://127.0.0.1:PORT/PATH */
  rtmp(path: string): string;
  readonly program: RunningProgram;
  /** Starts it again on the same port, after it has ended. */
  restart(): Promise<PeerProcess>;
}

/** Debian's nginx, unpacked beside the benchmark's peers. `missing` says why it cannot be had. */
export function findNginx() {
  return prepareNginx(join(ROOT, 'bench', '.peers', 'nginx'));
}

/** @param rules - of the application "live" */
export async function startNginx(rules: readonly string[] = []): Promise<PeerProcess> {
  const { path, module } = findNginx();
  const folder = temporaryFolder();
  const [port] = await freePorts(1);
  const file = join(folder, 'nginx.conf');
  const log = join(folder, 'error.log');
  const config = [
    `load_module ${module};`,
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'daemon off;',
    // One process: a signal reaches all of it.
    'master_process off;',
    `pid ${join(folder, 'nginx.pid')};`,
    `error_log ${log} error;`,
    'events { }',
    `rtmp { access_log off; server { listen 127.0.0.1:${port}; application live { live on; ${rules.join(' ')} } } }`,
  ];
  writeFileSync(file, `${config.join('\n')}\n`);
  return startPeer([path, '-e', log, '-p', folder, '-c', file], port!);
}

/** A livego of its own, as its users run it. */
export async function startLivego(config: Readonly<Record<string, unknown>> = {}): Promise<PeerProcess> {
  const [port] = await freePorts(1);
  const file = join(temporaryFolder(), 'livego.json5');
  const plain = {
    listen: `127.0.0.1:${port}`,
    httpflv: 'disable',
    hls: 'disable',
    httpoper: 'disable',
    watch: { enabled: false },
  };
  writeFileSync(file, JSON.stringify({ ...plain, servers: [{ servername: 'live' }], ...config }));
  return startPeer([process.execPath, join(ROOT, 'bin', 'livego.js'), '--config_file', file], port!);
}

/** Servers that are tested only where somebody has built or installed them: by name, with how they are started. */
export function namedPeers(): readonly (readonly [string, () => Promise<PeerProcess>])[] {
  const { SRS: srs, NODE_MEDIA_SERVER: nodeMediaServer } = process.env;
  return [
    ...(srs === undefined ? [] : [srsEntry({ path: srs, about: 'SRS' }, 'srs')]),
    ...(nodeMediaServer === undefined ? [] : [nodeMediaServerEntry({ path: nodeMediaServer, about: '' })]),
  ].map((entry) => [entry.name, () => startEntry(entry)] as const);
}

async function startEntry(entry: ServerEntry): Promise<PeerProcess> {
  const [rtmp, http] = (await freePorts(2)) as [number, number];
  const { command, args } = entry.prepare(temporaryFolder(), { rtmp, http });
  return startPeer([command, ...args], rtmp);
}

async function startPeer(command: readonly [string, ...string[]], port: number): Promise<PeerProcess> {
  const program = new RunningProgram(command, { deadlineMs: 60_000 });
  await untilListening(program, port);
  return {
    program,
    rtmp: (path) => `rtmp://127.0.0.1:${port}/${path}`,
    restart: () => startPeer(command, port),
  };
}

/** Rejected if the program ends before it listens. */
export async function untilListening(program: RunningProgram, port: number): Promise<void> {
  while (program.running) {
    try {
      (await connectTo(port)).destroy();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  throw new Error(`A peer ended at once: ${program.stderr}`);
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'livego-peer-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
