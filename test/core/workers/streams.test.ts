// Streams of several workers: whoever publishes or watches cannot tell which worker they reached.
import { describe, expect, test } from 'vitest';
import { autoWindowMs } from '../../../core/delivery/merging/flush-scheduler.ts';
import { Denial } from '../../../core/session/denial.ts';
import { samplePackets } from '../../../testing/sample-packets.ts';
import type { TestViewer } from '../../../testing/test-clients.ts';
import { seen, startWorkers, type TestWorkers } from './workers-kit.ts';

const PACKETS = samplePackets({ frames: 20 });

async function playEverywhere(workers: TestWorkers): Promise<TestViewer[]> {
  const viewers: TestViewer[] = [];
  for (const number of [1, 2, 3]) viewers.push(await workers.of(number).play('live/movie'));
  return viewers;
}

describe('a stream that is published to one worker', () => {
  test('is played by viewers of all workers, packet for packet', async () => {
    const workers = await startWorkers();
    const publisher = await workers.of(2).publish('live/movie');
    publisher.send(...PACKETS.slice(0, 12));
    const viewers = await playEverywhere(workers);
    publisher.send(...PACKETS.slice(12));
    await workers.until('all viewers have the last packet', () =>
      viewers.every((viewer) => seen(viewer).at(-1) === seen(viewers[1]!).at(-1) && viewer.tags.length > 20),
    );
    const [first, home, third] = viewers.map((viewer) => seen(viewer));
    expect(first).toEqual(home);
    expect(third).toEqual(home);
  });

  test('is waited for at all workers, and their viewers start when it does', async () => {
    const workers = await startWorkers();
    const waiting = [1, 2, 3].map((number) => workers.of(number).play('live/movie'));
    const publisher = await workers.of(3).publish('live/movie');
    publisher.send(...PACKETS);
    const viewers = await Promise.all(waiting);
    await workers.until('all viewers have packets', () => viewers.every(({ tags }) => tags.length > 0));
  });

  test('is copied once to a worker, however many watch there, and no longer than they do', async () => {
    const workers = await startWorkers({ config: { idleProviderMs: 0 } });
    const publisher = await workers.of(1).publish('live/movie');
    publisher.send(...PACKETS);
    const viewers = await Promise.all(Array.from({ length: 5 }, () => workers.of(2).play('live/movie')));
    const copies = workers.log.filter(({ msg }) => msg.includes('is provided by'));
    expect(copies.map(({ msg }) => msg)).toEqual(['live/movie is provided by a copy from worker 1']);
    const { hub } = workers.of(2).worker.kernel;
    expect(hub.find('live/movie')?.origin).toBe('mirror');
    for (const viewer of viewers) viewer.leave();
    await workers.until('the copy has ended', () => hub.find('live/movie') === undefined);
    expect(workers.of(1).worker.kernel.hub.find('live/movie')?.state).toBe('live');
  });

  test('ends for viewers of other workers when its publisher leaves', async () => {
    const workers = await startWorkers({ config: { keepAfterUnpublishMs: 0 } });
    const publisher = await workers.of(1).publish('live/movie');
    publisher.send(...PACKETS);
    const viewer = await workers.of(2).play('live/movie');
    publisher.leave();
    await workers.until('the viewer is told', () => viewer.ended !== undefined);
    expect(viewer.ended).toMatchObject({ code: 'unpublished' });
    expect(await workers.of(2).tryPlay('live/movie?wait')).toBeInstanceOf(Denial);
  }, 40_000);

  test('is written in the same window in all workers, which all viewers together decide', async () => {
    const workers = await startWorkers();
    const publisher = await workers.of(1).publish('live/movie');
    publisher.send(...PACKETS);
    const viewers: TestViewer[] = [];
    for (let count = 0; count < 40; count++) viewers.push(await workers.of(2).play('live/movie'));
    const windows = (): number[] =>
      [1, 2, 3].map((number) => workers.of(number).worker.kernel.hub.scheduler.windowMs('auto'));
    await workers.until('all workers have the window', () =>
      windows().every((ms) => ms === autoWindowMs(40)),
    );
    for (const viewer of viewers) viewer.leave();
    await workers.until('none has a window', () => windows().every((ms) => ms === 0));
  });

  test('loses nothing that waits when its publisher is replaced in another worker, and when it ends', async () => {
    const config = { mergeWriteMs: 500, duplicate: 'replace', keepAfterUnpublishMs: 0 };
    const workers = await startWorkers({ config });
    const first = await workers.of(1).publish('live/movie');
    first.send(...PACKETS.slice(0, 12));
    const viewers = await playEverywhere(workers);
    const allSaw = (what: string) =>
      workers.until(`all see ${what}`, () =>
        viewers.every((viewer) => seen(viewer).some((each) => each.startsWith(what))),
      );
    await allSaw('video 0');
    first.send(...samplePackets({ frames: 1, from: 900 }).slice(2));
    const second = await workers.of(2).publish('live/movie');
    await allSaw('video 900');
    second.send(...PACKETS);
    // A copy begins with the last group of pictures.
    await allSaw('video 1540');
    second.send(...samplePackets({ frames: 1, from: 1700 }).slice(2));
    second.leave();
    await workers.until('all have ended', () => viewers.every(({ ended }) => ended !== undefined));
    // Its clock goes on 40 ms behind the first one's last frame.
    for (const viewer of viewers) expect(seen(viewer).at(-1)).toMatch(/^audio 2640/);
    expect(new Set(viewers.map((viewer) => seen(viewer).slice(-12).join())).size).toBe(1);
  }, 60_000);

  test.each([{}, { maxViewersPerStream: 5 }])(
    'counts viewers who came before its first packet: %j',
    async (config) => {
      const workers = await startWorkers({ config });
      const publisher = await workers.of(1).publish('live/movie');
      const viewer = workers.of(2).play('live/movie');
      let seconds = 0;
      workers.of(2).worker.kernel.ticker.add(() => void seconds++);
      await workers.until('it has been looked for again and again', () => seconds >= 3);
      publisher.send(...PACKETS);
      await viewer;
      const { hub } = workers.of(1).worker.kernel;
      await workers.until('the viewer counts at home', () => hub.find('live/movie')?.viewerCount === 1);
      await workers.of(2).play('live/movie');
    },
  );

  test('has one count of viewers', async () => {
    const workers = await startWorkers();
    const publisher = await workers.of(1).publish('live/movie');
    publisher.send(...PACKETS);
    for (const number of [1, 2, 2, 3]) await workers.of(number).play('live/movie');
    for (const number of [1, 2, 3]) {
      const count = (): number | undefined =>
        workers.of(number).worker.kernel.hub.find('live/movie')?.viewerCount;
      await workers.until(`worker ${number} counts all viewers`, () => count() === 4);
    }
  });
});

describe('a name', () => {
  test('that two publishers claim at the same moment is given to one of them', async () => {
    const workers = await startWorkers({ config: { duplicate: 'reject' } });
    for (let round = 0; round < 10; round++) {
      const claims = await Promise.all(
        [1, 2, 3].map((number) => workers.of(number).tryPublish(`live/round-${round}`)),
      );
      const given = claims.filter((claim) => !(claim instanceof Denial));
      expect(given).toHaveLength(1);
      for (const claim of claims) if (claim instanceof Denial) expect(claim.code).toBe('duplicate');
    }
  });

  test('is free again when its stream has ended, or when its publisher left while it claimed', async () => {
    const workers = await startWorkers({ config: { duplicate: 'reject', keepAfterUnpublishMs: 0 } });
    const publisher = await workers.of(1).publish('live/movie');
    publisher.leave();
    const next = await workers.of(2).publish('live/movie');
    expect(next.ended).toBeUndefined();
  });

  test('moves with its publisher to another worker, and no viewer’s clock runs backwards', async () => {
    const workers = await startWorkers({ config: { duplicate: 'replace' } });
    const first = await workers.of(1).publish('live/movie');
    first.send(...samplePackets({ from: 5000 }));
    const viewers = await playEverywhere(workers);
    await workers.until('all viewers watch', () => viewers.every(({ tags }) => tags.length > 8));
    const second = await workers.of(2).publish('live/movie');
    expect(first.ended).toMatchObject({ code: 'replaced' });
    const before = viewers.map(({ tags }) => tags.length);
    second.send(...samplePackets());
    await workers.until('all viewers have the second publisher', () =>
      viewers.every(({ tags }, index) => tags.length > before[index]!),
    );
    second.send(...samplePackets({ from: 400 }));
    const newest = (viewer: TestViewer): string | undefined => seen(viewer).at(-1);
    await workers.until('all viewers have its last packet', () =>
      viewers.every((viewer) => newest(viewer) === newest(viewers[1]!)),
    );
    for (const viewer of viewers) {
      expect(viewer.ended).toBeUndefined();
      const times = viewer.tags.filter(({ type }) => type === 'video').map(({ timestamp }) => timestamp);
      expect(times).toEqual(times.toSorted((one, other) => one - other));
    }
  });

  test('counts in the limits of the whole server', async () => {
    const workers = await startWorkers({ config: { maxStreams: 2 } });
    await workers.of(1).publish('live/one');
    await workers.of(2).publish('live/two');
    expect(await workers.of(3).tryPublish('live/three')).toMatchObject({ code: 'limit' });
  });
});

describe('ids', () => {
  test('of sessions are unique among all workers', async () => {
    const workers = await startWorkers();
    for (const number of [1, 2, 3]) await workers.of(number).publish(`live/${number}`);
    const ids = [1, 2, 3].flatMap((number) =>
      Array.from(workers.of(number).worker.kernel.sessions, ({ id }) => id),
    );
    expect(new Set(ids).size).toBe(3);
  });
});
