// A server that follows a real file, a stream that never pauses, and viewers of every protocol that check each packet.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { ReloadReport } from '../../core/plugin/reload-report.ts';
import { createConfigSource } from '../../config/load.ts';
import { watchFiles } from '../../config/watch/watch.ts';
import { createLogger } from '../../core/log/log.ts';
import { createServer, type LivegoServer } from '../../core/server.ts';
import { BUILTIN_PLUGINS } from '../../plugins/index.ts';
import { openHttp, openWebSocket } from './flv-viewer.ts';
import { aacFrame, aacHeader, avcFrame, avcHeader, isKeyframe, isSequenceHeader } from './media/media.ts';
import { within } from './net.ts';
import { playFrom, publishTo, type TestPublisher, type WirePacket } from './rtmp-client.ts';
import type { LogLine } from './server.ts';

export type ConfigText = string | Readonly<Record<string, unknown>>;

export interface FollowedServer {
  readonly server: LivegoServer;
  readonly directory: string;
  readonly file: string;
  readonly log: readonly LogLine[];
  /** Saves the file, by renaming another one over it if so told, and resolves with the report. */
  edit(config: ConfigText, how?: 'in place' | 'rename'): Promise<ReloadReport>;
  /** Resolves with the report of the reload that `cause` starts. */
  reportOf(cause: () => void): Promise<ReloadReport>;
  /** Resolves with the next logged line whose message contains these words. */
  logged(words: string, cause?: () => void): Promise<LogLine>;
  /** The message of the last report. */
  readonly words: string;
}

/** Starts a server that follows a file in a directory of its own, with these of the built-in plugins. */
export async function followServer(
  config: ConfigText,
  plugins: readonly string[] = ['rtmp', 'httpflv'],
): Promise<FollowedServer> {
  const directory = mkdtempSync(join(tmpdir(), 'livego-reload-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'livego.json5');
  writeFileSync(file, textOf(config));
  const log = new FollowedLog();
  const server = createFollowing(file, plugins, log);
  onTestFinished(() => server.stop('the test is over'));
  await server.start();
  const reportOf = async (cause: () => void): Promise<ReloadReport> => {
    await log.next(isReport, cause, 'a reload');
    return server.lastReport!;
  };
  return {
    server,
    directory,
    file,
    log: log.lines,
    reportOf,
    edit: (text, how = 'in place') => reportOf(() => save(file, textOf(text), how)),
    logged: (words, cause = () => {}) => log.next((line) => line.msg.includes(words), cause, `"${words}"`),
    get words() {
      return log.lines.findLast(isReport)?.msg ?? '';
    },
  };
}

function createFollowing(file: string, plugins: readonly string[], destination: FollowedLog): LivegoServer {
  const builtins = BUILTIN_PLUGINS.filter(({ name }) => plugins.includes(name));
  return createServer({
    source: createConfigSource({ file, builtins, env: {} }),
    watch: (files, options, onChange) => watchFiles(files, { ...options, pollMs: 50 }, onChange),
    log: createLogger({ pretty: false, destination }),
  });
}

/** A log whose next lines a test can wait for. */
class FollowedLog {
  readonly lines: LogLine[] = [];
  readonly #listeners = new Set<(line: LogLine) => void>();

  write(text: string): void {
    const line = JSON.parse(text) as LogLine;
    this.lines.push(line);
    for (const listener of this.#listeners) listener(line);
  }

  /** Resolves with the first accepted line after `cause` has been called. */
  next(accept: (line: LogLine) => boolean, cause: () => void, what: string): Promise<LogLine> {
    const seen = new Promise<LogLine>((resolve) => {
      const listener = (line: LogLine): void => {
        if (!accept(line)) return;
        this.#listeners.delete(listener);
        resolve(line);
      };
      this.#listeners.add(listener);
      cause();
    });
    return within(seen, what);
  }
}

function isReport(line: LogLine): boolean {
  return line['reason'] !== undefined && line.msg.startsWith('config ');
}

export function save(file: string, text: string, how: 'in place' | 'rename'): void {
  if (how === 'in place') return writeFileSync(file, text);
  writeFileSync(`${file}.tmp`, text);
  renameSync(`${file}.tmp`, file);
}

function textOf(config: ConfigText): string {
  return typeof config === 'string' ? config : JSON.stringify(config, null, 2);
}

/** Publishes a numbered frame every few milliseconds; the first of every ten is a keyframe. */
export class LiveSource {
  readonly publisher: TestPublisher;
  readonly sent: WirePacket[] = [];
  readonly #timer: NodeJS.Timeout;
  #index = 0;

  constructor(publisher: TestPublisher) {
    this.publisher = publisher;
    for (const header of [avcHeader(), aacHeader()]) publisher.send(header);
    this.#timer = setInterval(() => this.#tick(), 4);
    onTestFinished(() => clearInterval(this.#timer));
  }

  static async start(url: string): Promise<LiveSource> {
    return new LiveSource(await publishTo(url));
  }

  /** Stops publishing and disconnects. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.publisher.leave();
  }

  #tick(): void {
    const timestamp = this.#index * 20;
    const video = avcFrame(this.#index % 10 === 0 ? 'key' : 'inter', timestamp);
    video.payload.writeUInt32BE(this.#index, 12);
    const audio = aacFrame(timestamp, this.#index & 0xff);
    for (const packet of [video, audio]) {
      this.sent.push(packet);
      this.publisher.send(packet);
    }
    this.#index++;
  }
}

/** A viewer that plays to the end. */
export interface Watching {
  readonly name: string;
  all(): Promise<WirePacket[]>;
}

/** One viewer of each protocol, each with a picture. */
export async function watchAll(ports: { rtmp: number; http: number }, path: string): Promise<Watching[]> {
  const rtmp = await playFrom(`rtmp://127.0.0.1:${ports.rtmp}/${path}`);
  const http = await openHttp(`http://127.0.0.1:${ports.http}/${path}.flv`);
  const ws = await openWebSocket(`ws://127.0.0.1:${ports.http}/${path}.flv`);
  await Promise.all([rtmp.received(4), http.received(4), ws.received(4)]);
  return [
    { name: 'RTMP', all: () => rtmp.all() },
    { name: 'HTTP-FLV', all: () => http.all() },
    { name: 'WebSocket-FLV', all: () => ws.all() },
  ];
}

/** Ends the stream. Every viewer must have received each packet from its first keyframe on, once, in order, unchanged. */
export async function expectNothingLost(source: LiveSource, viewers: readonly Watching[]): Promise<void> {
  await source.stop();
  for (const { name, all } of viewers) {
    const got = (await all()).filter((packet) => !isSequenceHeader(packet));
    const start = source.sent.findIndex(
      (packet) => isKeyframe(packet) && packet.payload.equals(got[0]?.payload ?? Buffer.alloc(0)),
    );
    expect(start, `${name}: its first packet is a keyframe of the source`).toBeGreaterThanOrEqual(0);
    expect(got.map(spell), name).toEqual(source.sent.slice(start).map(spell));
  }
}

function spell({ kind, timestamp, payload }: WirePacket): string {
  return `${kind} ${timestamp} ${payload.toString('hex')}`;
}
