// Cuts bytes into transport stream packets (ISO/IEC 13818-1, 2.4.3.2), wherever the bytes are divided.
import { TS_PACKET } from '../packet-layout.ts';

const SYNC_BYTE = 0x47;
const NOTHING = Buffer.alloc(0);

/** @param position - of the packet, in bytes from the start of the file */
export type OnPacket = (bytes: Buffer, at: number, position: number) => void;

export class PacketSplitter {
  #rest: Buffer = NOTHING;
  /** Of the first byte of the rest. */
  #position: number;

  /** @param position - of the first byte that will be pushed, in the file */
  constructor(position = 0) {
    this.#position = position;
  }

  /** Calls back for each whole packet. What is no packet is skipped up to the next sync byte. */
  push(bytes: Buffer, onPacket: OnPacket): void {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let at = 0;
    while (at + TS_PACKET <= all.length) {
      if (all[at] !== SYNC_BYTE) {
        const next = all.indexOf(SYNC_BYTE, at);
        at = next < 0 ? all.length : next;
        continue;
      }
      onPacket(all, at, this.#position + at);
      at += TS_PACKET;
    }
    this.#position += at;
    this.#rest = at === all.length ? NOTHING : all.subarray(at);
  }
}
