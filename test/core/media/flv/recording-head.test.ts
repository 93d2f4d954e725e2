// The head of a recording whose publisher sends metadata that is short, and long when it is written.
import { expect, test } from 'vitest';
import { buildMetadata, parseMetadata } from '../../../../core/media/flv/metadata.ts';
import { RecordingHead } from '../../../../core/media/flv/recording/recording-head.ts';
import { bomb } from './metadata-bomb.ts';

const TRACKS = { video: true, audio: true };
/** FLV header, PreviousTagSize and tag header. */
const BEFORE_BODY = 24;

test('leaves out objects that would be written 2^25 times', () => {
  const head = new RecordingHead({ livego: 'first', all: parseMetadata(bomb(25)) }, TRACKS);
  const written = parseMetadata(head.build().subarray(BEFORE_BODY, -4));
  expect({ ...written }).toEqual({ livego: 'first' });
});

test('of a file that exists stays within its room', () => {
  const body = bomb(10);
  const head = new RecordingHead(parseMetadata(body)!, TRACKS, body.length);
  expect(head.byteLength).toBe(BEFORE_BODY + body.length + 4);
  const short = buildMetadata({ width: 640 });
  const exact = new RecordingHead({ width: 640 }, TRACKS, short.length);
  expect(parseMetadata(exact.build().subarray(BEFORE_BODY, -4))).toEqual(parseMetadata(short));
});

test.each([
  ['an object without properties', {}, 17],
  ['nothing but the name', { encoder: 'x' }, 13],
])('of a file that exists says that there is no room: %s', (_, properties, bodyBytes) => {
  const head = new RecordingHead(properties, TRACKS, bodyBytes);
  expect([head.maxPlaces < 1, head.byteLength]).toEqual([true, BEFORE_BODY + bodyBytes + 4]);
});
