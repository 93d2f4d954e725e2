// Parsers that the fuzz test gives damaged bytes to, with undamaged ones to start from.
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { LivegoError } from '../../../core/errors.ts';
import { parseAdtsHeader, parseAudioSpecificConfig, writeAdtsHeader } from '../../../core/media/aac/index.ts';
import { parseAc3SyncFrame } from '../../../core/media/ac3/index.ts';
import { buildAmf0, parseAmf0 } from '../../../core/media/amf0/index.ts';
import { buildAmf3, parseAmf3 } from '../../../core/media/amf3/index.ts';
import { av1CodecString, parseAv1CodecConfigurationRecord } from '../../../core/media/av1/index.ts';
import {
  avcCodecString,
  parseAvcDecoderConfigurationRecord,
  parseAvcSps,
  readAnnexBNalUnits,
  readNalUnits,
} from '../../../core/media/avc/index.ts';
import { parseFlacStreamInfo } from '../../../core/media/flac/index.ts';
import { buildFlvHeader } from '../../../core/media/flv/file.ts';
import {
  liveMetadata,
  normaliseDataMessage,
  parseMetadata,
  restrictMetadata,
} from '../../../core/media/flv/metadata.ts';
import {
  describeAudio,
  describeData,
  describeVideo,
  parseAudioTracks,
  parseVideoTracks,
} from '../../../core/media/flv/tag-body.ts';
import { buildFlvTag, type FlvTag } from '../../../core/media/flv/tag.ts';
import { FlvReader } from '../../../core/media/flv/tag-reader.ts';
import {
  hevcCodecString,
  parseHevcDecoderConfigurationRecord,
  parseHevcSps,
} from '../../../core/media/hevc/index.ts';
import { SegmentMuxer } from '../../../core/media/mpegts/index.ts';
import { AudioFrames } from '../../../core/media/mpegts/reader/audio-frames.ts';
import { TransportReader } from '../../../core/media/mpegts/reader/transport-reader.ts';
import { VideoFrames } from '../../../core/media/mpegts/reader/video-frames.ts';
import { MediaPacket } from '../../../core/media/packet.ts';
import { parseMp3FrameHeader } from '../../../core/media/mp3/index.ts';
import { opusPacketSamples, parseOpusHead } from '../../../core/media/opus/index.ts';
import { parseVpCodecConfigurationRecord } from '../../../core/media/vp9/index.ts';
import { hex } from './bytes.ts';

const METADATA = hex(`02000a6f6e4d65746144617461 08 0000000d 00086475726174696f6e003fdb126e978d4fdf
  000677696474680040640000000000000006737465726f0101 0007656e636f64657202000d4c61766635392e32372e313030 000009`);
const AVC = hex(
  '01640028ffe1001c67640028acb403c0113f2ffe000600082000007d20001d4c01e3065401000568ce0fcc03fdf8f800',
);
const HEVC = hex(`01016000000090000000000078f000fcfdf8f800001303
  a00001001c40010c02ffff01600000030090000003000003007800009594aca048
  a10001002e4201020160000003009000000300000300780000a003c0801107cb965652b2a5274bc05a02000007d20000ea6010
  a2000100064401c073c189`);
const FLV = Buffer.concat([
  buildFlvHeader({ audio: true, video: true }),
  buildFlvTag({ type: 'script', timestamp: 0, body: METADATA }),
  buildFlvTag({ type: 'video', timestamp: 0, body: Buffer.concat([hex('1700000000'), AVC]) }),
  buildFlvTag({ type: 'audio', timestamp: 0xffffffff, body: hex('af001210') }),
]);

export const TRANSPORT = transportStream();

/** A parser and valid input for it. */
export interface Target {
  readonly name: string;
  readonly seeds: readonly Buffer[];
  readonly run: (bytes: Buffer) => void;
}

export const TARGETS: readonly Target[] = [
  {
    name: 'AMF 0',
    seeds: [
      METADATA,
      hex('020007636f6e6e656374003ff00000000000000300036170700200046c697665000009'),
      hex(
        '03000473656c660700000000090a000000020501000b426e848000000000000010000154000178050000090f000000043c612f3e',
      ),
      hex('11090301040111 0a0b0103610405010c0000000161'),
    ],
    run: (bytes) => void buildAmf0(parseAmf0(bytes)),
  },
  {
    name: 'AMF 3',
    seeds: [
      hex('0a13035403610401 0a010402 090303610405010409 0607616263 0600'),
      hex(
        '0d0501ffffffff00000002 0e0300ffffffff 10030003540603780801426e848000000000 0c05beef 110301040106037804bfffffff',
      ),
    ],
    run: (bytes) => void buildAmf3(parseAmf3(bytes)),
  },
  {
    name: 'data messages',
    seeds: [
      METADATA,
      Buffer.concat([hex('02000d'), Buffer.from('@setDataFrame'), METADATA]),
      hex('00020001611104 07'),
    ],
    run: (bytes) => {
      describeData(bytes);
      restrictMetadata(bytes, 'audio');
      liveMetadata(bytes);
      parseMetadata(bytes);
      normaliseDataMessage(bytes);
    },
  },
  { name: 'an FLV stream', seeds: [FLV], run: checkReader },
  {
    name: 'video messages',
    seeds: [
      Buffer.concat([hex('1700000000'), AVC]),
      hex('2701ffffd80000000141'),
      Buffer.concat([hex('90'), Buffer.from('hvc1'), HEVC]),
      Buffer.concat([hex('9611'), Buffer.from('hvc1'), hex('0000000400005026 01000003ffffff')]),
      Buffer.concat([
        hex('9620'),
        Buffer.from('av01'),
        hex('000000028100'),
        Buffer.from('avc1'),
        hex('0500000101'),
      ]),
      Buffer.concat([hex('97000017ff0003aabbccdd13'), Buffer.from('av01'), hex('12')]),
    ],
    run: (bytes) => checkDescription(bytes, describeVideo, parseVideoTracks),
  },
  {
    name: 'audio messages',
    seeds: [
      hex('af001210'),
      hex('2ffffb50c0'),
      Buffer.concat([
        hex('9521'),
        Buffer.from('Opus'),
        hex('00000001fc'),
        Buffer.from('ac-3'),
        hex('010000020b77'),
      ]),
      Buffer.concat([hex('97020003e801'), Buffer.from('Opus'), hex('fc')]),
    ],
    run: (bytes) => checkDescription(bytes, describeAudio, parseAudioTracks),
  },
  {
    name: 'AVC configurations',
    seeds: [
      AVC,
      hex('017a0015ffe10019677a0015b6cd9429bf260220000003002000000643e28532c001000768fba3cb3002c0fefafa00'),
    ],
    run: (bytes) => {
      readNalUnits(bytes, (bytes.length % 4) + 1);
      readAnnexBNalUnits(bytes);
      const record = parseAvcDecoderConfigurationRecord(bytes);
      avcCodecString(record);
      record.sps.forEach(parseAvcSps);
    },
  },
  {
    name: 'HEVC configurations',
    seeds: [HEVC],
    run: (bytes) => {
      const record = parseHevcDecoderConfigurationRecord(bytes);
      hevcCodecString(record);
      record.sps.forEach(parseHevcSps);
    },
  },
  {
    name: 'AAC configurations',
    seeds: [hex('121056e500'), hex('2b920800'), hex('1388 56e5a54880'), hex('1184 0443100104200000')],
    run: (bytes) => {
      parseAdtsHeader(bytes);
      writeAdtsHeader(parseAudioSpecificConfig(bytes), bytes.length, Buffer.alloc(7), 0);
    },
  },
  { name: 'MPEG-TS', seeds: [TRANSPORT], run: checkTransport },
  {
    name: 'other configurations',
    seeds: [
      hex('812000000a0d20000003b4fd936be480868010'),
      hex('01000000010a870202000000'),
      hex('4f707573486561640106380180bb00000000010402000401020305'),
      hex('664c614300000022120012000004170004de0ac440f0000044e89439695cd2ddf00b36d1bcf843b27f89'),
      hex('fffb50c0'),
      hex('0b77d0f81e40ebf8403e'),
      hex('0b7701ff3f87c00020c8'),
    ],
    run: (bytes) => {
      parseMp3FrameHeader(bytes);
      parseAc3SyncFrame(bytes);
      opusPacketSamples(bytes);
      for (const parse of [parseVpCodecConfigurationRecord, parseOpusHead, parseFlacStreamInfo])
        tolerate(() => parse(bytes));
      av1CodecString(parseAv1CodecConfigurationRecord(bytes));
    },
  },
];

/** In one piece and in pieces of 97 bytes: the same packets. */
function checkTransport(bytes: Buffer): void {
  const read = (pieces: readonly Buffer[]): unknown => {
    const reader = new TransportReader();
    const frames = new VideoFrames('avc');
    const sounds = [new AudioFrames('aac'), new AudioFrames('mp3')];
    return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.flush()].map((packet) => [
      packet.position,
      packet.pts,
      frames.read(packet),
      ...sounds.map((sound) => sound.read(packet)),
    ]);
  };
  const pieces = Array.from({ length: Math.ceil(bytes.length / 97) }, (_, index) =>
    bytes.subarray(index * 97, index * 97 + 97),
  );
  expectSame(read(pieces), read([bytes]));
}

function transportStream(): Buffer {
  const muxer = new SegmentMuxer();
  for (const [at, body] of [
    [0, Buffer.concat([hex('1700000000'), AVC])],
    [0, hex('af001210')],
    [0, hex('1701000000 00000005 6588840021')],
    [10, hex('af01 21004990021901')],
    [40, hex('2701000028 00000004 419a2101')],
  ] as const)
    muxer.push(new MediaPacket((body[0] === 0xaf ? describeAudio : describeVideo)(body), at, body));
  return muxer.cut('discontinuity') ?? Buffer.alloc(0);
}

/** describe* must agree with parse*, and never throws. */
function checkDescription(
  bytes: Buffer,
  describe: typeof describeVideo,
  parse: (bytes: Buffer) => { codec: unknown; track: number; packetType: string; data: Buffer }[],
): void {
  const description = describe(bytes);
  const [first] = parse(bytes);
  if (first === undefined || first.packetType === 'command') return;
  if (description.codec !== first.codec || description.track !== first.track)
    expect([description.codec, description.track]).toEqual([first.codec, first.track]);
  if (description.keyframe && first.packetType !== 'coded-frames')
    expect(first.packetType).toBe('coded-frames');
  if (description.header && !first.packetType.endsWith('sequence-start'))
    expect(first.packetType).toMatch(/sequence-start$/);
  if (first.packetType === 'sequence-start' && first.data.length > 0 && !description.header)
    expect(description.header).toBe(true);
}

/** In one piece and in pieces of three bytes: the same tags, then the same rejection if any. */
function checkReader(bytes: Buffer): void {
  const outcome = (pieces: readonly Buffer[]): readonly [FlvTag[], string] => {
    const reader = new FlvReader({ maxTagBytes: 100_000 });
    const tags: FlvTag[] = [];
    const read = (piece: Buffer): void => void tags.push(...reader.push(piece));
    // The empty push asks for a rejection that stood behind good tags.
    const rejection = tolerate(() => [...pieces, Buffer.alloc(0)].forEach(read));
    return [tags, rejection];
  };
  const pieces = Array.from({ length: Math.ceil(bytes.length / 3) }, (_, index) =>
    bytes.subarray(index * 3, index * 3 + 3),
  );
  expectSame(outcome(pieces), outcome([bytes]));
}

/** As toEqual, which is slow and tells the difference. */
function expectSame(value: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(value, expected)) expect(value).toEqual(expected);
}

/** The message of an expected rejection, or nothing. */
export function tolerate(run: () => unknown): string {
  try {
    run();
    return '';
  } catch (error) {
    if (error instanceof LivegoError) return error.message;
    throw error;
  }
}

/** The same for a promise. */
export async function tolerateLater(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
    return '';
  } catch (error) {
    if (error instanceof LivegoError) return error.message;
    throw error;
  }
}
