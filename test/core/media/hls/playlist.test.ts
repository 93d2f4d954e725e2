import { expect, test } from 'vitest';
import { buildMasterPlaylist, buildMediaPlaylist, SegmentWindow } from '../../../../core/media/hls/index.ts';
import type { PlaylistSegment } from '../../../../core/media/hls/index.ts';

const segment: PlaylistSegment = {
  uri: 'movie/7.ts',
  durationMs: 2000,
  discontinuity: false,
  independent: true,
};

function media(segments: readonly PlaylistSegment[], ended = false): string {
  return buildMediaPlaylist({
    targetDuration: 2,
    mediaSequence: 7,
    discontinuitySequence: 0,
    segments,
    ended,
  });
}

function entry(
  durationMs: number,
  discontinuity = false,
): Omit<SegmentWindow<null>['segments'][0], 'sequence'> {
  return { ...segment, durationMs, discontinuity, byteLength: durationMs * 100, data: null };
}

test('a media playlist says everything a player needs, in the order of the specification', () => {
  const programDateTime = new Date('2030-01-02T03:04:05.678Z');
  const key = { uri: '/live/movie/1.key', iv: Buffer.from('000102030405060708090a0b0c0d0eff', 'hex') };
  const text = buildMediaPlaylist({
    targetDuration: 3,
    mediaSequence: 41,
    discontinuitySequence: 2,
    segments: [
      { ...segment, uri: 'movie/41.ts', programDateTime },
      { ...segment, uri: 'movie/42.ts', key, durationMs: 2534.4 },
      { ...segment, uri: 'movie/43.ts', key: { ...key } },
      { ...segment, uri: 'movie/44.ts', discontinuity: true },
    ],
    ended: true,
  });
  expect(text).toBe(`#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:3
#EXT-X-MEDIA-SEQUENCE:41
#EXT-X-DISCONTINUITY-SEQUENCE:2
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-PROGRAM-DATE-TIME:2030-01-02T03:04:05.678Z
#EXTINF:2.000,
movie/41.ts
#EXT-X-KEY:METHOD=AES-128,URI="/live/movie/1.key",IV=0x000102030405060708090A0B0C0D0EFF
#EXTINF:2.534,
movie/42.ts
#EXTINF:2.000,
movie/43.ts
#EXT-X-DISCONTINUITY
#EXT-X-KEY:METHOD=NONE
#EXTINF:2.000,
movie/44.ts
#EXT-X-ENDLIST
`);
});

test('a media playlist does not promise independent segments when one of them is not', () => {
  expect(media([segment])).toContain('INDEPENDENT');
  expect(media([segment, { ...segment, independent: false }])).not.toContain('INDEPENDENT');
});

test('a media playlist rejects a URI that would be read as something else', () => {
  for (const uri of ['a\nb.ts', '#EXT-X-ENDLIST', '', 'a\r']) {
    expect(() => media([{ ...segment, uri }])).toThrow(expect.objectContaining({ code: 'LVG_MEDIA' }));
  }
  expect(() => media([{ ...segment, key: { uri: 'a"b' } }])).toThrow('cannot stand');
});

test('a master playlist lists what the stream says of itself, and leaves out what is not known', () => {
  const text = buildMasterPlaylist([
    {
      uri: 'movie/index.m3u8?token=1',
      bandwidth: 2_000_000.2,
      averageBandwidth: 1_800_000,
      codecs: ['avc1.640015', 'mp4a.40.2'],
      resolution: { width: 1280, height: 720 },
      frameRate: 29.97003,
    },
    { uri: 'sound.m3u8', bandwidth: 128_000 },
  ]);
  expect(text).toBe(`#EXTM3U
#EXT-X-VERSION:3
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-STREAM-INF:BANDWIDTH=2000001,AVERAGE-BANDWIDTH=1800000,CODECS="avc1.640015,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=29.970
movie/index.m3u8?token=1
#EXT-X-STREAM-INF:BANDWIDTH=128000
sound.m3u8
`);
});

test('the window of segments moves one segment at a time, and keeps those that have left for players that still know them', () => {
  const window = new SegmentWindow<null>({ size: 3, retain: 2, segmentSeconds: 2 });
  const expired: number[] = [];
  for (let index = 0; index < 8; index++) {
    expired.push(...window.add(entry(2000)).map(({ sequence }) => sequence));
  }
  expect(window.mediaSequence).toBe(5);
  expect(window.segments.map(({ sequence }) => sequence)).toEqual([5, 6, 7]);
  expect(expired).toEqual([0, 1, 2]);
  expect([2, 3, 4, 5, 7, 8].map((sequence) => window.find(sequence)?.sequence)).toEqual([
    undefined,
    3,
    4,
    5,
    7,
    undefined,
  ]);
  expect(window.bandwidth).toEqual({ peak: 800_000, average: 800_000 });
});

test('the window of segments counts a discontinuity when its tag leaves the playlist, not before', () => {
  const window = new SegmentWindow<null>({ size: 2, segmentSeconds: 1 });
  const seen: [number, number][] = [];
  for (const discontinuity of [false, true, false, true, false, false, false]) {
    window.add(entry(2000, discontinuity));
    seen.push([window.mediaSequence, window.discontinuitySequence]);
  }
  // Three target durations of two seconds are the least, so three segments stay.
  expect(seen).toEqual([
    [0, 0],
    [0, 0],
    [0, 0],
    [1, 0],
    [2, 1],
    [3, 1],
    [4, 2],
  ]);
});

test('the window of segments the target duration is that of the longest segment there ever was, rounded', () => {
  const window = new SegmentWindow<null>({ size: 2, segmentSeconds: 2 });
  expect(window.targetDuration).toBe(2);
  window.add(entry(2400));
  expect(window.targetDuration).toBe(2);
  window.add(entry(4500));
  for (let index = 0; index < 20; index++) window.add(entry(2000));
  expect(window.targetDuration).toBe(5);
  expect(window.segments.length * 2).toBeGreaterThanOrEqual(15);
});

test('the window of segments many tiny segments do not make the playlist grow without end', () => {
  const window = new SegmentWindow<null>({ size: 6, segmentSeconds: 2 });
  for (let index = 0; index < 1000; index++) window.add(entry(1, true));
  expect(window.segments.length).toBeLessThanOrEqual(25);
  expect(window.mediaSequence + window.segments.length).toBe(1000);
  expect(window.discontinuitySequence).toBe(window.mediaSequence);
});

test('the window of segments a successor continues with the numbers and begins with a discontinuity', () => {
  const first = new SegmentWindow<null>({ size: 3, segmentSeconds: 2 });
  for (let index = 0; index < 5; index++) first.add(entry(index === 4 ? 6000 : 2000, index === 3));
  const second = new SegmentWindow<null>({ size: 3, segmentSeconds: 2, resume: first.resumption });
  second.add(entry(2000));
  second.add(entry(2000));
  expect(second.mediaSequence).toBe(5);
  expect(second.discontinuitySequence).toBe(1);
  expect(second.targetDuration).toBe(6);
  expect(second.segments.map(({ discontinuity }) => discontinuity)).toEqual([true, false]);
});

test('the window of segments an ended playlist that is taken up again continues behind a discontinuity', () => {
  const window = new SegmentWindow<null>({ size: 6, segmentSeconds: 2 });
  window.add(entry(2000));
  window.end();
  expect(buildMediaPlaylist(window)).toContain('#EXT-X-ENDLIST');
  window.add(entry(2000));
  expect(window.ended).toBe(false);
  expect(window.segments.map(({ discontinuity }) => discontinuity)).toEqual([false, true]);
});

test('the window of segments a playlist that is cleared restarts, with the next number and the discontinuities counted', () => {
  const window = new SegmentWindow<null>({ size: 6, segmentSeconds: 2, firstSequence: 100 });
  window.add(entry(2000));
  window.add(entry(2000, true));
  window.end();
  window.clear();
  expect([window.segments.length, window.mediaSequence, window.ended]).toEqual([0, 102, false]);
  window.add(entry(2000));
  expect([window.mediaSequence, window.discontinuitySequence]).toEqual([102, 1]);
  expect(window.segments[0]!.discontinuity).toBe(true);
  expect(window.find(100)).toBeDefined();
  expect(window.available.map(({ sequence }) => sequence)).toEqual([100, 101, 102]);
});

test('the window of segments new limits hold from the next segment on, and the target duration does not shrink', () => {
  const window = new SegmentWindow<null>({ size: 6, segmentSeconds: 6 });
  for (let index = 0; index < 6; index++) window.add(entry(6000));
  window.configure({ size: 3, retain: 1, segmentSeconds: 2 });
  expect(window.add(entry(6000)).map(({ sequence }) => sequence)).toEqual([0, 1, 2]);
  expect([window.segments.length, window.targetDuration]).toEqual([3, 6]);
});

test('a segment that is lost stays in its place, and players are told not to ask for it', () => {
  const text = media([segment, { ...segment, uri: 'movie/8.ts', gap: true }]);
  expect(text).toContain('#EXTINF:2.000,\nmovie/7.ts\n#EXT-X-GAP\n#EXTINF:2.000,\nmovie/8.ts\n');
});
