import { describe, expect, test } from 'vitest';
import { FlvPacketFormat } from '../../../core/media/flv/flv-format.ts';
import type { MediaPacket } from '../../../core/media/packet.ts';
import type { EndCause } from '../../../core/session/session.ts';
import type { Sink } from '../../../core/stream/sink.ts';
import {
  audio,
  audioHeader,
  FakeTransport,
  LEFT,
  metadata,
  seen,
  sessionForTest,
  spell,
  streamForTest,
  video,
  videoHeader,
  viewerOn,
  type TestStream,
} from './stream-kit.ts';

const FLV = new FlvPacketFormat();
const START = [metadata(0, { videocodecid: 7, audiocodecid: 10 }), videoHeader(0, 1), audioHeader(0, 1)];

/** Notes everything it is told. */
class RecordingSink implements Sink {
  readonly packets: MediaPacket[] = [];
  readonly events: string[] = [];

  write(packet: MediaPacket): void {
    this.packets.push(packet);
    const kind = packet.kind === 'data' ? 'script' : packet.kind;
    this.events.push(spell([seen(kind, packet.payload)]));
  }

  discontinuity(): void {
    this.events.push('discontinuity');
  }

  pause(): void {
    this.events.push('pause');
  }

  end(cause: EndCause): void {
    this.events.push(`end: ${cause.code}`);
  }

  get heard(): string {
    return this.events.join(' ');
  }
}

function join({ stream }: TestStream, transport = new FakeTransport()): FakeTransport {
  stream.join(viewerOn(transport), FLV);
  return transport;
}

/** The publisher goes and another comes: its first message is `raw` by its own clock. */
function takeOver({ stream }: TestStream): void {
  stream.pause();
  stream.begin(sessionForTest('publish', 'second'));
}

describe('a sink', () => {
  test('gets every packet, in order, before the call that published it returns', () => {
    const test = streamForTest();
    const sink = new RecordingSink();
    test.stream.attach(sink);
    test.publish(...START, video(0, 1, 'key'), audio(10, 2));
    expect(sink.heard).toBe('m v1 a1 V1! A2');
  });

  test('that comes late gets headers and group, headers alone, or nothing, as it asks', () => {
    const test = streamForTest();
    test.publish(...START, video(100, 1, 'key'), audio(110, 2), video(140, 3));
    const [all, headers, none] = [new RecordingSink(), new RecordingSink(), new RecordingSink()];
    test.stream.attach(all);
    test.stream.attach(headers, 'headers');
    test.stream.attach(none, 'none');
    test.publish(video(180, 4));
    expect(all.heard).toBe('m v1 a1 V1! A2 V3 V4');
    expect(headers.heard).toBe('m v1 a1 V4');
    expect(none.heard).toBe('V4');
    for (const { packets } of [all, headers])
      for (let index = 2; index < packets.length; index++)
        expect(packets[index]!.timestamp).toBeGreaterThanOrEqual(packets[index - 1]!.timestamp);
  });

  test('that throws is detached and named in the log; the others and the viewers go on', () => {
    const test = streamForTest();
    const before = new RecordingSink();
    const after = new RecordingSink();
    test.stream.attach(before);
    test.stream.attach({
      write: (packet) => {
        if (packet.kind === 'audio' && !packet.header) throw new Error('disk full');
      },
    });
    test.stream.attach(after);
    test.publish(...START, video(0, 1, 'key'), audio(10, 2), audio(20, 3), video(40, 4));
    expect(before.heard).toBe('m v1 a1 V1! A2 A3 V4');
    expect(after.heard).toBe(before.heard);
    expect(test.log.messages('error')).toEqual([
      'a sink threw and was detached; the stream goes on without it',
    ]);
    expect(test.log.lines.at(-1)).toMatchObject({ stream: 'live/movie', err: { message: 'disk full' } });
  });

  test('that throws while the group is replayed to it is not attached', () => {
    const test = streamForTest();
    test.publish(...START, video(0, 1, 'key'), audio(10, 2));
    let calls = 0;
    test.stream.attach({
      write: () => {
        calls++;
        throw new Error('no');
      },
    });
    test.publish(video(40, 3), video(80, 4));
    expect(calls).toBe(1);
    expect(test.log.messages('error')).toHaveLength(1);
  });

  test('that is removed inside a packet’s delivery, or adds another, disturbs nobody', () => {
    const test = streamForTest();
    const added = new RecordingSink();
    const last = new RecordingSink();
    let count = 0;
    const remove = test.stream.attach({
      write: () => {
        if (++count === 4) {
          remove();
          test.stream.attach(added, 'none');
        }
      },
    });
    test.stream.attach(last);
    test.publish(...START, video(0, 1, 'key'), video(40, 2));
    expect(last.heard).toBe('m v1 a1 V1! V2');
    expect(added.heard).toBe('V2');
    expect(count).toBe(4);
  });

  test('is told of pause, another publisher, a jump of its clock, and the end', () => {
    const test = streamForTest();
    const sink = new RecordingSink();
    test.stream.attach(sink);
    test.publish(...START, video(0, 1, 'key'));
    takeOver(test);
    test.publish(videoHeader(0, 2), video(0, 2, 'key'), video(500_000, 3));
    test.stream.end(LEFT);
    expect(sink.heard).toBe('m v1 a1 V1! pause discontinuity v2 V2! discontinuity V3 end: left');
    expect(test.stream.counters.timestampJumps).toBe(1);
  });
});

describe('when another publisher takes over', () => {
  test('viewers stay and go on with its headers and first keyframe, on the same clock', () => {
    const test = streamForTest();
    test.publish(...START, video(5000, 1, 'key'), video(5040, 2));
    const viewer = join(test);
    takeOver(test);
    expect(spell(viewer.tags)).toBe('m v1 a1 V1! V2');
    test.publish(metadata(0, { videocodecid: 7 }), videoHeader(0, 2), audioHeader(0, 2));
    test.publish(audio(900_000, 3), video(900_010, 4), video(900_030, 5, 'key'), audio(900_040, 6));
    expect(test.stream.viewerCount).toBe(1);
    test.stream.end(LEFT);
    expect(test.stream.viewerCount).toBe(0);
    expect(spell(viewer.tags)).toBe('m v1 a1 V1! V2 m v2 a2 V5! A6');
    expect(viewer.tags.map((tag) => tag.timestamp)).toEqual([
      0, 5000, 5000, 5000, 5040, 5110, 5110, 5110, 5110, 5120,
    ]);
  });

  test('what was pending of the one before is written first', () => {
    const test = streamForTest();
    test.publish(...START, video(0, 1, 'key'));
    const viewer = join(test);
    test.publish(video(40, 2), audio(50, 3));
    test.stream.pause();
    expect(spell(viewer.tags)).toBe('m v1 a1 V1! V2 A3');
  });

  test('a viewer whose connection is busy just then does not miss its first keyframe', () => {
    const test = streamForTest();
    test.publish(...START, video(0, 1, 'key'));
    const busy = join(test, new FakeTransport('stalled'));
    test.publish(video(40, 2, 'inter', 120_000));
    takeOver(test);
    test.publish(videoHeader(0, 2), video(0, 3, 'key'), video(40, 4));
    test.stream.end(LEFT);
    expect(spell(busy.tags)).toBe('m v1 a1 V1! V2 v2 V3! V4');
  });

  test('a viewer who comes meanwhile gets nothing of the old one', () => {
    const test = streamForTest();
    test.publish(...START, video(0, 1, 'key'));
    test.stream.pause();
    const viewer = join(test);
    test.stream.begin(sessionForTest('publish', 'second'));
    test.publish(videoHeader(0, 2), video(0, 2, 'key'));
    test.stream.end(LEFT);
    expect(spell(viewer.tags)).toBe('v2 V2!');
  });

  test('its tracks count, not those of the one before', () => {
    const test = streamForTest();
    test.publish(...START, video(0, 1, 'key'), audio(10, 2));
    expect(test.stream.tracks).toEqual({ video: 'avc', audio: 'aac' });
    takeOver(test);
    test.publish(audioHeader(0, 2), audio(0, 3));
    expect(test.stream.tracks).toEqual({ video: undefined, audio: 'aac' });
    expect(test.stream.headers).toHaveLength(1);
  });
});

describe('the tracks a viewer can count on', () => {
  test('are at first those that are announced, then those that came', () => {
    const test = streamForTest();
    expect(test.stream.expectedTracks).toEqual({ video: false, audio: false });
    test.publish(metadata(0, { videocodecid: 7, audiocodecid: 10 }));
    expect(test.stream.expectedTracks).toEqual({ video: true, audio: true });
    test.publish(videoHeader(0, 1), video(0, 1, 'key'), video(1999, 2));
    expect(test.stream.expectedTracks).toEqual({ video: true, audio: true });
    test.publish(video(2000, 3));
    expect(test.stream.expectedTracks).toEqual({ video: true, audio: false });
    test.publish(audio(2010, 4));
    expect(test.stream.expectedTracks).toEqual({ video: true, audio: true });
  });

  test('are not announced by 0, false or an empty name', () => {
    const test = streamForTest();
    test.publish(metadata(0, { videocodecid: 0, width: 0, hasVideo: false, audiocodecid: 10 }));
    expect(test.stream.expectedTracks).toEqual({ video: false, audio: true });
  });

  test('are counted per publisher: a second one is believed for its own first 2 s', () => {
    const test = streamForTest();
    test.publish(metadata(0, { audiocodecid: 10, videocodecid: 7 }), video(0, 1, 'key'), video(9000, 2));
    takeOver(test);
    test.publish(metadata(0, { audiocodecid: 10, videocodecid: 7 }), video(0, 1, 'key'));
    expect(test.stream.expectedTracks).toEqual({ video: true, audio: true });
  });
});

describe('headers', () => {
  test('stand in the order metadata, video, audio, the newest of each', () => {
    const test = streamForTest();
    test.publish(audioHeader(0, 1), videoHeader(0, 1), metadata(0, { width: 1 }), audioHeader(0, 2));
    expect(
      spell(test.stream.headers.map(({ kind, payload }) => seen(kind === 'data' ? 'script' : kind, payload))),
    ).toBe('m v1 a2');
  });

  test('that come again unchanged are no change', () => {
    const test = streamForTest();
    test.publish(...START);
    const { headersVersion } = test.stream;
    test.publish(...START);
    expect(test.stream.headersVersion).toBe(headersVersion);
    test.publish(videoHeader(0, 2));
    expect(test.stream.headersVersion).toBe(headersVersion + 1);
  });

  test('of any number of tracks cannot fill the memory', () => {
    const test = streamForTest();
    for (let track = 0; track < 256; track++) {
      const { description, payload } = videoHeader(0, track);
      const large = Buffer.concat([payload, Buffer.alloc(1_000_000)]);
      test.stream.publish({ ...description, track }, 0, large);
    }
    const bytes = test.stream.headers.reduce((sum, packet) => sum + packet.payload.length, 0);
    expect(bytes).toBeLessThanOrEqual(2_000_000);
  });
});

describe('options that change while the stream is live', () => {
  test('hold at once: the cache is dropped, and limits of viewers who are there change', () => {
    const test = streamForTest();
    test.publish(...START, video(0, 1, 'key'));
    const viewer = viewerOn(new FakeTransport('stalled'));
    test.stream.join(viewer, FLV);
    test.stream.configure({
      ...test.stream.options,
      gop_num: 0,
      slowViewer: { dropAfterBytes: 65_536, closeAfterBytes: 65_536 },
    });
    expect(spell(join(test).tags)).toBe('');
    for (let id = 2; id < 5; id++) test.publish(video(id * 40, id, 'inter', 140_000));
    expect(viewer.counters.lags).toBe(1);
  });
});

test('figures count packets, keyframes and payload bytes', () => {
  const test = streamForTest();
  test.publish(...START, video(0, 1, 'key', 100), video(40, 2, 'inter', 50), audio(50, 3, 30));
  expect(test.stream.counters).toEqual({
    packets: 6,
    keyframes: 1,
    videoBytes: 12 + 100 + 50,
    audioBytes: 8 + 30,
    dataBytes: START[0]!.payload.length,
    timestampJumps: 0,
  });
});
