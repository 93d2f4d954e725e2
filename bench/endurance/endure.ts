// One run: those who stay to the end, the crowd around them, quiet moments, and the comparison.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { HlsFollower } from '../soak/clients/hls-follower.ts';
import { findLoss } from '../soak/clients/loss.ts';
import { Publisher } from '../soak/clients/publisher.ts';
import { watchHttp, watchRtmp, watchWebSocket, type Watching } from '../soak/clients/viewers.ts';
import { until, type Places } from '../soak/site.ts';
import { addDisturbances } from './acts/disturbances.ts';
import { addGuests, type Lasting } from './acts/guests.ts';
import { addRequests } from './acts/requests.ts';
import { compareRecordings, findLossAtAnyTime } from './compare.ts';
import { FAR, FAR_AT_ORIGIN, STEADY } from './config.ts';
import { Crowd } from './crowd.ts';
import { describeHoldings, findGrowth, takeStock, type Holdings } from './quiet.ts';
import { World } from './world.ts';

const MINUTE_MS = 60_000;
const PATIENCE_MS = 30_000;

export interface EnduranceOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly quietEvery: number;
}

/** Resolves with the faults found. */
export async function endure(options: EnduranceOptions, places: Places): Promise<string[]> {
  const world = await World.start(places, options.seed);
  try {
    const stayers = await Stayers.join(world);
    const crowd = new Crowd(world.random);
    addGuests(crowd, world, stayers.lasting);
    addRequests(crowd, world);
    addDisturbances(crowd, world);
    const stock = await passTime(options, world, crowd);
    await crowd.end();
    const faults = [...crowd.faults, ...findGrowth(stock), ...(await stayers.end(world))];
    for (const [name, count] of crowd.counts) console.log(`${count} ${name}`);
    console.log(`${world.hooksTaken} web hooks`);
    return faults;
  } finally {
    world.stop();
  }
}

/** Resolves with what the server held in each quiet moment. */
async function passTime(options: EnduranceOptions, world: World, crowd: Crowd): Promise<Holdings[]> {
  const began = performance.now();
  const stock: Holdings[] = [];
  const present = [`${STEADY.app}/${STEADY.name}`, `${FAR.app}/${FAR.name}`];
  const last = began + options.minutes * MINUTE_MS;
  for (;;) {
    const left = last - performance.now();
    if (left <= 0) return stock;
    const told = crowd.faults.length;
    await until(() => crowd.faults.length > told + 100, Math.min(left, options.quietEvery * MINUTE_MS));
    await crowd.hush();
    stock.push(await takeStock(world, present, (performance.now() - began) / MINUTE_MS));
    console.log(describeHoldings(stock.at(-1)!));
    for (const fault of crowd.faults.slice(told)) console.log(`  fault: ${fault}`);
    crowd.resume();
  }
}

/** Two publishers, and a viewer of each kind. Nothing of theirs may be lost. */
class Stayers {
  readonly lasting: Lasting;
  readonly #viewers: readonly Watching[];
  readonly #relayed: Watching;
  readonly #hls: HlsFollower;

  private constructor(lasting: Lasting, { ports }: World) {
    this.lasting = lasting;
    this.#viewers = [
      watchRtmp(ports.rtmp, STEADY),
      watchHttp(ports.http, STEADY),
      watchWebSocket(ports.http, STEADY),
    ];
    this.#relayed = watchHttp(ports.http, FAR);
    this.#hls = new HlsFollower(ports.hls, STEADY);
  }

  static async join(world: World): Promise<Stayers> {
    const [steady, far] = await Promise.all([
      publish(world.ports.rtmp, STEADY),
      publish(world.ports.origin, FAR_AT_ORIGIN),
    ]);
    const stayers = new Stayers({ steady, far }, world);
    const all = [...stayers.#viewers, stayers.#relayed];
    await until(() => all.every(({ got }) => got.length > 0), PATIENCE_MS);
    return stayers;
  }

  /** Ends the streams, and compares. */
  async end(world: World): Promise<string[]> {
    const { steady, far } = this.lasting;
    await this.#hls.stop();
    steady.stop();
    far.stop();
    const all = [...this.#viewers, this.#relayed];
    await until(() => all.every(({ ended }) => ended !== undefined), 3 * PATIENCE_MS);
    await until(() => !hasDrafts(world.config.recordings), PATIENCE_MS);
    const recordings = compareRecordings(world.config.recordings, steady);
    for (const { name, got } of all) console.log(`${name}: ${got.length} packets`);
    console.log(`HLS: ${this.#hls.segments} segments, ${this.#hls.discontinuities} discontinuities`);
    console.log(`recordings kept: ${recordings.files} with ${recordings.packets} packets`);
    return [
      ...this.#viewers.flatMap((viewer) => findLoss(steady, viewer) ?? []),
      ...(findLossAtAnyTime(far, this.#relayed, 'end') !== undefined
        ? [`relayed: ${findLossAtAnyTime(far, this.#relayed, 'end')}`]
        : []),
      ...this.#hls.faults,
      ...recordings.faults,
      ...draftsIn(world.config.recordings).map((name) => `${name} was left`),
    ];
  }
}

async function publish(port: number, stream: typeof STEADY): Promise<Publisher> {
  let ready = false;
  const publisher = new Publisher(port, () => (ready = true), stream);
  await until(() => ready, PATIENCE_MS);
  return publisher;
}

function hasDrafts(directory: string): boolean {
  return draftsIn(directory).length > 0;
}

function draftsIn(directory: string): string[] {
  return readdirSync(join(directory, STEADY.app)).filter((name) => name.endsWith('.part'));
}
