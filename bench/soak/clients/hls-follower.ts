// A viewer by HLS: follows the playlist, fetches every segment once, and checks that no frame is missing between them.

import { setTimeout as sleep } from 'node:timers/promises';
import { SOAK } from './stream-name.ts';

const POLL_MS = 250;
const TS_PACKET = 188;
const VIDEO_PID = 0x100;
const MARK = /<frame (\d{7})>/g;

export class HlsFollower {
  readonly faults: string[] = [];
  segments = 0;
  frames = 0;
  /** Places where the playlist itself announces that a segment does not continue the one before. */
  discontinuities = 0;
  readonly #address: string;
  #last: { readonly sequence: number; readonly frame: number } | undefined;
  #stopped = false;
  readonly #done: Promise<void>;

  constructor(port: number, { app, name } = SOAK) {
    this.#address = `http://127.0.0.1:${port}/${app}/${name}.m3u8`;
    this.#done = this.#follow();
  }

  /** Fetches the segments that the playlist lists by now, then ends. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #follow(): Promise<void> {
    for (;;) {
      const last = this.#stopped;
      try {
        await this.#fetchNew();
      } catch (error) {
        // While its application is removed there is nothing to fetch. A gap without a discontinuity is found later.
        if (!(error instanceof TypeError)) this.faults.push(`HLS: ${String(error)}`);
      }
      if (last) return;
      await sleep(POLL_MS);
    }
  }

  async #fetchNew(): Promise<void> {
    const response = await fetch(this.#address);
    const text = await response.text();
    if (!response.ok) return;
    let sequence = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1]);
    let discontinuity = false;
    for (const line of text.split('\n')) {
      if (line === '#EXT-X-DISCONTINUITY') discontinuity = true;
      if (line === '' || line.startsWith('#')) continue;
      if (this.#last === undefined || sequence > this.#last.sequence)
        await this.#take(line, sequence, discontinuity);
      discontinuity = false;
      sequence++;
    }
  }

  async #take(uri: string, sequence: number, discontinuity: boolean): Promise<void> {
    const response = await fetch(new URL(uri, this.#address));
    if (!response.ok)
      return void this.faults.push(`HLS: segment ${sequence} of the playlist is ${response.status}`);
    const frames = readMarks(Buffer.from(await response.arrayBuffer()));
    const [first] = frames;
    if (first === undefined) return void this.faults.push(`HLS: segment ${sequence} contains no frame`);
    if (discontinuity) this.discontinuities++;
    else if (this.#last && (first !== this.#last.frame + 1 || sequence !== this.#last.sequence + 1))
      this.faults.push(
        `HLS: segment ${sequence} begins with frame ${first} after segment ${this.#last.sequence} and frame ${this.#last.frame}`,
      );
    const gap = frames.findIndex((frame, index) => frame !== first + index);
    if (gap >= 0) this.faults.push(`HLS: segment ${sequence} has frame ${frames[gap]} at place ${gap}`);
    this.segments++;
    this.frames += frames.length;
    this.#last = { sequence, frame: frames.at(-1)! };
  }
}

/** The marks in the video of a segment, in order. */
function readMarks(segment: Buffer): number[] {
  const parts: Buffer[] = [];
  for (let at = 0; at + TS_PACKET <= segment.length; at += TS_PACKET) {
    if ((segment.readUInt16BE(at + 1) & 0x1fff) !== VIDEO_PID) continue;
    const adaptation = (segment[at + 3]! & 0x20) === 0 ? 0 : 1 + segment[at + 4]!;
    parts.push(segment.subarray(at + 4 + adaptation, at + TS_PACKET));
  }
  return [...Buffer.concat(parts).toString('latin1').matchAll(MARK)].map(([, digits]) => Number(digits));
}
