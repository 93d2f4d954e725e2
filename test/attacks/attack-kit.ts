// A server as a process of its own, and a publisher with healthy viewers beside whatever is done to it.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { openHttp, openWebSocket } from '../helpers/flv-viewer.ts';
import { avcFrame, avcHeader, describePackets } from '../helpers/media/media.ts';
import { waitForEvent, within } from '../helpers/net.ts';
import { playFrom, publishTo, type WirePacket } from '../helpers/rtmp-client.ts';

/** The long attacks: `npm run attack`. */
export const LONG = process.env['LIVEGO_ATTACKS'] === 'long';

const COMMAND = fileURLToPath(new URL('../../bin/livego.js', import.meta.url));
const LOOPBACK = '127.0.0.1:0';
const FRAME_MS = 40;

interface LogLine {
  readonly level: number;
  readonly msg: string;
}

export class ServerProcess {
  readonly child: ChildProcess;
  readonly log: LogLine[] = [];
  readonly #ports = new Map<string, number>();
  readonly #folder = mkdtempSync(join(tmpdir(), 'livego-attack-'));

  private constructor(config: object) {
    const file = join(this.#folder, 'livego.json5');
    writeFileSync(file, JSON.stringify(config));
    this.child = spawn(process.execPath, [COMMAND, '--config_file', file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => {
      this.child.kill('SIGKILL');
      rmSync(this.#folder, { recursive: true, force: true });
    });
  }

  static async start(config: Readonly<Record<string, unknown>> = {}): Promise<ServerProcess> {
    const server = new ServerProcess({
      servers: [{ servername: 'live' }],
      listen: LOOPBACK,
      flvport: LOOPBACK,
      hlsport: LOOPBACK,
      watch: { enabled: false },
      ...config,
    });
    const lines = createInterface({ input: server.child.stdout! });
    const started = new Promise<void>((resolve) => {
      lines.on('line', (line) => {
        const read = JSON.parse(line) as LogLine;
        server.log.push(read);
        const address = /^listening on .*:(\d+) \((\S+),/.exec(read.msg);
        if (address) server.#ports.set(address[2]!, Number(address[1]));
        if (server.#ports.size === 3) resolve();
      });
    });
    await within(started, 'the start of the server', 20_000);
    return server;
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  port(option: 'rtmp' | 'httpflv' | 'hls'): number {
    return this.#ports.get(`${option}.port`)!;
  }

  /** Memory of the process in MiB. */
  get residentMib(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  }

  /** A connection that is closed with the test, whatever becomes of it. */
  async connect(option: 'rtmp' | 'httpflv' | 'hls'): Promise<Socket> {
    const socket = connect({ port: this.port(option), host: '127.0.0.1' });
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    await waitForEvent(socket, 'connect');
    return socket;
  }

  /** SIGTERM ends it in order, within the time that it promises. */
  async stops(): Promise<void> {
    const ended = waitForEvent(this.child, 'exit', undefined, LONG ? 20_000 : 8000);
    this.child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  }
}

interface HealthyViewer {
  readonly packets: readonly WirePacket[];
}

/** A publisher that sends a numbered frame every 40 ms, and viewers by RTMP, HTTP-FLV and WebSocket. */
export class HealthyStream {
  readonly #sent: WirePacket[] = [avcHeader()];
  readonly #viewers: HealthyViewer[] = [];
  readonly #publisher: Awaited<ReturnType<typeof publishTo>>;
  readonly #timer: NodeJS.Timeout;

  private constructor(publisher: Awaited<ReturnType<typeof publishTo>>) {
    this.#publisher = publisher;
    publisher.send(this.#sent[0]!);
    this.#timer = setInterval(() => this.#send(), FRAME_MS);
    onTestFinished(() => clearInterval(this.#timer));
  }

  static async start(server: ServerProcess): Promise<HealthyStream> {
    const rtmp = `rtmp://127.0.0.1:${server.port('rtmp')}/live/healthy`;
    const http = `127.0.0.1:${server.port('httpflv')}/live/healthy.flv`;
    const stream = new HealthyStream(await publishTo(rtmp));
    stream.#viewers.push(await playFrom(rtmp), await openHttp(`http://${http}`));
    stream.#viewers.push(await openWebSocket(`ws://${http}`));
    await stream.flows();
    return stream;
  }

  /** Waits until every viewer has got something that is sent from now on. */
  async flows(timeout = 20_000): Promise<void> {
    const goal = this.#sent.length + 5;
    await expect.poll(() => this.#behind(goal), { timeout }).toBe(0);
  }

  /** Every viewer is still there, and has got every packet since it joined: once, in order, unchanged. */
  async isWhole(): Promise<void> {
    await this.flows();
    clearInterval(this.#timer);
    const count = this.#sent.length;
    await expect.poll(() => this.#behind(count)).toBe(0);
    const sent = describePackets(this.#sent);
    for (const { packets } of this.#viewers) {
      const got = describePackets(packets.filter(({ kind }) => kind === 'video'));
      const header = got.shift();
      expect(header).toContain('video');
      expect(got.map(contentOf)).toEqual(sent.slice(-got.length).map(contentOf));
    }
    expect(this.#publisher.closed).toBe(false);
  }

  #send(): void {
    const index = this.#sent.length - 1;
    const packet = avcFrame(index % 10 === 0 ? 'key' : 'inter', index * FRAME_MS, index & 0xff, 200 + index);
    this.#sent.push(packet);
    this.#publisher.send(packet);
  }

  #behind(goal: number): number {
    const newest = contentOf(describePackets([this.#sent.at(goal - 1) ?? this.#sent[0]!])[0]!);
    if (this.#sent.length < goal) return this.#viewers.length;
    return this.#viewers.filter(
      ({ packets }) => !describePackets(packets.slice(-200)).some((each) => contentOf(each) === newest),
    ).length;
  }
}

// Without the timestamp: the server's begins at 0.
function contentOf(line: string): string {
  return line.replace(/^(\w+) \d+ /, '$1 ');
}
