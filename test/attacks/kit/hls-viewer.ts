// A healthy viewer by HLS: it reads the playlist again and again, and every segment of it.
import { Agent, request, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  parseTransportStream,
  splitByteStream,
  type Continuity,
} from '../../core/media/mpegts/transport-stream.ts';
import { Comparison } from './source.ts';
import type { HealthyViewer } from './viewers.ts';

const RELOAD_MS = 250;
const VIDEO = 0xe0;
const ADTS_HEADER = 7;

export class HlsViewer implements HealthyViewer {
  readonly protocol = 'HLS';
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #video = new Comparison(2);
  readonly #audio = new Comparison(2);
  readonly #continuity: Continuity = new Map();
  readonly #changed: () => void;
  #newest = -1;
  #fault: string | undefined;
  #closed = false;

  constructor(master: string, changed: () => void) {
    this.#changed = changed;
    void this.#follow(master).catch((error: unknown) => {
      if (!this.#closed) this.#fault ??= error instanceof Error ? error.message : String(error);
      changed();
    });
  }

  get reached(): number {
    return Math.min(this.#video.reached, this.#audio.reached);
  }

  get fault(): string | undefined {
    return this.#fault ?? this.#video.fault ?? this.#audio.fault;
  }

  close(): void {
    this.#closed = true;
    this.#agent.destroy();
  }

  async #follow(master: string): Promise<void> {
    const list = new URL(urisIn((await this.#get(master)).toString())[0]!, master);
    while (!this.#closed) {
      for (const uri of urisIn((await this.#get(list.href)).toString())) {
        const number = Number(/(\d+)\.ts/.exec(uri)?.[1]);
        if (number <= this.#newest) continue;
        if (this.#newest >= 0 && number !== this.#newest + 1) {
          throw new Error(`behind segment ${this.#newest} came ${number}`);
        }
        this.#take(await this.#get(new URL(uri, list).href));
        this.#newest = number;
      }
      this.#changed();
      await sleep(RELOAD_MS);
    }
  }

  #take(segment: Buffer): void {
    for (const { streamId, payload } of parseTransportStream(segment, this.#continuity).pes) {
      if (streamId === VIDEO) for (const picture of picturesIn(payload)) this.#video.take(picture);
      else for (const frame of adtsFramesIn(payload)) this.#audio.take(frame);
    }
  }

  async #get(url: string): Promise<Buffer> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request(url, { agent: this.#agent }).once('response', resolve).once('error', reject).end();
    });
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(piece as Buffer);
    if (response.statusCode !== 200) throw new Error(`${url} was answered with ${response.statusCode}`);
    return Buffer.concat(pieces);
  }
}

function urisIn(playlist: string): string[] {
  return playlist.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

function picturesIn(stream: Buffer): Buffer[] {
  return splitByteStream(stream).filter((unit) => [1, 5].includes(unit[0]! & 0x1f));
}

function adtsFramesIn(stream: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < stream.length;) {
    const length = (stream.readUIntBE(at + 3, 3) >> 5) & 0x1fff;
    frames.push(stream.subarray(at + ADTS_HEADER, at + length));
    at += length;
  }
  return frames;
}
