// What a stream makes of encoders' mistakes: its viewers and its log.
import { describe, expect, test } from 'vitest';
import { describeAudio, describeData, describeVideo } from '../../../core/media/flv/tag-body.ts';
import { FlvReader } from '../../../core/media/flv/tag-reader.ts';
import {
  FakeTransport,
  FLV,
  streamForTest,
  takeOver,
  viewerOn,
  type Message,
  type TestStream,
} from './stream-kit.ts';

const RECORD = '0142c01effe100076742c01ed9010101000468ce3c80';

function video(timestamp: number, hex: string): Message {
  const payload = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return { description: describeVideo(payload), timestamp, payload };
}

function audio(timestamp: number, hex: string): Message {
  const payload = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return { description: describeAudio(payload), timestamp, payload };
}

const header = video(0, `90 61766331 ${RECORD}`);
const key = (timestamp: number) => video(timestamp, '91 61766331 000000 00000003 658801');
const inter = (timestamp: number) => video(timestamp, 'a1 61766331 000000 00000003 419a01');
/** "colorInfo", and the loudspeakers of Opus. */
const colours = video(0, '94 61766331 02 0009 636f6c6f72496e666f 05');
const loudspeakers = audio(0, '94 4f707573 01 06 0000003f');
const opusHeader = audio(0, '90 4f707573 4f70757348656164');
const sound = (timestamp: number) => audio(timestamp, '91 4f707573 fc01');

/** The messages that a viewer has got, in hexadecimal. */
function join({ stream }: TestStream): () => string[] {
  const transport = new FakeTransport();
  stream.join(viewerOn(transport), FLV);
  return () => {
    stream.hold();
    return new FlvReader().push(transport.bytes).map(({ body }) => body.toString('hex'));
  };
}

describe('what says more about a track than its sequence header', () => {
  test.each([
    ['before', [colours, header, loudspeakers, opusHeader]],
    ['behind', [header, colours, opusHeader, loudspeakers]],
  ])('%s it reaches an early and a late viewer once each, before the first frame', (_name, opening) => {
    const test = streamForTest();
    const early = join(test);
    test.publish(...opening, key(0), sound(10), inter(40), inter(80), key(120), sound(130), inter(160));
    const late = join(test);
    test.publish(sound(170), inter(200));
    for (const seen of [early(), late()]) {
      for (const { payload } of [colours, loudspeakers]) {
        const hex = payload.toString('hex');
        expect(seen.filter((each) => each === hex)).toHaveLength(1);
        expect(seen.indexOf(hex)).toBeLessThan(seen.findIndex((each) => each.startsWith('91')));
      }
    }
  });

  test('is kept in its newest form, and not for the next publisher', () => {
    const test = streamForTest();
    const others = video(40, '94 61766331 02 0009 636f6c6f72496e666f 06');
    test.publish(header, colours, key(0), others, key(80));
    expect(test.stream.headers.map(({ payload }) => payload)).toEqual([header.payload, others.payload]);
    takeOver(test);
    expect(test.stream.headers).toEqual([]);
  });

  test('says nothing about codecs and tracks', () => {
    const test = streamForTest();
    test.publish(colours, loudspeakers);
    expect(test.stream.expectedTracks).toEqual({ video: true, audio: true });
    expect(test.stream.tracks).toEqual({ video: 'avc', audio: 'opus' });
  });
});

describe('an encoder’s mistake', () => {
  test('is said once in the log, for each publisher', () => {
    const test = streamForTest();
    const adts = 'fff15040013ffc2121';
    test.publish(audio(0, `af01 ${adts}`), audio(23, `af01 ${adts}`));
    takeOver(test);
    test.publish(audio(0, `af01 ${adts}`));
    const line = 'the publisher sends AAC with ADTS headers; they are taken off';
    expect(test.log.messages('warn')).toEqual([line, line]);
    expect(test.log.lines[0]).toMatchObject({ stream: 'live/movie' });
  });

  test('that is a data message without a name costs viewers nothing', () => {
    const test = streamForTest();
    const viewer = join(test);
    const unnamed = Buffer.from('00000001', 'hex');
    const data: Message = { description: describeData(unnamed), timestamp: 0, payload: unnamed };
    test.publish(header, key(0), data, inter(40));
    expect(viewer()).toEqual([header, key(0), inter(40)].map(({ payload }) => payload.toString('hex')));
    expect(test.stream.counters.dataBytes).toBe(0);
  });
});

test('the log tells what a publisher sends, once, a second after its first packets', () => {
  const test = streamForTest();
  test.stream.everySecond(1000, 0, () => 0);
  const aac = audio(0, 'af00 1210');
  test.publish(video(0, `17 00 000000 ${RECORD}`), aac, key(0), audio(10, 'af01 2100'));
  test.stream.everySecond(2000, 0, () => 0);
  test.stream.everySecond(3000, 0, () => 0);
  expect(test.log.messages('info')).toEqual(['live/movie publisher sends H.264, AAC 44100 Hz stereo']);
});

test('the log tells what a publisher has sent that left at once', () => {
  const test = streamForTest();
  test.publish(video(0, `17 00 000000 ${RECORD}`), key(0));
  test.stream.pause();
  expect(test.log.messages('info')).toEqual(['live/movie publisher sends H.264']);
});

describe('a picture that waits for the rest of it', () => {
  test.each([
    ['the publisher disconnects', (test: TestStream) => void test.stream.pause()],
    ['the stream ends', (test: TestStream) => void test.stream.end({ code: 'left', message: 'it left' })],
    ['a second is over', (test: TestStream) => test.stream.everySecond(1000, 0, () => 0)],
  ])('reaches viewers when %s', (_name, happens) => {
    const test = streamForTest();
    const viewer = join(test);
    test.publish(header, key(0));
    expect(test.stream.counters.keyframes).toBe(0);
    happens(test);
    expect(test.stream.counters.keyframes).toBe(1);
    expect(viewer()).toHaveLength(2);
  });
});
