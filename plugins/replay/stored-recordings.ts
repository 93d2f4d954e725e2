// Recordings for protocols that play them with pause and seek: RTMP's rtmp://HOST/vod/APP/NAME_TIME.
import type { StoredItem, StoredMedia, StoredReader } from 'livego';
import { describeData, describeTag, FlvReader, MediaPacket, type ReadAt } from 'livego/media';
import { placeBefore, type FlvOutline } from './flv-entry.ts';
import type { Outlines } from './outlines.ts';
import type { Recording } from './recording.ts';
import { denialOf, type RecordingFiles } from './recording-files.ts';
import type { Recordings } from './recordings.ts';

const PIECE_BYTES = 256 * 1024;

export class StoredRecordings implements StoredMedia {
  readonly prefix = 'vod';
  readonly #recordings: Recordings;
  readonly #files: RecordingFiles;
  readonly #outlines: Outlines;

  constructor(recordings: Recordings, files: RecordingFiles, outlines: Outlines) {
    this.#recordings = recordings;
    this.#files = files;
    this.#outlines = outlines;
  }

  /** @param path - APP/NAME_TIME, with the extension or without */
  find(path: string): StoredItem | undefined {
    const recording = this.#recordings.find(path.endsWith('.flv') ? path : `${path}.flv`);
    if (recording?.kind !== 'recording') return undefined;
    const { app, name, durationMs } = recording;
    return { app, name, durationMs, open: () => this.#open(recording) };
  }

  async #open(recording: Recording): Promise<StoredReader> {
    const outline = await this.#outlines.get(recording);
    return new RecordingReader(this.#files.reader(recording), outline, recording.bytes);
  }
}

class RecordingReader implements StoredReader {
  readonly headers: readonly MediaPacket[];
  readonly #readAt: ReadAt;
  readonly #outline: FlvOutline;
  readonly #end: number;
  #at = 0;
  #parser = new FlvReader();

  constructor(readAt: ReadAt, outline: FlvOutline, end: number) {
    this.#readAt = readAt;
    this.#outline = outline;
    this.#end = end;
    const parser = new FlvReader();
    parser.push(outline.fileHeader);
    const metadata = new MediaPacket(describeData(outline.metadata), 0, outline.metadata);
    this.headers = [metadata, ...packetsOf(parser, outline.headerTags)];
  }

  seek(timeMs: number): Promise<number> {
    const { places, bodyFrom, fileHeader } = this.#outline;
    const first = places[0];
    // Audio and headers may stand before the first keyframe.
    const place = first && timeMs > first.timeMs ? placeBefore(places, timeMs) : undefined;
    this.#at = place?.position ?? bodyFrom;
    this.#parser = new FlvReader();
    this.#parser.push(fileHeader);
    return Promise.resolve(place?.timeMs ?? 0);
  }

  async read(): Promise<readonly MediaPacket[]> {
    while (this.#at < this.#end) {
      const bytes = await this.#readAt(this.#at, Math.min(PIECE_BYTES, this.#end - this.#at));
      if (bytes.length === 0) break;
      this.#at += bytes.length;
      const packets = this.#parse(bytes).filter((packet) => this.#isNew(packet));
      if (packets.length > 0) return packets;
    }
    return [];
  }

  close(): void {}

  #parse(bytes: Buffer): MediaPacket[] {
    try {
      return packetsOf(this.#parser, bytes);
    } catch (error) {
      throw denialOf(error);
    }
  }

  /** The viewer has the headers, and onMetaData of the file would contradict the one that it has. */
  #isNew(packet: MediaPacket): boolean {
    if (!packet.header) return true;
    const has = this.headers.find(({ kind, track }) => kind === packet.kind && track === packet.track);
    return has === undefined || (packet.kind !== 'data' && !has.payload.equals(packet.payload));
  }
}

function packetsOf(parser: FlvReader, bytes: Buffer): MediaPacket[] {
  return parser
    .push(bytes)
    .map(({ type, timestamp, body }) => new MediaPacket(describeTag(type, body), timestamp, body));
}
