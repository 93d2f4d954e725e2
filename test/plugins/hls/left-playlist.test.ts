// The playlist of a stream whose worker was killed and whose publisher does not return.
import { expect, test } from 'vitest';
import type { FoundStream } from '../../../plugins/hls/elsewhere/left-streams.ts';
import type { FileAnswer } from '../../../plugins/hls/elsewhere/snapshot.ts';
import { RemotePresentation } from '../../../plugins/hls/elsewhere/remote-presentation.ts';

const TEXT = '#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:3\n#EXTINF:2.000,\nmovie/3.ts\n#EXTINF:2.000,\nmovie/4.ts\n';
const LISTED = [3, 4].map((sequence) => ({ sequence, durationMs: 2000 }));
const PLAIN = { urls: 'plain', player: 'new' } as const;

type Look = (key: string, number: number) => Promise<FileAnswer>;

function adopt(text = TEXT, keptAnywhere: Look = () => Promise.resolve(undefined)) {
  let now = 1000;
  const found = {
    home: 2,
    leftForMs: 1000,
    holders: new Map<number, number>(),
    snapshot: {
      available: [3, 4],
      master: '',
      options: { publisherGraceSeconds: 20 },
      playlists: { 'plain-new': { text, etag: '"a-7"' } },
      window: { nextSequence: 5, retained: [], listed: LISTED, keys: [] },
    },
  } as unknown as FoundStream;
  const remote = RemotePresentation.adopt(
    'live/movie',
    { now: () => now, keptAnywhere, hold: () => 0 } as never,
    found,
  );
  return { remote, pass: (ms: number) => (now += ms) };
}

test('ends when the publisher has been away for too long, and stays until players have fetched the tail', () => {
  const { remote, pass } = adopt();
  const open = remote.playlist(PLAIN);
  expect(open.body.toString()).toBe(TEXT);
  pass(18_999);
  expect(remote.playlist(PLAIN)).toBe(open);
  expect(remote.followed?.window.listed).toEqual(LISTED);
  pass(1);
  const closed = remote.playlist(PLAIN);
  expect(closed.body.toString()).toBe(`${TEXT}#EXT-X-ENDLIST\n`);
  expect(closed.etag).not.toBe(open.etag);
  // A publisher that returns after all begins behind the end.
  expect(remote.followed?.window).toMatchObject({ nextSequence: 5, retained: LISTED, listed: [] });
  pass(4000 + 29_999);
  expect([remote.gone, remote.left?.leftForMs]).toEqual([false, 53_999]);
  pass(1);
  expect([remote.gone, remote.left, remote.followed]).toEqual([true, undefined, undefined]);
});

test('is as its publisher has ended it', () => {
  const ended = `${TEXT}#EXT-X-ENDLIST\n`;
  const { remote, pass } = adopt(ended);
  pass(20_000);
  expect(remote.playlist(PLAIN).body.toString()).toBe(ended);
});

test('names segments that this worker has not got before the other one was killed: it looks for them everywhere', async () => {
  const looks: number[] = [];
  let answer = (_answer: FileAnswer): void => {};
  const { remote } = adopt(TEXT, (_, number) => {
    looks.push(number);
    return new Promise((resolve) => (answer = resolve));
  });
  const get = (number: number) => remote.file({ kind: 'segment', number });
  const asked = [get(4), get(4)];
  await Promise.resolve();
  // Another worker that looks for it here does not wait for what this one looks for there.
  expect([looks, remote.followed?.files.size]).toEqual([[4], 0]);
  answer({ kind: 'segment', bytes: Buffer.of(1, 2, 3), etag: '"4"', encrypted: false });
  expect(await Promise.all(asked)).toMatchObject([{ etag: '"4"' }, { etag: '"4"' }]);
  expect(await get(4)).toMatchObject({ source: { bytes: Buffer.of(1, 2, 3) } });
  expect(looks).toEqual([4]);
  // One that nobody has is looked for again, and one that no playlist names is not.
  const missing = get(3);
  await Promise.resolve();
  answer(undefined);
  expect([await missing, await get(2), looks]).toEqual([undefined, undefined, [4, 3]]);
});
