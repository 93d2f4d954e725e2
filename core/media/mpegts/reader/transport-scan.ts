// Looks through a transport stream file without reading its media: its program, its length, and where it can be entered.
import { LivegoError } from '../../../errors.ts';
import { KeyframeIndex, type KeyframePlace } from '../../flv/recording/keyframe-index.ts';
import { MAX_INDEX_PLACES } from '../../flv/recording/recording-head.ts';
import type { ReadAt } from '../../flv/recording/tag-scan.ts';
import type { MediaPacket } from '../../packet.ts';
import { PAT_PID, TS_PACKET } from '../packet-layout.ts';
import { FileClock } from './file-clock.ts';
import { ticksBetween } from '../timestamp.ts';
import { PacketHeader } from './packet-header.ts';
import { PacketSplitter } from './packet-splitter.ts';
import { readPesTimes } from './pes-packet.ts';
import { readPmtPid, readProgram, type Program, type ProgramTrack } from './program-map.ts';
import { TransportPackets } from './transport-packets.ts';

export interface ScannedTransport {
  readonly program: Program;
  /** The packets of the tables, for a player that enters anywhere. */
  readonly tables: Buffer;
  /** The time, of 33 bits, at which the file begins. */
  readonly base: number;
  readonly places: readonly KeyframePlace[];
  readonly durationMs: number;
  /** Sequence headers. */
  readonly headers: readonly MediaPacket[];
}

const PIECE_BYTES = 256 * 1024;
/** A file whose tables, times and sequence headers are not here is not read. */
const HEAD_BYTES = 8 * 1024 * 1024;
/** Sound alone can be entered this often. */
const AUDIO_PLACE_MS = 1000;
/** A longer step from one packet to the next is a pause: it is not added behind the last one. */
const MAX_STEP_MS = 1000;

/** Reads the whole file. Throws LVG_MEDIA if it is no transport stream with a codec that is known. */
export async function scanTransport(readAt: ReadAt): Promise<ScannedTransport> {
  const tables = await readTables(readAt);
  const base = await readBase(readAt, tables.program);
  const scan = new Scan(tables.program, base);
  for (let at = 0; ;) {
    const bytes = await readAt(at, PIECE_BYTES);
    if (bytes.length === 0) break;
    at += bytes.length;
    scan.push(bytes);
  }
  const { places, durationMs } = scan;
  return { ...tables, base, places, durationMs, headers: await readHeaders(readAt, tables.program, base) };
}

/** Reads the head of the file piece by piece until the function returns something. */
async function searchHead<Found>(
  readAt: ReadAt,
  look: (bytes: Buffer) => Found | undefined,
): Promise<Found | undefined> {
  for (let at = 0; at < HEAD_BYTES;) {
    const bytes = await readAt(at, PIECE_BYTES);
    if (bytes.length === 0) return undefined;
    at += bytes.length;
    const found = look(bytes);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function readTables(readAt: ReadAt): Promise<Pick<ScannedTransport, 'program' | 'tables'>> {
  const splitter = new PacketSplitter();
  const header = new PacketHeader();
  let pmtPid: number | undefined;
  let pat: Buffer | undefined;
  const found = await searchHead(readAt, (bytes) => {
    let tables: Pick<ScannedTransport, 'program' | 'tables'> | undefined;
    splitter.push(bytes, (all, at) => {
      header.read(all, at);
      if (tables || !header.starts || (header.pid !== PAT_PID && header.pid !== pmtPid)) return;
      const packet = Buffer.from(all.subarray(at, at + TS_PACKET));
      const payload = packet.subarray(header.payloadAt);
      if (header.pid === PAT_PID) [pmtPid, pat] = [readPmtPid(payload), packet];
      else {
        const program = readProgram(payload);
        if (program && pat) tables = { program, tables: Buffer.concat([pat, packet]) };
      }
    });
    return tables;
  });
  if (!found || found.program.length === 0)
    throw new LivegoError('LVG_MEDIA', 'it is no MPEG-TS with H.264, HEVC, AAC or MP3');
  return found;
}

/** The earliest of the first times of all tracks. */
async function readBase(readAt: ReadAt, program: Program): Promise<number> {
  const firsts = new Map<number, number>();
  const splitter = new PacketSplitter();
  const starts = new PesStarts(program);
  await searchHead(readAt, (bytes) => {
    splitter.push(bytes, (all, at, position) => {
      const start = starts.read(all, at, position);
      if (start && !firsts.has(start.track.pid)) firsts.set(start.track.pid, start.dts);
    });
    return firsts.size === program.length ? true : undefined;
  });
  const [first, ...others] = firsts.values();
  if (first === undefined) throw new LivegoError('LVG_MEDIA', 'nothing in the MPEG-TS has a time');
  return others.reduce((base, other) => (ticksBetween(base, other) < 0 ? other : base), first);
}

async function readHeaders(readAt: ReadAt, program: Program, base: number): Promise<readonly MediaPacket[]> {
  const packets = new TransportPackets({ program, base, position: 0, timeMs: 0 });
  // MP3 has no sequence header.
  const wanted = program.filter(({ codec }) => codec !== 'mp3').length;
  const headers = new Map<string, MediaPacket>();
  await searchHead(readAt, (bytes) => {
    for (const packet of packets.push(bytes))
      if (packet.header && !headers.has(packet.kind)) headers.set(packet.kind, packet);
    return headers.size === wanted ? true : undefined;
  });
  for (const packet of packets.flush())
    if (packet.header && !headers.has(packet.kind)) headers.set(packet.kind, packet);
  return [...headers.values()];
}

interface PesStart {
  readonly track: ProgramTrack;
  readonly dts: number;
  readonly position: number;
  readonly randomAccess: boolean;
}

/** Finds the packets with which PES packets of the program begin. */
class PesStarts {
  readonly #header = new PacketHeader();
  readonly #tracks: ReadonlyMap<number, ProgramTrack>;

  constructor(program: Program) {
    this.#tracks = new Map(program.map((track) => [track.pid, track]));
  }

  read(bytes: Buffer, at: number, position: number): PesStart | undefined {
    const header = this.#header;
    header.read(bytes, at);
    const track = header.starts ? this.#tracks.get(header.pid) : undefined;
    if (!track) return undefined;
    const times = readPesTimes(bytes.subarray(at + header.payloadAt, at + TS_PACKET));
    return times && { track, dts: times.dts, position, randomAccess: header.randomAccess };
  }
}

class Scan {
  readonly #splitter = new PacketSplitter();
  readonly #starts: PesStarts;
  readonly #clock: FileClock;
  readonly #index = new KeyframeIndex(MAX_INDEX_PLACES);
  readonly #hasVideo: boolean;
  /** By PID. */
  readonly #lasts = new Map<number, { readonly timeMs: number; readonly stepMs: number }>();
  #placeMs = -Infinity;

  constructor(program: Program, base: number) {
    this.#starts = new PesStarts(program);
    this.#clock = new FileClock(base);
    this.#hasVideo = program.some(({ kind }) => kind === 'video');
  }

  get places(): readonly KeyframePlace[] {
    return this.#index.places;
  }

  get durationMs(): number {
    const ends = Array.from(this.#lasts.values(), ({ timeMs, stepMs }) => timeMs + stepMs);
    return Math.max(0, ...ends);
  }

  push(bytes: Buffer): void {
    this.#splitter.push(bytes, (all, at, position) => {
      const start = this.#starts.read(all, at, position);
      if (start) this.#note(start);
    });
  }

  #note({ track, dts, position, randomAccess }: PesStart): void {
    const timeMs = this.#clock.at(dts);
    const before = this.#lasts.get(track.pid);
    const step = before ? timeMs - before.timeMs : 0;
    // A PES packet of audio holds several frames, the last one fewer: beside a picture its length is left out.
    const counts = step >= 0 && step <= MAX_STEP_MS && (track.kind === 'video' || !this.#hasVideo);
    const stepMs = counts ? step : 0;
    this.#lasts.set(track.pid, { timeMs: Math.max(timeMs, before?.timeMs ?? 0), stepMs });
    const isPlace = this.#hasVideo
      ? track.kind === 'video' && randomAccess
      : timeMs - this.#placeMs >= AUDIO_PLACE_MS;
    if (!isPlace) return;
    this.#placeMs = timeMs;
    this.#index.add({ timeMs, position });
  }
}
