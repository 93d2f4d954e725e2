// The part of a sequence header that sets up a decoder. Headers differ in more than that: encoders repeat the same one
// with other composition times, in another form of FLV, or with and without extensions that say nothing new.
import { parseAudioSpecificConfig } from '../aac/index.ts';
import { parseAvcDecoderConfigurationRecord } from '../avc/index.ts';
import { LivegoError } from '../../errors.ts';
import { parseAudioBody, parseVideoBody } from '../flv/tag-body.ts';
import { parseHevcDecoderConfigurationRecord } from '../hevc/index.ts';
import type { MediaPacket } from '../packet.ts';

/** Bytes that are equal for headers which set up a decoder alike. A header that cannot be read stands for itself. */
export function decoderSetup(packet: MediaPacket): Buffer {
  try {
    return readSetup(packet);
  } catch (error) {
    if (error instanceof LivegoError) return packet.payload;
    throw error;
  }
}

function readSetup({ kind, codec, payload }: MediaPacket): Buffer {
  const { data } = kind === 'video' ? parseVideoBody(payload) : parseAudioBody(payload);
  if (codec === 'aac') return readAac(data);
  if (codec === 'avc') {
    const { lengthSize, sps, pps, spsExtensions } = parseAvcDecoderConfigurationRecord(data);
    const profileAndLevel = data.subarray(1, 4);
    return join(lengthSize, [profileAndLevel, ...sps, ...spsExtensions, ...pps]);
  }
  if (codec === 'hevc') {
    const { lengthSize, vps, sps, pps } = parseHevcDecoderConfigurationRecord(data);
    return join(lengthSize, [...vps, ...sps, ...pps]);
  }
  return data;
}

// Decoders find SBR and PS in the frames themselves, whether the configuration announces them or not.
function readAac(data: Buffer): Buffer {
  const config = parseAudioSpecificConfig(data);
  // The layout of the channels stands in a program_config_element somewhere in the bytes.
  if (config.channelConfiguration === 0) return data;
  const { objectType, samplingFrequency, channelConfiguration, frameLength } = config;
  return Buffer.from(`${objectType} ${samplingFrequency} ${channelConfiguration} ${frameLength}`);
}

function join(lengthSize: number, units: readonly Buffer[]): Buffer {
  const parts = units.flatMap((unit) => [Buffer.of(unit.length >> 8, unit.length & 0xff), unit]);
  return Buffer.concat([Buffer.of(lengthSize), ...parts]);
}
