// From the bytes of a transport stream to the PES packets of its program.
import { PAT_PID, TS_PACKET } from '../packet-layout.ts';
import { PacketHeader } from './packet-header.ts';
import { PacketSplitter } from './packet-splitter.ts';
import { GrowingPes, type PesPacket } from './pes-packet.ts';
import { readPmtPid, readProgram, type Program, type ProgramTrack } from './program-map.ts';

interface TrackState {
  readonly track: ProgramTrack;
  growing: GrowingPes | undefined;
  continuity: number | undefined;
}

export class TransportReader {
  readonly #splitter: PacketSplitter;
  readonly #header = new PacketHeader();
  readonly #tracks = new Map<number, TrackState>();
  #pmtPid: number | undefined;
  #program: Program | undefined;
  #read: PesPacket[] = [];

  /** @param program - for a reader that begins at a position inside of the file */
  constructor(program?: Program, position = 0) {
    this.#splitter = new PacketSplitter(position);
    if (program) this.#begin(program);
  }

  /** Known since its first map. */
  get program(): Program | undefined {
    return this.#program;
  }

  /** Where the first of the packets that are not complete begins; Infinity if none is begun. */
  get pendingFrom(): number {
    const positions = Array.from(this.#tracks.values(), ({ growing }) => growing?.position ?? Infinity);
    return Math.min(Infinity, ...positions);
  }

  push(bytes: Buffer): PesPacket[] {
    this.#splitter.push(bytes, (all, at, position) => this.#packet(all, at, position));
    return this.#take();
  }

  /** The file has ended: what waits for a next packet is complete. */
  flush(): PesPacket[] {
    for (const state of this.#tracks.values()) this.#finish(state);
    return this.#take();
  }

  #take(): PesPacket[] {
    const read = this.#read;
    this.#read = [];
    return read;
  }

  #packet(bytes: Buffer, at: number, position: number): void {
    const header = this.#header;
    header.read(bytes, at);
    if (header.payloadAt >= TS_PACKET) return;
    const payload = bytes.subarray(at + header.payloadAt, at + TS_PACKET);
    const state = this.#tracks.get(header.pid);
    if (state) return this.#media(state, payload, position);
    if (this.#program || !header.starts) return;
    if (header.pid === PAT_PID) this.#pmtPid = readPmtPid(payload) ?? this.#pmtPid;
    else if (header.pid === this.#pmtPid) this.#begin(readProgram(payload));
  }

  #begin(program: Program | undefined): void {
    this.#program = program;
    for (const track of program ?? [])
      this.#tracks.set(track.pid, { track, growing: undefined, continuity: undefined });
  }

  #media(state: TrackState, payload: Buffer, position: number): void {
    const { starts, continuity, randomAccess } = this.#header;
    const before = state.continuity;
    // A packet may be sent twice (2.4.3.3).
    if (before === continuity) return;
    state.continuity = continuity;
    // Something is missing: what is being put together has a hole.
    if (before !== undefined && continuity !== ((before + 1) & 0x0f)) state.growing = undefined;
    if (starts) {
      this.#finish(state);
      state.growing = new GrowingPes(state.track, payload, { position, randomAccess });
    } else state.growing?.add(payload);
    if (state.growing?.complete) this.#finish(state);
  }

  #finish(state: TrackState): void {
    const packet = state.growing?.finish();
    state.growing = undefined;
    if (packet) this.#read.push(packet);
  }
}
