// Which packets a slow disk costs.
import { MediaPacket, describeVideo } from 'livego/media';
import { expect, test } from 'vitest';
import { MAX_TOTAL_BYTES, QueueLimit } from '../../../plugins/record-flv/queue-limit.ts';
import { makeState } from '../../../plugins/record-flv/state.ts';

const BODY = Buffer.from([0x17, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
const packet = new MediaPacket(describeVideo(BODY), 0, BODY);
const MOST = 100;

test('packets are left out from one that does not fit up to a keyframe at which half of the room is free', () => {
  const { counters } = makeState();
  const limit = new QueueLimit(counters);
  const drops = (waiting: number, kind: 'keyframe' | 'other' = 'other'): boolean =>
    limit.drops(packet, kind === 'keyframe', waiting, MOST);
  expect([drops(90), drops(91)]).toEqual([false, true]);
  // There is room for it, but not for what follows it.
  expect([drops(0), drops(51, 'keyframe'), drops(50), drops(50, 'keyframe'), drops(60)]).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
  expect(counters).toMatchObject({ droppedPackets: 4, droppedGroups: 2 });
});

test('all recordings together get no more than there is for all, and each a little', () => {
  expect(QueueLimit.share(32 * 1024 * 1024, 4)).toBe(32 * 1024 * 1024);
  expect(QueueLimit.share(32 * 1024 * 1024, 64)).toBe(MAX_TOTAL_BYTES / 64);
  expect(QueueLimit.share(32 * 1024 * 1024, 100_000)).toBe(256 * 1024);
});
