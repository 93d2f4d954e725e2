// The PAT and the PMT at the beginning of each segment.
import { TS_PACKET } from './packet-layout.ts';
import { writePat, writePmt, type ProgramMap } from './psi.ts';

/** Room for both tables. */
export const TABLES_BYTES = 2 * TS_PACKET;

/** Their continuity counter, and the version of the program map, which steps with each change. */
export class ProgramTables {
  #continuity = 0;
  #version = 0;
  #map: ProgramMap | undefined;

  /** Writes both tables at the beginning of a segment. */
  write(segment: Buffer, map: ProgramMap): void {
    if (this.#map !== undefined && !sameProgramMap(map, this.#map))
      this.#version = (this.#version + 1) & 0x1f;
    this.#map = map;
    const continuity = this.#continuity;
    writePat(segment, 0, { continuity, version: 0 });
    writePmt(segment, TS_PACKET, map, { continuity, version: this.#version });
    this.#continuity = (continuity + 1) & 0x0f;
  }
}

function sameProgramMap(left: ProgramMap, right: ProgramMap): boolean {
  return (
    left.pcrPid === right.pcrPid &&
    left.streams.length === right.streams.length &&
    left.streams.every((stream, index) => {
      const other = right.streams[index];
      return stream.pid === other?.pid && stream.streamType === other.streamType;
    })
  );
}
