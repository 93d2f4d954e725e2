// One run of the load: its clients, and the window in which figures are counted.

import { nowMs } from './client.mjs';
import { Publisher } from './publisher.mjs';
import { Viewer } from './viewer.mjs';

const TICK_MS = 2;
const PUBLISH_DEADLINE_MS = 10_000;
/** From the command to the first publisher's first message. */
const LEAD_MS = 300;

/** @typedef {{ rtmpPort: number, httpPort: number, app: string }} Target */
/** @typedef {{ flv: boolean, total: number, rate: number, probes: number, stalled: number, timeoutMs: number }} Joining */

export class LoadRun {
  /** @type {Viewer[]} */
  viewers = [];
  /** @type {Publisher[]} */
  publishers = [];
  /** @type {number[]} Milliseconds, as the probes measured them since the mark. */
  delays = [];
  /** Bytes that viewers have received. */
  totalBytes = 0;
  /** The number of the last join. */
  batch = 0;
  mark = { time: 0n, bytes: 0, cpu: process.cpuUsage() };

  /** @param {import('./clip.mjs').Clip} clip @param {Target} target */
  constructor(clip, target) {
    this.clip = clip;
    this.target = target;
  }

  /** @param {number} count @param {number} spreadMs @param {(answer: object) => void} say */
  publish(count, spreadMs, say) {
    const base = nowMs() + LEAD_MS;
    for (let index = 0; index < count; index++) {
      this.publishers.push(new Publisher(this, index, base + (spreadMs * index) / count));
    }
    const deadline = nowMs() + PUBLISH_DEADLINE_MS;
    let told = false;
    setInterval(() => {
      const now = nowMs();
      for (const one of this.publishers) one.publishDue(now);
      if (told) return;
      const settled = this.publishers.filter((one) => one.playing || one.closed).length;
      if (settled < count && now < deadline) return;
      told = true;
      say({ event: 'published', count: this.publishers.filter((one) => one.playing).length, wanted: count });
    }, TICK_MS);
  }

  /** @param {Joining} joining @param {() => void} onSettled */
  join(joining, onSettled) {
    const { total, rate, timeoutMs } = joining;
    this.batch++;
    const began = nowMs();
    const own = /** @type {Viewer[]} */ ([]);
    const timer = setInterval(() => {
      const now = nowMs();
      while (own.length < total && own.length < ((now - began) * rate) / 1000 + 1) {
        const viewer = this.#openViewer(joining, own.length);
        own.push(viewer);
        this.viewers.push(viewer);
      }
      const settled = own.filter((one) => one.picture || one.closed || (one.stalled && one.media)).length;
      if (settled < total && now - began < timeoutMs) return;
      clearInterval(timer);
      onSettled();
    }, TICK_MS);
  }

  /** @param {Joining} joining @param {number} index */
  #openViewer({ flv, total, probes, stalled }, index) {
    // Probes are spread evenly over the order of joining, so that the first and the last of a fan-out both count.
    const isOneOf = (/** @type {number} */ part) =>
      part > 0 && Math.floor((index * part) / total) !== Math.floor(((index + 1) * part) / total);
    const probe = isOneOf(probes);
    const stream = index % Math.max(1, this.publishers.length);
    return new Viewer(this, { flv, stream, probe, stalled: !probe && isOneOf(stalled) });
  }

  /** Opens a window: all figures of a report count from here. */
  setMark() {
    this.mark = { time: process.hrtime.bigint(), bytes: this.totalBytes, cpu: process.cpuUsage() };
    this.delays = [];
    for (const one of this.publishers) one.setMark();
    for (const one of this.viewers) one.setMark();
  }
}
