// Program association and program map tables (ISO/IEC 13818-1, 2.4.4), one section in one packet each.
import { LivegoError } from '../../errors.ts';
import { crc32Mpeg } from './crc32.ts';
import { PAT_PID, PMT_PID, TS_BODY, TS_HEADER, TS_PACKET } from './packet-layout.ts';
import type { StreamType } from './stream-type.ts';

/** One elementary stream of a program map. */
export interface ProgramStream {
  readonly pid: number;
  readonly streamType: StreamType;
}

/** The content of a program map table. */
export interface ProgramMap {
  readonly pcrPid: number;
  readonly streams: readonly ProgramStream[];
}

/** Counters of a table: continuity_counter of its packet (4 bits), version_number (5 bits). */
export interface TableCounters {
  readonly continuity: number;
  readonly version: number;
}

const PROGRAM_NUMBER = 1;
const TRANSPORT_STREAM_ID = 1;
const CRC_LENGTH = 4;
/** table_id, section_length, table_id_extension, version, section_number, last_section_number. */
const SECTION_HEADER = 8;

/** Writes a packet with the PAT of the one program. */
export function writePat(target: Buffer, offset: number, { continuity, version }: TableCounters): void {
  const start = beginSection(target, offset, PAT_PID, continuity);
  let end = writeSectionHeader(target, start, { tableId: 0x00, id: TRANSPORT_STREAM_ID, version });
  end = target.writeUInt16BE(PROGRAM_NUMBER, end);
  end = target.writeUInt16BE(0xe000 | PMT_PID, end);
  endSection(target, offset, start, end);
}

/** Writes a packet with the PMT. Throws `LVG_MEDIA` if the map does not fit into one packet. */
export function writePmt(target: Buffer, offset: number, map: ProgramMap, counters: TableCounters): void {
  const { continuity, version } = counters;
  const start = beginSection(target, offset, PMT_PID, continuity);
  if (start + pmtLength(map) > offset + TS_PACKET) {
    throw new LivegoError('LVG_MEDIA', `a PMT of ${map.streams.length} streams does not fit into one packet`);
  }
  let end = writeSectionHeader(target, start, { tableId: 0x02, id: PROGRAM_NUMBER, version });
  end = target.writeUInt16BE(0xe000 | map.pcrPid, end);
  end = target.writeUInt16BE(0xf000, end);
  for (const { pid, streamType } of map.streams) {
    end = target.writeUInt8(streamType.type, end);
    end = target.writeUInt16BE(0xe000 | pid, end);
    end = target.writeUInt16BE(0xf000 | streamType.descriptors.length, end);
    end += streamType.descriptors.copy(target, end);
  }
  endSection(target, offset, start, end);
}

function pmtLength(map: ProgramMap): number {
  let length = SECTION_HEADER + 4 + CRC_LENGTH;
  for (const { streamType } of map.streams) length += 5 + streamType.descriptors.length;
  return length;
}

/** Writes the packet header and pointer_field; returns the offset of the section. */
function beginSection(target: Buffer, offset: number, pid: number, continuity: number): number {
  target[offset] = 0x47;
  target[offset + 1] = 0x40 | (pid >> 8);
  target[offset + 2] = pid & 0xff;
  target[offset + 3] = 0x10 | (continuity & 0x0f);
  target[offset + TS_HEADER] = 0;
  return offset + TS_HEADER + 1;
}

interface SectionHeader {
  readonly tableId: number;
  /** table_id_extension: of the transport stream in a PAT, of the program in a PMT. */
  readonly id: number;
  readonly version: number;
}

function writeSectionHeader(target: Buffer, start: number, { tableId, id, version }: SectionHeader): number {
  target[start] = tableId;
  target.writeUInt16BE(id, start + 3);
  target[start + 5] = 0xc0 | ((version & 0x1f) << 1) | 1;
  target[start + 6] = 0;
  target[start + 7] = 0;
  return start + SECTION_HEADER;
}

function endSection(target: Buffer, offset: number, start: number, end: number): void {
  target.writeUInt16BE(0xb000 | (end + CRC_LENGTH - start - 3), start + 1);
  target.writeUInt32BE(crc32Mpeg(target, start, end), end);
  target.fill(0xff, end + CRC_LENGTH, offset + TS_HEADER + TS_BODY);
}
