// The header of a transport stream packet (ISO/IEC 13818-1, 2.4.3.2 and 2.4.3.4).
import { COUNTER_MASK, RANDOM_ACCESS_INDICATOR, TS_HEADER, TS_PACKET } from '../packet-layout.ts';

/** A record that each `read` overwrites: there are millions of packets in a file. */
export class PacketHeader {
  pid = 0;
  /** payload_unit_start_indicator: a section or a PES packet begins. */
  starts = false;
  continuity = 0;
  randomAccess = false;
  /** Where the payload begins, counted from the packet; the packet's length if there is none that can be read. */
  payloadAt: number = TS_PACKET;

  /** The packet at that place, which is whole. */
  read(bytes: Buffer, at: number): void {
    const [second, third, fourth] = [bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!];
    this.pid = ((second & 0x1f) << 8) | third;
    this.starts = (second & 0x40) !== 0;
    this.continuity = fourth & COUNTER_MASK;
    const fieldLength = (fourth & 0x20) === 0 ? -1 : bytes[at + TS_HEADER]!;
    this.randomAccess = fieldLength > 0 && (bytes[at + TS_HEADER + 1]! & RANDOM_ACCESS_INDICATOR) !== 0;
    // transport_error_indicator, transport_scrambling_control, no payload.
    const unreadable = (second & 0x80) !== 0 || (fourth & 0xc0) !== 0 || (fourth & 0x10) === 0;
    this.payloadAt = unreadable ? TS_PACKET : Math.min(TS_PACKET, TS_HEADER + 1 + fieldLength);
  }
}
