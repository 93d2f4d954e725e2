// Seats at the copy of a stream that lives in another worker, which counts the viewers of all.
import { expect, test } from 'vitest';
import { Playback, type PlaybackHost } from '../../../core/session/playback.ts';
import { LEFT, sessionForTest, streamForTest } from '../stream/stream-kit.ts';

interface Searching {
  readonly playback: Playback;
  /** Seats that are taken now. */
  seats: number;
}

/** @param onSeat - called when a seat is taken, before it is given to the viewer */
function search(onSeat: (playback: Playback) => void = () => {}): Searching {
  const { stream } = streamForTest();
  const host: PlaybackHost = {
    findStream: () => Promise.resolve(stream),
    resolve: () => stream,
    takeSeat: () => {
      searching.seats++;
      onSeat(playback);
      return Promise.resolve(() => void searching.seats--);
    },
    started: () => {},
    denied: () => {},
    stopped: () => {},
  };
  const playback = new Playback(
    sessionForTest('play', 'v1', () => {}),
    host,
  );
  const searching: Searching = { playback, seats: 0 };
  return searching;
}

test('a viewer has one seat, however often it looks for the stream', async () => {
  const searching = search();
  const { playback } = searching;
  await Promise.all([playback.findStream(), playback.findStream()]);
  await playback.findStream();
  expect(searching.seats).toBe(1);
  playback.stop(LEFT);
  expect(searching.seats).toBe(0);
});

test('a seat of a viewer that has left meanwhile is given back', async () => {
  const searching = search((playback) => playback.stop(LEFT));
  expect(await searching.playback.findStream()).toMatchObject({ reason: 'the viewer has disconnected' });
  expect(searching.seats).toBe(0);
});
