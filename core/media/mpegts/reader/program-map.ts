// Program association and program map tables (ISO/IEC 13818-1, 2.4.4): which PID has which codec.
//
// Sections that continue in a second packet are not read: those of files with a picture and a sound take one.
import type { AudioCodec, VideoCodec } from '../../packet.ts';

export type TransportCodec = Extract<VideoCodec, 'avc' | 'hevc'> | Extract<AudioCodec, 'aac' | 'mp3'>;

export interface ProgramTrack {
  readonly pid: number;
  readonly kind: 'video' | 'audio';
  readonly codec: TransportCodec;
}

/** The first picture and the first sound whose codecs are known. */
export type Program = readonly ProgramTrack[];

const PAT_TABLE = 0x00;
const PMT_TABLE = 0x02;
/** table_id, section_length, table_id_extension, version, section_number, last_section_number. */
const SECTION_HEADER = 8;
const CRC_LENGTH = 4;

/** stream_type (table 2-34). */
const CODECS: ReadonlyMap<number, Omit<ProgramTrack, 'pid'>> = new Map([
  [0x1b, { kind: 'video', codec: 'avc' }],
  [0x24, { kind: 'video', codec: 'hevc' }],
  [0x0f, { kind: 'audio', codec: 'aac' }],
  [0x03, { kind: 'audio', codec: 'mp3' }],
  [0x04, { kind: 'audio', codec: 'mp3' }],
]);

/** The PID of the first program's map, from the payload of a packet that begins a section of the PAT. */
export function readPmtPid(payload: Buffer): number | undefined {
  const entries = readSection(payload, PAT_TABLE);
  if (!entries) return undefined;
  for (let at = 0; at + 4 <= entries.length; at += 4)
    // Program 0 is the network's.
    if (entries.readUInt16BE(at) !== 0) return entries.readUInt16BE(at + 2) & 0x1fff;
  return undefined;
}

/** The program, from the payload of a packet that begins a section of the PMT. */
export function readProgram(payload: Buffer): Program | undefined {
  const map = readSection(payload, PMT_TABLE);
  if (!map || map.length < 4) return undefined;
  const tracks: ProgramTrack[] = [];
  let at = 4 + (map.readUInt16BE(2) & 0x0fff);
  while (at + 5 <= map.length) {
    const codec = CODECS.get(map[at]!);
    const pid = map.readUInt16BE(at + 1) & 0x1fff;
    if (codec && !tracks.some(({ kind }) => kind === codec.kind)) tracks.push({ pid, ...codec });
    at += 5 + (map.readUInt16BE(at + 3) & 0x0fff);
  }
  return tracks;
}

/** What is between the header and the CRC of a section. */
function readSection(payload: Buffer, tableId: number): Buffer | undefined {
  const start = 1 + (payload[0] ?? 0);
  if (start + SECTION_HEADER > payload.length || payload[start] !== tableId) return undefined;
  const end = start + 3 + (payload.readUInt16BE(start + 1) & 0x0fff);
  if (end > payload.length || end - CRC_LENGTH < start + SECTION_HEADER) return undefined;
  return payload.subarray(start + SECTION_HEADER, end - CRC_LENGTH);
}
