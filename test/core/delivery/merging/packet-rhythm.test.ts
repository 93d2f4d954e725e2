import { expect, test } from 'vitest';
import { PacketRhythm } from '../../../../core/delivery/merging/packet-rhythm.ts';
import { audio, audioHeader, packetOf, video } from '../../stream/stream-kit.ts';

function rhythmOf(...messages: readonly Parameters<typeof packetOf>[0][]): PacketRhythm {
  const rhythm = new PacketRhythm();
  for (const message of messages) rhythm.note(packetOf(message));
  return rhythm;
}

test('nothing is expected of a track that has sent one packet', () => {
  expect(rhythmOf(video(0, 0), audio(0, 0)).expects(0, 100)).toBe(false);
});

test('a packet is expected one step behind the last of its track', () => {
  const rhythm = rhythmOf(video(0, 0), video(40, 1));
  expect([79, 80, 81].map((until) => rhythm.expects(40, until))).toEqual([false, true, true]);
});

test('a packet that is late is expected for 25 ms more', () => {
  const rhythm = rhythmOf(video(0, 0), video(40, 1), audio(100, 2));
  expect([105, 106].map((now) => rhythm.expects(now, now + 12))).toEqual([true, false]);
});

test('the slices of one picture, headers, and timestamps that run backwards are no step', () => {
  const rhythm = rhythmOf(video(0, 0), video(40, 1), video(40, 2), audioHeader(41, 3), audioHeader(42, 4));
  expect(rhythm.expects(42, 79)).toBe(false);
  expect(rhythm.expects(42, 80)).toBe(true);
  rhythm.note(packetOf(video(38, 5)));
  expect(rhythm.expects(42, 78)).toBe(true);
});

test('a track with more than 250 ms between its packets has no rhythm', () => {
  const rhythm = rhythmOf(video(0, 0), video(251, 1));
  expect(rhythm.expects(251, 10_000)).toBe(false);
});
