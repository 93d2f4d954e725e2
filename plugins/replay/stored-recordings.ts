// Recordings for protocols that play them with pause and seek: RTMP's rtmp://HOST/vod/APP/NAME_TIME.
import type { PausedViewers, StoredItem, StoredMedia, StoredReader } from 'livego';
import { describeData, MediaPacket, type ReadAt } from 'livego/media';
import { placeBefore, type Outline, type PacketRun } from './outlines/outline.ts';
import type { Outlines } from './outlines/outlines.ts';
import type { Recording } from './recordings/recording.ts';
import { denialOf, type RecordingFiles } from './recordings/recording-files.ts';
import type { Recordings } from './recordings/recordings.ts';

export interface StoredServices {
  readonly recordings: Recordings;
  readonly files: RecordingFiles;
  readonly outlines: Outlines;
  readonly pauses: PausedViewers;
}

export class StoredRecordings implements StoredMedia {
  readonly prefix = 'vod';
  readonly #recordings: Recordings;
  readonly #files: RecordingFiles;
  readonly #outlines: Outlines;
  readonly #pauses: PausedViewers;

  constructor({ recordings, files, outlines, pauses }: StoredServices) {
    this.#recordings = recordings;
    this.#files = files;
    this.#outlines = outlines;
    this.#pauses = pauses;
  }

  /** @param path - APP/NAME_TIME, with the extension or without */
  find(path: string): StoredItem | undefined {
    const recording = this.#recordings.find(path) ?? this.#recordings.findByName(path);
    if (!recording) return undefined;
    const { app, name, durationMs } = recording;
    return { app, name, durationMs, pauses: this.#pauses, open: () => this.#open(recording) };
  }

  async #open(recording: Recording): Promise<StoredReader> {
    const outline = await this.#outlines.get(recording);
    return new RecordingReader(this.#files.reader(recording), outline, recording.bytes);
  }
}

class RecordingReader implements StoredReader {
  readonly headers: readonly MediaPacket[];
  readonly #readAt: ReadAt;
  readonly #outline: Outline;
  readonly #end: number;
  #run: PacketRun;

  constructor(readAt: ReadAt, outline: Outline, end: number) {
    this.#readAt = readAt;
    this.#outline = outline;
    this.#end = end;
    const { metadata, beginning } = outline;
    this.headers = [new MediaPacket(describeData(metadata), 0, metadata), ...outline.headers];
    this.#run = outline.read(readAt, beginning, end);
  }

  seek(timeMs: number): Promise<number> {
    const { places, beginning } = this.#outline;
    const [first] = places;
    // Audio and headers may stand before the first keyframe.
    const place = (first && timeMs > first.timeMs && placeBefore(places, timeMs)) || beginning;
    this.#run = this.#outline.read(this.#readAt, place, this.#end);
    return Promise.resolve(place.timeMs);
  }

  async read(): Promise<readonly MediaPacket[]> {
    const run = this.#run;
    try {
      for (let read = await run.next(); read.length > 0; read = await run.next()) {
        const packets = read.filter((packet) => this.#isNew(packet));
        if (packets.length > 0) return packets;
      }
    } catch (error) {
      throw denialOf(error);
    }
    return [];
  }

  close(): void {}

  /** The viewer has the headers, and onMetaData of the file would contradict the one that it has. */
  #isNew(packet: MediaPacket): boolean {
    if (!packet.header) return true;
    const has = this.headers.find(({ kind, track }) => kind === packet.kind && track === packet.track);
    return has === undefined || (packet.kind !== 'data' && !has.payload.equals(packet.payload));
  }
}
