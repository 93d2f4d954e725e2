import { expect, test } from 'vitest';
import { tracksInWords } from '../../../core/media/tracks-in-words.ts';
import { buildMetadata } from '../../../core/media/flv/metadata.ts';
import { describeData } from '../../../core/media/flv/tag-body.ts';
import { MediaPacket } from '../../../core/media/packet.ts';
import { aacHeader, videoHeader } from './mpegts/flv-packets.ts';

function metadata(properties: Record<string, number>): MediaPacket {
  const payload = buildMetadata(properties);
  return new MediaPacket(describeData(payload), 0, payload);
}

test.each([
  ['avc', 'aac', [videoHeader(), aacHeader()], 'H.264 352x288, AAC 48000 Hz stereo'],
  ['avc', undefined, [metadata({ width: 640, height: 360, framerate: 29.97 })], 'H.264 640x360 29.97 fps'],
  ['vp9', 'opus', [], 'VP9, Opus'],
  [undefined, 'mp3', [metadata({ width: 0, framerate: -1 })], 'MP3'],
  [undefined, undefined, [], 'neither video nor audio'],
] as const)('a stream of %s and %s is described by what its headers say', (video, audio, headers, words) => {
  expect(tracksInWords({ video, audio }, headers)).toBe(words);
});
