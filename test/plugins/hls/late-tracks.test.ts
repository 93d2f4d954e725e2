// Publishers whose tracks come late or leave: their segments have both tracks all the time, since players need them.
import { expect, test } from 'vitest';
import { buildMetadata } from '../../../core/media/flv/metadata.ts';
import { describeData, describeVideo } from '../../../core/media/flv/tag-body.ts';
import { MediaPacket } from '../../../core/media/packet.ts';
import type { AmfObject } from '../../../core/media/amf0/index.ts';
import { aacFrame, aacHeader, slice, videoFrame, videoHeader } from '../../core/media/mpegts/flv-packets.ts';
import { parseTransportStream, type ParsedStream } from '../../core/media/mpegts/transport-stream.ts';
import { resolve, startHls, uris } from './hls-kit.ts';

const AVC = 0x1b;
const AAC = 0x0f;
const SOUND = slice(0x21, 90);
/** AAC LC, 22.05 kHz, mono. */
const OTHER_AAC = Buffer.from('1388', 'hex');

function picture(at: number, keyframe = at % 1000 === 0): MediaPacket {
  const unit = slice(keyframe ? 0x65 : 0x41, 90);
  unit[1] = 0x88;
  return videoFrame(at, Buffer.concat([Buffer.of(0, 0, 0, 90), unit]), { keyframe });
}

function metadata(properties: AmfObject): MediaPacket {
  const payload = buildMetadata(properties);
  return new MediaPacket(describeData(payload), 0, payload);
}

function* sounds(from: number, to: number): Generator<MediaPacket> {
  for (let at = from; at < to; at += 40) yield aacFrame(at, SOUND);
}

function* pictures(from: number, to: number): Generator<MediaPacket> {
  for (let at = from; at < to; at += 40) yield picture(at);
}

function* both(from: number, to: number): Generator<MediaPacket> {
  for (let at = from; at < to; at += 40) {
    yield picture(at);
    yield aacFrame(at + 15, SOUND);
  }
}

/** The segments of a stream of these packets, whether one begins with a discontinuity, and the CODECS of the first ones. */
async function publish(packets: Iterable<MediaPacket>, options: Readonly<Record<string, unknown>> = {}) {
  const hls = await startHls({ playlistSegments: 100, ...options });
  const publisher = await hls.publish();
  publisher.send(...packets);
  const master = (await hls.get('/live/movie.m3u8')).body;
  const { url } = await hls.media();
  publisher.leave(true);
  const text = (await hls.get(url)).body;
  const segments: ParsedStream[] = [];
  for (const uri of uris(text))
    segments.push(parseTransportStream((await hls.get(resolve(url, uri))).rawPayload));
  const breaks = text.split('#EXTINF').slice(0, -1);
  return {
    segments,
    breaks: breaks.map((lines) => lines.includes('#EXT-X-DISCONTINUITY\n')),
    codecs: /CODECS="([^"]*)"/.exec(master)?.[1],
    warnings: hls.test.log.filter(({ level }) => level >= 40).map(({ msg }) => msg),
  };
}

const types = ({ streams }: ParsedStream): number[] => streams.map(({ type }) => type);
/** First times of the packets of a stream type, in milliseconds of the stream. */
function times({ pes, streams }: ParsedStream, wanted: number): number[] {
  const pid = streams.find(({ type }) => type === wanted)?.pid;
  return pes.filter((each) => each.pid === pid).map(({ dts }) => Number(dts / 90n) - 10_000);
}

test('a picture whose sound has yet to come has silence from its first segment on', async () => {
  const { segments, breaks, codecs } = await publish([
    videoHeader(),
    ...pictures(0, 5000),
    aacHeader(),
    ...both(5000, 8000),
  ]);
  expect(segments.map(types)).toEqual(Array.from({ length: 4 }, () => [AVC, AAC]));
  expect(times(segments[0]!, AAC)[0]).toBe(0);
  expect(codecs).toMatch(/^avc1\.[\da-f]{6},mp4a\.40\.2$/i);
  expect(breaks).toEqual([false, false, false, false]);
});

test('silence is of the kind that the metadata announces, and sound of another kind stands behind a discontinuity', async () => {
  const announced = metadata({ audiocodecid: 10, audiosamplerate: 22_050, stereo: false, width: 320 });
  const header = aacHeader(OTHER_AAC);
  const late = [videoHeader(), ...pictures(0, 4000), header, ...both(4000, 8000)];
  expect((await publish([announced, ...late])).breaks).toEqual([false, false, false, false]);
  const { breaks, segments } = await publish(late);
  expect(breaks).toEqual([false, false, true, false]);
  expect(segments.map(types)).toEqual(Array.from({ length: 4 }, () => [AVC, AAC]));
});

test.each<[string, AmfObject, Readonly<Record<string, unknown>>]>([
  ['metadata name a picture alone', { videocodecid: 7, width: 320, height: 180 }, {}],
  ['metadata announce sound that is no AAC', { videocodecid: 7, audiocodecid: 'Opus' }, {}],
  ['tracksFromStart is "present"', { videocodecid: 7, audiocodecid: 10 }, { tracksFromStart: 'present' }],
])('a picture has no silence beside it if %s', async (_, properties, options) => {
  const { segments, codecs } = await publish(
    [metadata(properties), videoHeader(), ...pictures(0, 4000)],
    options,
  );
  expect(segments.map(types)).toEqual([[AVC], [AVC]]);
  expect(codecs).not.toContain('mp4a');
});

test('an announced picture is waited for, and black until it comes', async () => {
  const announced = metadata({ audiocodecid: 10, width: 320, height: 180 });
  const soon = await publish([
    announced,
    aacHeader(),
    ...sounds(0, 3000),
    videoHeader(),
    ...both(3000, 7000),
  ]);
  expect(soon.segments.map(types)).toEqual([
    [AVC, AAC],
    [AVC, AAC],
  ]);
  expect(times(soon.segments[0]!, AVC)[0]).toBe(3000);

  const late = await publish([
    announced,
    aacHeader(),
    ...sounds(0, 9000),
    videoHeader(),
    ...sounds(9000, 9400),
    picture(9400, false),
    ...both(10_000, 14_000),
  ]);
  expect(late.segments.every((segment) => types(segment).join() === `${AVC},${AAC}`)).toBe(true);
  expect(times(late.segments[0]!, AVC)[0]).toBe(4000);
  const at = late.breaks.indexOf(true);
  expect(times(late.segments[at]!, AVC).slice(0, 2)).toEqual([10_000, 10_040]);
  expect(late.warnings).toEqual([expect.stringContaining('sends sound without a picture')]);
});

test('sound that announces no picture is not made to wait, and has none', async () => {
  const { segments } = await publish([metadata({ audiocodecid: 10 }), aacHeader(), ...sounds(0, 4100)]);
  expect(segments.slice(0, 2).map(types)).toEqual([[AAC], [AAC]]);
  expect(times(segments[0]!, AAC)[0]).toBe(0);
});

test('sound does not wait for a picture that segments cannot carry', async () => {
  const av1 = (at: number, type: number): MediaPacket => {
    const body = Buffer.concat([Buffer.of(0x90 | type), Buffer.from('av01'), Buffer.alloc(20)]);
    return new MediaPacket(describeVideo(body), at, body);
  };
  const announced = metadata({ audiocodecid: 10, videocodecid: 'av01', width: 320 });
  const { segments } = await publish([announced, av1(0, 0), aacHeader(), av1(0, 1), ...sounds(0, 4100)]);
  expect(types(segments[0]!)).toEqual([AAC]);
  expect(times(segments[0]!, AAC)[0]).toBe(0);
  const later = [announced, aacHeader(), ...sounds(0, 400), av1(400, 0), av1(400, 1), ...sounds(400, 4100)];
  expect(times((await publish(later)).segments[0]!, AAC)[0]).toBeLessThanOrEqual(400);
});

test('a picture that leaves is replaced by its last keyframe, until there is another one', async () => {
  const { segments, breaks, warnings } = await publish(
    [
      videoHeader(),
      aacHeader(),
      ...both(0, 4040),
      ...sounds(4055, 20_015),
      ...[20_000, 20_040].flatMap((at) => [picture(at, false), aacFrame(at + 15, SOUND)]),
      ...sounds(20_095, 21_015),
      ...both(21_000, 23_000),
    ],
    { limits: { maxSegmentSeconds: 6 } },
  );
  expect(breaks).toEqual(breaks.map(() => false));
  const seen = segments.map((segment) => times(segment, AVC));
  expect(seen.every((each) => each.length > 0)).toBe(true);
  // Beside 6 s of sound, one a second, half a second behind it.
  const still = seen.flat().filter((at) => at > 4000 && at < 21_000);
  expect(still[0]).toBeGreaterThanOrEqual(9500);
  expect(still.slice(1).map((at, index) => at - still[index]!)).toEqual(still.slice(1).map(() => 1000));
  expect(seen.flat().at(-1)).toBe(22_960);
  expect(warnings).toHaveLength(1);
});
