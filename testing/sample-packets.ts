// Packets as an encoder sends them, small and with known bytes.
import { describeAudio, describeVideo } from '../core/media/flv/tag-body.ts';
import { MediaPacket } from '../core/media/packet.ts';

/** AVCDecoderConfigurationRecord of a stream of 16 × 16 pixels, baseline profile (ISO/IEC 14496-15, 5.3.3.1). */
const AVC_CONFIGURATION = Buffer.from('0142c00affe1000b6742c00ad9042246c0440001000468ce3c80', 'hex');
/** AudioSpecificConfig: AAC-LC, 44.1 kHz, stereo (ISO/IEC 14496-3, 1.6.2.1). */
const AAC_CONFIGURATION = Buffer.from('1210', 'hex');

const FRAME_MS = 40;

export interface SampleOptions {
  /** Frames of video, each with one of audio. Default: 10. */
  readonly frames?: number;
  /** Frames from one keyframe to the next. Default: 5. */
  readonly keyframeEvery?: number;
  /** Milliseconds of the first packet. Default: 0. */
  readonly from?: number;
}

/** Sequence headers, then frames: H.264 and AAC. Their payload cannot be decoded; their form is right. */
export function samplePackets({
  frames = 10,
  keyframeEvery = 5,
  from = 0,
}: SampleOptions = {}): MediaPacket[] {
  const packets = [
    video(from, Buffer.concat([Buffer.from([0x17, 0, 0, 0, 0]), AVC_CONFIGURATION])),
    audio(from, Buffer.concat([Buffer.from([0xaf, 0]), AAC_CONFIGURATION])),
  ];
  for (let index = 0; index < frames; index++) {
    const timestamp = from + index * FRAME_MS;
    packets.push(video(timestamp, frame(index, index % keyframeEvery === 0)));
    packets.push(audio(timestamp, Buffer.from([0xaf, 1, 0x21, index & 0xff])));
  }
  return packets;
}

/** One slice, IDR or not, that holds its number. */
function frame(index: number, keyframe: boolean): Buffer {
  const body = Buffer.alloc(14);
  body[0] = keyframe ? 0x17 : 0x27;
  body[1] = 1;
  body.writeUInt32BE(5, 5);
  body[9] = keyframe ? 0x65 : 0x41;
  body.writeUInt32BE(index, 10);
  return body;
}

function video(timestamp: number, payload: Buffer): MediaPacket {
  return new MediaPacket(describeVideo(payload), timestamp, payload);
}

function audio(timestamp: number, payload: Buffer): MediaPacket {
  return new MediaPacket(describeAudio(payload), timestamp, payload);
}
