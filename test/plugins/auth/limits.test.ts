// Bandwidth of publishers, viewers and applications.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { samplePackets } from '../../../testing/sample-packets.ts';
import { admitted, authServer, metricOf, outcomeOf } from './auth-kit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Lets so many seconds pass, and sends in each one a burst of small packets. */
async function stream(
  publisher: ReturnType<typeof admitted>,
  seconds: number,
  frames: number,
): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    (publisher as { send(...packets: unknown[]): void }).send(
      ...samplePackets({ frames, from: second * 1000 }),
    );
    await vi.advanceTimersByTimeAsync(1000);
  }
}

test('a publisher that sends more than it may is told and closed; one that keeps to it is not', async () => {
  const server = await authServer({ limits: { maxPublisherKbps: 20, windowSeconds: 2 } });
  const quiet = admitted(await server.publish('live/quiet'));
  const loud = admitted(await server.publish('live/loud'));
  for (let second = 0; second < 6; second++) {
    quiet.send(...samplePackets({ frames: 10, from: second * 1000 }));
    loud.send(...samplePackets({ frames: 1000, from: second * 1000 }));
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect(quiet.ended).toBeUndefined();
  expect(loud.ended?.code).toBe('denied');
  expect(loud.ended?.message).toMatch(
    /^it sends \d+ kbit\/s, and 20 are allowed \(auth\.limits\.maxPublisherKbps\)$/,
  );
  expect(metricOf(server, 'auth_bandwidth_closures_total')).toEqual({ '': 1 });
});

test('a viewer that gets more than it may is closed, and its publisher is not', async () => {
  const server = await authServer({ limits: { maxViewerKbps: 20, windowSeconds: 2 } });
  const publisher = admitted(await server.publish('live/movie'));
  const viewer = admitted(await server.play('live/movie'));
  await stream(publisher, 6, 1000);
  expect(viewer.ended?.message).toMatch(/^it gets \d+ kbit\/s, and 20 are allowed/);
  expect(publisher.ended).toBeUndefined();
});

test('while the viewers of an application use all its bandwidth, no others are admitted', async () => {
  const servers = [{ servername: 'live' }, { servername: 'other' }];
  const server = await authServer({ limits: { maxApplicationKbps: 100, windowSeconds: 2 } }, { servers });
  const publisher = admitted(await server.publish('live/movie'));
  admitted(await server.publish('other/movie'));
  const viewer = admitted(await server.play('live/movie'));
  await stream(publisher, 6, 1000);
  expect(viewer.ended).toBeUndefined();
  expect(outcomeOf(await server.play('live/movie'))).toBe(
    'limit: the viewers of the application use all its bandwidth (auth.limits.maxApplicationKbps)',
  );
  expect(outcomeOf(await server.play('other/movie'))).toBe('admitted');
  viewer.leave();
  await vi.advanceTimersByTimeAsync(2000);
  expect(outcomeOf(await server.play('live/movie'))).toBe('admitted');
});
