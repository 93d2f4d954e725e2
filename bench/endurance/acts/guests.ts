// Publishers and viewers that come and go, break off, and hang.

import { connect } from 'node:net';
import { findLoss } from '../../soak/clients/loss.ts';
import { Publisher } from '../../soak/clients/publisher.ts';
import { watchHttp, watchRtmp, watchWebSocket, type Watching } from '../../soak/clients/viewers.ts';
import type { StreamName } from '../../soak/clients/stream-name.ts';
import { until } from '../../soak/site.ts';
import { findLossAtAnyTime } from '../compare.ts';
import { FAR, STEADY } from '../config.ts';
import type { Crowd, Stay } from '../crowd.ts';
import type { World } from '../world.ts';

/** Patience with a machine that others use as well. */
const PATIENCE_MS = 120_000;
/** A viewer that stays this long has seen a keyframe. */
const ENOUGH_MS = 3000;

export interface Lasting {
  readonly steady: Publisher;
  /** The stream that is fetched from its origin. */
  readonly far: Publisher;
}

export function addGuests(crowd: Crowd, world: World, lasting: Lasting): void {
  let turn = 0;
  for (let index = 0; index < 2; index++)
    crowd.add('publishers', 4000, (stay) => publishAsGuest(crowd, world, { name: `guest-${++turn}`, stay }));
  for (let index = 0; index < 3; index++)
    crowd.add('viewers', 1500, (stay) =>
      watch(crowd, world, { stream: STEADY, source: lasting.steady, stay }),
    );
  crowd.add('viewers of the relayed stream', 4000, (stay) =>
    watch(crowd, world, { stream: FAR, source: lasting.far, stay }),
  );
  crowd.add('viewers that stall', 5000, (stay) => stall(world, stay));
  crowd.add('viewers of streams that nobody publishes', 10_000, (stay) => watchNothing(world, stay));
  crowd.add('connections that say nothing, or nonsense', 3000, (stay) => connectOnly(world, stay));
}

async function publishAsGuest(
  crowd: Crowd,
  { ports, random, guests, muted }: World,
  { name, stay }: { readonly name: string; readonly stay: Stay },
): Promise<void> {
  guests.add(name);
  try {
    let ready = false;
    const stream = { app: STEADY.app, name };
    const publisher = new Publisher(ports.rtmp, () => (ready = true), stream);
    await until(() => ready || publisher.ended !== undefined, PATIENCE_MS);
    if (!ready) {
      publisher.destroy();
      throw new Error(`it was not admitted (${publisher.ended ?? 'no answer'})`);
    }
    const viewer = random.next() < 0.5 ? join(random.pick(KINDS), ports, stream) : undefined;
    await stay(random.between(1000, 8000));
    const hasSeen = viewer !== undefined && viewer.got.length > 0 && !muted.has(name);
    const fault = hasSeen ? findLoss(publisher, viewer, 'anywhere') : undefined;
    if (fault !== undefined) crowd.faults.push(`${name}: ${fault}`);
    await end(publisher, random.next());
    viewer?.leave();
  } finally {
    guests.delete(name);
  }
}

/** It unpublishes, breaks off, or hangs until the server closes it. */
async function end(publisher: Publisher, chance: number): Promise<void> {
  if (chance < 0.5) return publisher.stop();
  if (chance < 0.8) return publisher.destroy();
  publisher.freeze();
  await until(() => publisher.ended !== undefined, PATIENCE_MS);
  if (publisher.ended === undefined) throw new Error('a publisher that hangs was not closed');
}

const KINDS = ['rtmp', 'http', 'webSocket'] as const;

function join(kind: (typeof KINDS)[number], ports: World['ports'], stream: StreamName): Watching {
  if (kind === 'rtmp') return watchRtmp(ports.rtmp, stream);
  return kind === 'http' ? watchHttp(ports.http, stream) : watchWebSocket(ports.http, stream);
}

async function watch(
  crowd: Crowd,
  { ports, random }: World,
  { stream, source, stay }: { readonly stream: StreamName; readonly source: Publisher; readonly stay: Stay },
): Promise<void> {
  const viewer = join(random.pick(KINDS), ports, stream);
  await stay(random.between(500, ENOUGH_MS * 3));
  if (viewer.got.length > 0) {
    const fault = findLossAtAnyTime(source, viewer, 'anywhere');
    if (fault !== undefined) crowd.faults.push(fault);
  }
  if (viewer.ended !== undefined)
    crowd.faults.push(`${viewer.name} of ${stream.name} was cut: ${viewer.ended}`);
  viewer.leave();
}

async function stall({ ports, random }: World, stay: Stay): Promise<void> {
  const viewer = join(random.pick(KINDS), ports, STEADY);
  await stay(1000);
  viewer.stall();
  await stay(random.between(5000, 90_000));
  viewer.leave();
}

async function watchNothing({ ports, random }: World, stay: Stay): Promise<void> {
  const stream = { app: random.pick([STEADY.app, FAR.app, 'nowhere']), name: 'nothing' };
  const viewer = join(random.pick(KINDS), ports, stream);
  await stay(random.between(500, 6000));
  viewer.leave();
}

async function connectOnly({ ports, random }: World, stay: Stay): Promise<void> {
  const port = random.pick([ports.rtmp, ports.http, ports.hls, ports.api]);
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  if (random.next() < 0.5)
    socket.write(Buffer.from(Array.from({ length: 200 }, () => random.between(0, 256))));
  await stay(random.between(100, 5000));
  socket.destroy();
}
