// Media for tests to publish: small messages with exact bytes, and the packets of clips.
import { clip, type ClipSpec } from './clip.ts';
import { readFlvFile } from './flv-file.ts';
import type { WirePacket } from '../rtmp-client.ts';

/** An H.264 sequence header (SPS of a 16×16 baseline picture). `mark` makes it differ. */
export function avcHeader(timestamp = 0, mark = 0x1e): WirePacket {
  const record = `0142c0${hex(mark)}ffe1000767 42c0${hex(mark)}d90101000468ce3c80`.replaceAll(' ', '');
  return { kind: 'video', timestamp, payload: Buffer.from(`1700000000${record}`, 'hex') };
}

/** An HEVC decoder configuration record with a VPS, an SPS and a PPS, by x265. */
export const HEVC_RECORD = [
  '01016000000090000000000078f000fcfdf8f800000f03',
  'a00001001840010c01ffff016000000300900000030000030078959409',
  'a10001002e420101016000000300900000030000030078a003c0801107cb965654a4c2fff00030004680800001f480003a9804',
  'a2000100064401c073c189',
].join('');

/** An H.264 frame; `mark` is its content. */
export function avcFrame(type: 'key' | 'inter', timestamp: number, mark = 0, size = 16): WirePacket {
  const payload = Buffer.alloc(5 + 4 + size, mark);
  payload.set([type === 'key' ? 0x17 : 0x27, 1, 0, 0, 0]);
  payload.writeUInt32BE(size, 5);
  payload[9] = type === 'key' ? 0x65 : 0x41;
  return { kind: 'video', timestamp, payload };
}

/** AAC LC, 44.1 kHz, stereo. */
export function aacHeader(timestamp = 0): WirePacket {
  return { kind: 'audio', timestamp, payload: Buffer.from('af001210', 'hex') };
}

export function aacFrame(timestamp: number, mark = 0): WirePacket {
  return { kind: 'audio', timestamp, payload: Buffer.from([0xaf, 1, 0x21, mark, mark, mark]) };
}

/** Headers, then `groups` groups: a keyframe and `frames - 1` inter frames 40 ms apart, an audio frame behind each. */
export function shortStream({ groups = 2, frames = 5, start = 0 } = {}): WirePacket[] {
  const packets = [avcHeader(start), aacHeader(start)];
  for (let index = 0; index < groups * frames; index++) {
    const timestamp = (start + index * 40) % 0x1_0000_0000;
    packets.push(avcFrame(index % frames === 0 ? 'key' : 'inter', timestamp, index & 0xff));
    packets.push(aacFrame(timestamp, index & 0xff));
  }
  return packets;
}

/** Every audio and video packet of a clip, in order. */
export async function clipPackets(spec: ClipSpec = {}): Promise<WirePacket[]> {
  const { tags } = readFlvFile(await clip({ ...spec, container: 'flv' }));
  return tags.flatMap(({ type, timestamp, body }) =>
    type === 'script' ? [] : [{ kind: type, timestamp, payload: body }],
  );
}

/** Whether a packet is a sequence header, by the classic FLV bytes. */
export function isSequenceHeader({ kind, payload }: WirePacket): boolean {
  const first = payload[0] ?? 0;
  return payload[1] === 0 && (kind === 'video' ? (first & 0x0f) === 7 : first >> 4 === 10);
}

export function isKeyframe({ kind, payload }: WirePacket): boolean {
  return kind === 'video' && payload[0] === 0x17 && payload[1] === 1;
}

/** Packets as text, one a line, for comparisons whose difference can be read. */
export function describePackets(packets: readonly WirePacket[]): string[] {
  return packets.map(
    ({ kind, timestamp, payload }) =>
      `${kind} ${timestamp} ${payload.length} ${payload.subarray(0, 24).toString('hex')}`,
  );
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
