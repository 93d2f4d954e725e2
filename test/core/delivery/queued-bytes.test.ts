import { expect, test } from 'vitest';
import { queuedBytes } from '../../../core/delivery/queued-bytes.ts';
import { IN_FLIGHT_BYTES, type Viewer } from '../../../core/delivery/viewer.ts';
import { FakeTransport, viewerOn } from '../stream/stream-kit.ts';

const KIB = 1024;

/** A viewer that reads nothing, and has been given these. */
function stalled(backlog: readonly Buffer[], runs: readonly Buffer[] = []): Viewer {
  const viewer = viewerOn(new FakeTransport('stalled'), { dropAfterBytes: 1000 * KIB });
  viewer.sendBacklog([Buffer.alloc(IN_FLIGHT_BYTES), ...backlog]);
  for (const run of runs) viewer.send(run, 1);
  return viewer;
}

test('a backlog that joiners wait for is counted once, and what waits behind it as long as the longest queue', () => {
  const backlog = [Buffer.alloc(300 * KIB), Buffer.alloc(200 * KIB)];
  const runs = [Buffer.alloc(10 * KIB), Buffer.alloc(20 * KIB)];
  const viewers = [stalled(backlog, runs), stalled(backlog.slice(1), runs.slice(1)), stalled([])];
  expect(queuedBytes([], backlog)).toBe(500 * KIB);
  expect(queuedBytes(viewers, backlog)).toBe(IN_FLIGHT_BYTES + 530 * KIB);
});

test('an earlier backlog that somebody still waits for is counted as well', () => {
  const [earlier, present] = [[Buffer.alloc(400 * KIB)], [Buffer.alloc(100 * KIB)]];
  const viewers = [stalled(earlier), stalled(earlier), stalled(present)];
  expect(queuedBytes(viewers, present)).toBe(IN_FLIGHT_BYTES + 500 * KIB);
  for (const viewer of viewers) viewer.discard();
  expect(queuedBytes(viewers, present)).toBe(IN_FLIGHT_BYTES + 100 * KIB);
});
