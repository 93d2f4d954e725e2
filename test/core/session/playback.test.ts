import { describe, expect, test } from 'vitest';
import { FlvPacketFormat } from '../../../core/media/flv/flv-format.ts';
import type { AppOptions } from '../../../core/options/options.ts';
import { Denial } from '../../../core/session/denial.ts';
import { describeCounters } from '../../../core/session/describe-session.ts';
import { Playback, type PlaybackHost } from '../../../core/session/playback.ts';
import type { Session } from '../../../core/session/session.ts';
import type { Stream } from '../../../core/stream/stream.ts';
import {
  audio,
  audioHeader,
  FakeTransport,
  FLV,
  LEFT,
  metadata,
  sessionForTest,
  spell,
  streamForTest,
  type TestStream,
  video,
  videoHeader,
  viewerOn,
} from '../stream/stream-kit.ts';

const AUDIO = new FlvPacketFormat({ only: 'audio' });
const START = [metadata(0, { videocodecid: 7, audiocodecid: 10 }), videoHeader(0, 1), audioHeader(0, 1)];

interface Played extends TestStream {
  readonly session: Session;
  readonly playback: Playback;
  readonly transport: FakeTransport;
  readonly events: string[];
  readonly denials: string[];
}

function play(options: Partial<AppOptions> = {}, onStart = (_session: Session): void => {}): Played {
  const test = streamForTest(options);
  const events: string[] = [];
  const denials: string[] = [];
  const host: PlaybackHost = {
    findStream: () => Promise.resolve(test.stream),
    resolve: (view) => (view === test.stream.view ? test.stream : undefined),
    takeSeat: () => undefined,
    started: (session, stream) => {
      events.push(`${session.id} started ${stream.key}`);
      onStart(session);
    },
    denied: (session, { code }) => void denials.push(`${session.id} ${code}`),
    stopped: (session, stream, cause) =>
      void events.push(`${session.id} stopped ${stream?.key ?? 'nothing'}: ${cause.code}`),
  };
  const session = sessionForTest('play', 'v1', (cause) => playback.stop(cause));
  const playback = new Playback(session, host);
  return { ...test, session, playback, transport: new FakeTransport(), events, denials };
}

/** What is pending is written, as at the end of the window. */
function flushed(stream: Stream, transport: FakeTransport): string {
  stream.pause();
  return spell(transport.tags);
}

describe('a playback', () => {
  test('tells when the viewer joined and when it left, once each', () => {
    const { playback, stream, transport, events } = play();
    expect(playback.start(stream.view, FLV, transport)).toBeUndefined();
    expect(stream.viewerCount).toBe(1);
    playback.stop(LEFT);
    playback.stop(LEFT);
    expect(stream.viewerCount).toBe(0);
    expect(events).toEqual(['v1 started live/movie', 'v1 stopped live/movie: left']);
  });

  test('that is stopped while it waits is denied the stream, and does not start', async () => {
    const { playback, stream, transport, events } = play();
    const waiting = playback.findStream();
    playback.stop(LEFT);
    const disconnected = new Denial('unavailable', 'the viewer has disconnected');
    expect(await waiting).toEqual(disconnected);
    expect(playback.start(stream.view, FLV, transport)).toEqual(disconnected);
    expect(playback.countViewer(stream.view, () => ({}))).toEqual(disconnected);
    expect(events).toEqual(['v1 stopped nothing: left']);
    expect(stream.viewerCount).toBe(0);
  });

  test('of a full stream is denied with the limit and its name', async () => {
    const { playback, stream, transport, denials } = play({ maxViewersPerStream: 1 });
    stream.join(viewerOn(new FakeTransport()), FLV);
    const full = new Denial('limit', 'live/movie has 1 viewers already (maxViewersPerStream)');
    expect(await playback.findStream()).toEqual(full);
    expect(playback.denialFor(stream.view)).toEqual(full);
    expect(playback.start(stream.view, FLV, transport)).toEqual(full);
    expect(playback.countViewer(stream.view, () => ({}))).toEqual(full);
    expect(stream.viewerCount).toBe(1);
    // However often the protocol asks, the log has one line.
    expect(denials).toEqual(['v1 limit']);
  });

  test('of a stream that ended between its being found and joined is denied, not left hanging', () => {
    const { playback, stream, transport } = play();
    stream.end(LEFT);
    expect(playback.start(stream.view, FLV, transport)).toEqual(
      new Denial('not-found', 'live/movie has just ended'),
    );
  });

  test('that is closed by a plugin as it starts does not join', () => {
    const { playback, stream, transport, publish, events } = play({}, (session) =>
      session.close({ code: 'kicked', message: 'not you' }),
    );
    publish(...START, video(0, 1, 'key'));
    playback.start(stream.view, FLV, transport);
    expect(stream.viewerCount).toBe(0);
    expect(transport.writes).toEqual([]);
    expect(events).toEqual(['v1 started live/movie', 'v1 stopped live/movie: kicked']);
  });

  test('of a stream that a plugin ends as the viewer starts is told so, once', () => {
    const end = (): void => void played.stream.end(LEFT);
    const played: Played = play({}, end);
    const { playback, stream, transport, publish, events } = played;
    publish(...START, video(0, 1, 'key'));
    expect(playback.start(stream.view, FLV, transport)).toBeUndefined();
    expect(stream.viewerCount).toBe(0);
    expect(transport.writes).toEqual([]);
    expect(transport.causes).toEqual([{ code: 'unpublished', message: 'the stream has ended' }]);
    expect(playback.ended).toBe(true);
    expect(events).toEqual(['v1 started live/movie', 'v1 stopped live/movie: unpublished']);
  });

  test('that is closed by a plugin which also ends the stream is told of it once', () => {
    const end = (session: Session): void => {
      session.close({ code: 'kicked', message: 'not you' });
      played.stream.end(LEFT);
    };
    const played: Played = play({}, end);
    const { playback, stream, transport, events } = played;
    playback.start(stream.view, FLV, transport);
    expect([transport.writes, transport.causes]).toEqual([[], []]);
    expect(events).toEqual(['v1 started live/movie', 'v1 stopped live/movie: kicked']);
  });

  test('shows the counters of its viewer, also when that has left', () => {
    const { playback, session, stream, transport, publish } = play();
    publish(...START, video(0, 1, 'key'));
    playback.start(stream.view, FLV, transport);
    playback.stop(LEFT);
    expect(session.counters.sentBytes).toBe(transport.bytes.length);
    expect(session.view.counters).toEqual(session.counters);
  });

  test('that is paused continues at the next keyframe, without the packets between', () => {
    const { playback, stream, transport, publish } = play();
    publish(...START, video(0, 1, 'key'));
    playback.start(stream.view, FLV, transport);
    playback.pause();
    publish(video(40, 2));
    playback.resume();
    publish(video(80, 3), video(120, 4, 'key'), video(160, 5));
    expect(flushed(stream, transport)).toBe('m v1 a1 V1! V4! V5');
  });

  test('that changes to another format gets the headers it never had', () => {
    const { playback, stream, transport, publish } = play();
    publish(...START, video(0, 1, 'key'), audio(10, 2));
    playback.start(stream.view, AUDIO, transport);
    playback.reformat(FLV);
    publish(audio(30, 3), video(40, 4, 'key'), audio(50, 5));
    expect(flushed(stream, transport)).toBe('m a1 A2 m v1 a1 V4! A5');
    expect(stream.viewerCount).toBe(1);
  });

  test('that stops on a connection that lives on sends nothing of the old stream any more', () => {
    const { playback, stream, publish } = play();
    const stalled = new FakeTransport('stalled');
    publish(...START, video(0, 1, 'key'));
    playback.start(stream.view, FLV, stalled);
    for (let id = 2; id < 8; id++) publish(video(id * 40, id, 'inter', 140_000));
    const before = stalled.writes.length;
    playback.stop(LEFT);
    stalled.drain();
    expect(stalled.writes).toHaveLength(before);
  });
});

describe('when the stream ends', () => {
  const OVER = { code: 'unpublished', message: 'over' } as const;

  test.each(['plays', 'has paused', 'has paused twice', 'has paused and continued'])(
    'a viewer that %s is stopped before its connection closes, once, for the same cause',
    (state) => {
      const { playback, stream, transport, events } = play();
      playback.start(stream.view, FLV, transport);
      if (state !== 'plays') playback.pause();
      if (state === 'has paused twice') playback.pause();
      if (state === 'has paused and continued') playback.resume();
      expect(stream.viewerCount).toBe(1);
      transport.close = (cause) => void events.push(`closed: ${cause.code}`);
      stream.end(OVER);
      expect(events).toEqual([
        'v1 started live/movie',
        'v1 stopped live/movie: unpublished',
        'closed: unpublished',
      ]);
      expect(stream.viewerCount).toBe(0);
    },
  );

  test('a viewer that fetches files is stopped, and no longer counted', () => {
    const { playback, session, stream, events } = play();
    expect(playback.countViewer(stream.view, () => ({ sentBytes: 7 }))).toBeUndefined();
    expect(stream.viewerCount).toBe(1);
    stream.end(OVER);
    expect(events).toEqual(['v1 started live/movie', 'v1 stopped live/movie: unpublished']);
    expect(stream.viewerCount).toBe(0);
    expect(session.counters.sentBytes).toBe(7);
    expect(playback.ended).toBe(true);
  });

  test('a viewer that cannot be closed is logged, and the others are closed', () => {
    const { playback, stream, transport, log } = play();
    playback.start(stream.view, FLV, transport);
    playback.pause();
    const closed: string[] = [];
    stream.countViewer(() => {
      throw new Error('bug');
    });
    stream.countViewer(() => void closed.push('other'));
    stream.end(OVER);
    expect(transport.causes).toEqual([OVER]);
    expect(closed).toEqual(['other']);
    expect(log.lines).toMatchObject([
      { level: 'error', msg: 'a viewer could not be closed', stream: 'live/movie', err: { message: 'bug' } },
    ]);
  });
});

test('the log line of a viewer that lost nothing says what it got, of another also what it lost', () => {
  const counters = {
    receivedBytes: 0,
    sentBytes: 10,
    queuedBytes: 0,
    droppedPackets: 0,
    droppedBytes: 0,
    lags: 0,
  };
  expect(describeCounters(counters)).toEqual({ sentBytes: 10 });
  expect(describeCounters({ ...counters, lags: 1, droppedPackets: 4 })).toEqual({
    sentBytes: 10,
    droppedPackets: 4,
    lags: 1,
  });
});

test('a paused viewer that gets another format stays paused', () => {
  const { playback, stream, publish, transport } = play();
  publish(...START, video(0, 1, 'key'));
  playback.start(stream.view, FLV, transport);
  playback.pause();
  const before = transport.writes.length;
  playback.reformat(AUDIO);
  publish(audio(120, 4), video(120, 4, 'key', 140_000));
  expect(transport.writes).toHaveLength(before);
  expect(stream.viewerCount).toBe(1);
  playback.resume();
  publish(audio(160, 5));
  stream.hold();
  expect(spell(transport.tags)).toMatch(/a1 A5$/);
});
