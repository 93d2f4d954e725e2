import { describe, expect, test } from 'vitest';
import { Denial } from '../../../core/session/denial.ts';
import { FlvPacketFormat } from '../../../core/media/flv/flv-format.ts';
import type { AppOptions } from '../../../core/options.ts';
import { Playback, describeCounters, type PlaybackHost } from '../../../core/session/playback.ts';
import type { Stream } from '../../../core/stream/stream.ts';
import {
  audio,
  audioHeader,
  FakeTransport,
  LEFT,
  metadata,
  sessionForTest,
  spell,
  streamForTest,
  video,
  videoHeader,
  viewerOn,
  type TestStream,
} from '../stream/stream-kit.ts';

const FLV = new FlvPacketFormat();
const AUDIO = new FlvPacketFormat({ only: 'audio' });
const START = [metadata(0, { videocodecid: 7, audiocodecid: 10 }), videoHeader(0, 1), audioHeader(0, 1)];

interface Played extends TestStream {
  readonly playback: Playback;
  readonly transport: FakeTransport;
  readonly events: string[];
}

function play(options: Partial<AppOptions> = {}): Played {
  const test = streamForTest(options);
  const events: string[] = [];
  const host: PlaybackHost = {
    findStream: (_session, signal) =>
      signal.aborted ? Promise.resolve(undefined) : Promise.resolve(test.stream),
    started: (session, stream) => void events.push(`${session.id} started ${stream.key}`),
    stopped: (session, stream, cause) =>
      void events.push(`${session.id} stopped ${stream?.key ?? 'nothing'}: ${cause.code}`),
  };
  const playback = new Playback(sessionForTest('play', 'v1'), host);
  return { ...test, playback, transport: new FakeTransport(), events };
}

/** What is pending goes out: the end of the window. */
function flushed(stream: Stream, transport: FakeTransport): string {
  stream.pause();
  return spell(transport.tags);
}

describe('a playback', () => {
  test('tells when the viewer joined and when it left, once each', () => {
    const { playback, stream, transport, events } = play();
    expect(playback.start(stream, FLV, transport)).toBeUndefined();
    expect(stream.viewerCount).toBe(1);
    playback.stop(LEFT);
    playback.stop(LEFT);
    expect(stream.viewerCount).toBe(0);
    expect(events).toEqual(['v1 started live/movie', 'v1 stopped live/movie: left']);
  });

  test('that is stopped while it waits gives no stream and does not start', async () => {
    const { playback, stream, transport, events } = play();
    const waiting = playback.findStream();
    playback.stop(LEFT);
    expect(await waiting).toBeUndefined();
    expect(playback.start(stream, FLV, transport)).toBeInstanceOf(Denial);
    expect(events).toEqual(['v1 stopped nothing: left']);
    expect(stream.viewerCount).toBe(0);
  });

  test('of a full stream is refused with the limit and its name', () => {
    const { playback, stream, transport } = play({ maxViewersPerStream: 1 });
    stream.join(viewerless(), FLV);
    expect(playback.start(stream, FLV, transport)).toEqual(
      new Denial('limit', 'live/movie has 1 viewers already (maxViewersPerStream)'),
    );
    expect(stream.viewerCount).toBe(1);
  });

  test('of a stream that ended between its being found and joined is refused, not left hanging', () => {
    const { playback, stream, transport } = play();
    stream.end(LEFT);
    expect(playback.start(stream, FLV, transport)).toEqual(
      new Denial('not-found', 'live/movie has just ended'),
    );
  });

  test('that is paused goes on at the next keyframe, without the packets between', () => {
    const { playback, stream, transport, publish } = play();
    publish(...START, video(0, 1, 'key'));
    playback.start(stream, FLV, transport);
    playback.pause();
    publish(video(40, 2));
    playback.resume();
    publish(video(80, 3), video(120, 4, 'key'), video(160, 5));
    expect(flushed(stream, transport)).toBe('m v1 a1 V1! V4! V5');
  });

  test('that changes to another format gets the headers it never had', () => {
    const { playback, stream, transport, publish } = play();
    publish(...START, video(0, 1, 'key'), audio(10, 2));
    playback.start(stream, AUDIO, transport);
    playback.reformat(FLV);
    publish(audio(30, 3), video(40, 4, 'key'), audio(50, 5));
    expect(flushed(stream, transport)).toBe('m a1 A2 m v1 a1 V4! A5');
    expect(stream.viewerCount).toBe(1);
  });

  test('that stops on a connection that lives on sends nothing of the old stream any more', () => {
    const { playback, stream, publish } = play();
    const stalled = new FakeTransport('stalled');
    publish(...START, video(0, 1, 'key'));
    playback.start(stream, FLV, stalled);
    for (let id = 2; id < 8; id++) publish(video(id * 40, id, 'inter', 140_000));
    const before = stalled.writes.length;
    playback.stop(LEFT);
    stalled.drain();
    expect(stalled.writes).toHaveLength(before);
  });
});

test('the log line of a viewer that lost nothing says what it got, of another also what it lost', () => {
  const counters = { sentBytes: 10, queuedBytes: 0, droppedPackets: 0, droppedBytes: 0, lags: 0 };
  expect(describeCounters(undefined)).toEqual({});
  expect(describeCounters(counters)).toEqual({ sentBytes: 10 });
  expect(describeCounters({ ...counters, lags: 1, droppedPackets: 4 })).toEqual({
    sentBytes: 10,
    droppedPackets: 4,
    lags: 1,
  });
});

function viewerless() {
  return viewerOn(new FakeTransport());
}
