// Edits of every kind beside a live stream: no viewer may miss a packet, and the heap may not grow.

import { setTimeout as sleep } from 'node:timers/promises';
import { applyEdit } from './apply-edit.ts';
import type { Edit, Edits } from './edits/edits.ts';
import { HlsFollower } from './clients/hls-follower.ts';
import { findLoss } from './clients/loss.ts';
import { Publisher } from './clients/publisher.ts';
import { until, withServer, type Places, type Site } from './site.ts';
import { watchHttp, watchRtmp, watchWebSocket, type Watching } from './clients/viewers.ts';

export interface SoakOptions {
  /** The number of valid edits. */
  readonly valid: number;
  readonly invalid: number;
}

/** Valid edits between two weighings of the heap. */
const WEIGH_EVERY = 100;
/** An early weighing, to show what the first edits add. */
const FIRST_WEIGHING = 10;
/** By so much the heap may differ between two collections with the same load: caches, compiled code, the collector. */
const HEAP_NOISE_BYTES = 3 * 1024 * 1024;
const LATE_JOIN_EVERY = 50;
/** The server notices a closed connection within this time. */
const LEAVE_MS = 50;

/** Resolves with the faults found. */
export function soak({ valid, invalid }: SoakOptions, places: Places): Promise<string[]> {
  return withServer(places, async (site) => {
    const run = await SoakRun.start(site);
    const invalidEvery = invalid === 0 ? Infinity : valid / invalid;
    while (run.valid < valid) {
      await run.playValid();
      while (run.invalid < Math.floor(run.valid / invalidEvery)) await run.playInvalid();
    }
    await run.end();
    run.print();
    return run.faults;
  });
}

interface Weighing {
  /** The valid edits before it. */
  readonly after: number;
  readonly bytes: number;
}

class SoakRun {
  readonly faults: string[] = [];
  valid = 0;
  invalid = 0;
  readonly #site: Site;
  readonly #publisher: Publisher;
  /** They stay to the end. */
  readonly #viewers: readonly Watching[];
  readonly #hls: HlsFollower;
  /** They join in the middle and leave before the end. */
  #late: readonly Watching[] = [];
  readonly #heap: Weighing[] = [];
  #residentBytes = 0;

  private constructor(site: Site, publisher: Publisher, viewers: readonly Watching[]) {
    this.#site = site;
    this.#publisher = publisher;
    this.#viewers = viewers;
    this.#hls = new HlsFollower(site.edits.hlsPort);
  }

  static async start(site: Site): Promise<SoakRun> {
    const publisher = await publish(site.edits.rtmpPort);
    return new SoakRun(site, publisher, await joinAll(site.edits));
  }

  /** Applies the next valid edit, or a reset where viewers join or the heap is weighed. */
  async playValid(): Promise<void> {
    const weighs = this.valid === FIRST_WEIGHING || (this.valid > 0 && this.valid % WEIGH_EVERY === 0);
    const joins = this.valid % LATE_JOIN_EVERY === LATE_JOIN_EVERY - 1;
    if (!weighs && !joins) await this.#apply(this.#site.edits.nextValid());
    else {
      await this.#apply(this.#site.edits.reset());
      await this.#dismissLate();
      if (weighs) await this.#weigh();
      else this.#late = await joinAll(this.#site.edits);
    }
    this.valid++;
  }

  async playInvalid(): Promise<void> {
    await this.#apply(this.#site.edits.nextInvalid());
    this.invalid++;
  }

  /** Ends the stream, and compares what each viewer got with what was sent. */
  async end(): Promise<void> {
    await this.#dismissLate();
    await this.#apply(this.#site.edits.reset());
    await this.#weigh();
    await this.#hls.stop();
    this.faults.push(...this.#hls.faults);
    this.#publisher.stop();
    await until(() => this.#viewers.every(({ ended }) => ended !== undefined), 5000);
    this.#checkLoss(this.#viewers, 'end');
    // The first ten edits are of ten kinds. The code for the others is loaded and compiled when they first come.
    const settled = this.#heap.find(({ after }) => after >= WEIGH_EVERY);
    const last = this.#heap.at(-1)!.bytes;
    const grown = last - (settled?.bytes ?? last);
    if (grown > HEAP_NOISE_BYTES) this.faults.push(`the heap has grown by ${mib(grown)} MiB`);
  }

  print(): void {
    const { segments, frames, discontinuities } = this.#hls;
    const heap = this.#heap.map(({ after, bytes }) => `after ${after}: ${mib(bytes)} MiB`).join(', ');
    const lines = [
      `${this.valid} valid edits and ${this.invalid} invalid ones beside a stream of ${this.#publisher.sent.length} packets`,
      ...this.#viewers.map(({ name, got }) => `  ${name}: ${got.length} packets`),
      `  HLS: ${segments} segments with ${frames} frames, ${discontinuities} discontinuities that the playlist announces`,
      `  heap ${heap}; resident ${mib(this.#residentBytes)} MiB`,
    ];
    console.log(lines.join('\n'));
  }

  async #apply(edit: Edit): Promise<void> {
    const viewers = this.#viewers.length + this.#late.length;
    await applyEdit(edit, this.#site, { faults: this.faults, viewers });
  }

  async #dismissLate(): Promise<void> {
    for (const each of this.#late) each.leave();
    this.#checkLoss(this.#late, 'anywhere');
    this.#late = [];
    await sleep(LEAVE_MS);
  }

  async #weigh(): Promise<void> {
    const { heapBytes, rssBytes } = await this.#site.server.loop({ collect: true });
    this.#heap.push({ after: this.valid, bytes: heapBytes });
    this.#residentBytes = rssBytes;
  }

  #checkLoss(viewers: readonly Watching[], to: 'end' | 'anywhere'): void {
    this.faults.push(...viewers.flatMap((viewer) => findLoss(this.#publisher, viewer, to) ?? []));
  }
}

async function publish(port: number): Promise<Publisher> {
  let ready = false;
  const publisher = new Publisher(port, () => (ready = true));
  await until(() => ready, 5000);
  return publisher;
}

/** One viewer of each protocol, each with its first packets. */
async function joinAll(edits: Edits): Promise<Watching[]> {
  const viewers = [watchRtmp(edits.rtmpPort), watchHttp(edits.httpPort), watchWebSocket(edits.httpPort)];
  await until(() => viewers.every(({ got }) => got.length > 0), 5000);
  return viewers;
}

function mib(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
