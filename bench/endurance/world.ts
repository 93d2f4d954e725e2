// The servers of one run: the one under test, one that it pushes to, one that it fetches from, and a receiver of web hooks.

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerProcess } from '../soak/server-process.ts';
import type { Places } from '../soak/site.ts';
import { ConfigFile, type Ports } from './config.ts';
import { Random } from './random.ts';

export class World {
  readonly random: Random;
  readonly ports: Ports;
  readonly config: ConfigFile;
  readonly server: ServerProcess;
  /** How web hooks are answered. */
  hooks: 'answered' | 'failed' | 'held' = 'answered';
  hooksTaken = 0;
  /** Names of the guests that publish at the moment. */
  readonly guests = new Set<string>();
  /** Those that were muted at some time: their sound is not what they sent. */
  readonly muted = new Set<string>();
  #target: ServerProcess;
  readonly #directory: string;
  readonly #launcher: string;
  readonly #origin: ServerProcess;
  readonly #receiver: Server;

  private constructor({ root }: Places, seed: number, ports: Ports) {
    this.#directory = mkdtempSync(join(tmpdir(), 'livego-endurance-'));
    this.#launcher = join(root, 'bench', 'endurance.mjs');
    this.ports = ports;
    this.random = new Random(seed);
    this.config = new ConfigFile(this.#directory, ports, this.random);
    this.server = new ServerProcess(this.#launcher, this.config.file);
    this.#target = this.#startPeer('target', ports.target, 'copy');
    this.#origin = this.#startPeer('origin', ports.origin, 'live');
    this.#receiver = createServer((request, response) => this.#takeHook(request.resume(), response));
    this.#receiver.listen(ports.hooks, '127.0.0.1');
  }

  static async start(places: Places, seed: number): Promise<World> {
    const world = new World(places, seed, await choosePorts());
    await Promise.all([world.server.ready(), world.#target.ready(), world.#origin.ready()]);
    return world;
  }

  /** Kills the server that streams are pushed to, and starts another in its place after `wait`. */
  async replaceTarget(wait: () => Promise<void>): Promise<void> {
    this.#target.stop();
    await wait();
    this.#target = this.#startPeer('target', this.ports.target, 'copy');
    await this.#target.ready();
  }

  stop(): void {
    for (const each of [this.server, this.#target, this.#origin]) each.stop();
    this.#receiver.closeAllConnections();
    this.#receiver.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #startPeer(name: string, port: number, servername: string): ServerProcess {
    const file = join(this.#directory, `${name}.json5`);
    const off = { hls: 'disable', httpflv: 'disable', httpoper: 'disable' };
    const config = { ...off, listen: `127.0.0.1:${port}`, servers: [{ servername }] };
    writeFileSync(file, JSON.stringify(config));
    return new ServerProcess(this.#launcher, file);
  }

  #takeHook(_request: unknown, response: { writeHead(status: number): { end(): unknown } }): void {
    this.hooksTaken++;
    if (this.hooks !== 'held') response.writeHead(this.hooks === 'answered' ? 200 : 500).end();
  }
}

async function choosePorts(): Promise<Ports> {
  const servers = Array.from({ length: 7 }, () => createTcpServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const [rtmp, http, hls, api, target, origin, hooks] = servers.map(
    (server) => (server.address() as AddressInfo).port,
  ) as [number, number, number, number, number, number, number];
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return { rtmp, http, hls, api, target, origin, hooks };
}
