// Frame rates, keyframe intervals and drift are known without looking at packets one by one.
import { expect, test } from 'vitest';
import { describeVideo } from '../../../core/media/flv/tag-body.ts';
import { MediaPacket } from '../../../core/media/packet.ts';
import { PacketTiming } from '../../../core/stream/packets/packet-timing.ts';
import { samplePackets } from '../../../testing/sample-packets.ts';

function timingOf(packets: readonly MediaPacket[]) {
  const timing = new PacketTiming();
  for (const packet of packets) timing.note(packet);
  return timing.all;
}

function video(hex: string, timestamp = 0): MediaPacket {
  const payload = Buffer.from(hex, 'hex');
  return new MediaPacket(describeVideo(payload), timestamp, payload);
}

test('before the first packet nothing is known', () => {
  expect(timingOf([])).toMatchObject({ videoFrames: 0, videoTimestamp: undefined, gopMs: undefined });
});

test('headers are no frames, and the distance of keyframes is told in time and in frames', () => {
  expect(timingOf(samplePackets({ frames: 12, keyframeEvery: 5 }))).toEqual({
    videoFrames: 12,
    audioFrames: 12,
    videoTimestamp: 440,
    audioTimestamp: 440,
    keyframeTimestamp: 400,
    gopMs: 200,
    gopFrames: 5,
    reorderedFrames: 0,
  });
});

test.each([
  ['AVC with a composition time', '2701000028aabbccdd', 1],
  ['AVC without', '2701000000aabbccdd', 0],
  ['HEVC by Enhanced RTMP', 'a16876633100002aff', 1],
  ['HEVC without the field', 'a36876633100002aff', 0],
  ['AV1, which has none', 'a16176303100002aff', 0],
])('B-frames are noticed: %s', (_, hex, count) => {
  expect(timingOf([video(hex)]).reorderedFrames).toBe(count);
});
