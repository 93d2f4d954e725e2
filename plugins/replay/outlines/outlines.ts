// Where playback of recordings can begin, kept for those that were asked for lately. Concurrent requests share the reading.
import type { Recording } from '../recordings/recording.ts';
import { denialOf, type RecordingFiles } from '../recordings/recording-files.ts';
import { readFlvOutline } from './flv-outline.ts';
import type { Outline } from './outline.ts';
import { readTransportOutline } from './transport-outline.ts';

/** The outline of a long recording takes 200 KB. */
const MAX_OUTLINES = 64;

export class Outlines {
  readonly #files: RecordingFiles;
  /** The one that was asked for longest ago comes first. */
  readonly #outlines = new Map<string, Promise<Outline>>();

  constructor(files: RecordingFiles) {
    this.#files = files;
  }

  /** Throws a Denial when the recording is no longer there, or when it is damaged. */
  async get(recording: Recording): Promise<Outline> {
    const key = `${recording.path} ${recording.inode} ${recording.bytes} ${recording.modifiedMs}`;
    const outline = this.#outlines.get(key) ?? this.#read(recording);
    this.#outlines.delete(key);
    this.#outlines.set(key, outline);
    for (const [oldest] of this.#outlines) {
      if (this.#outlines.size <= MAX_OUTLINES) break;
      this.#outlines.delete(oldest);
    }
    try {
      return await outline;
    } catch (error) {
      this.#outlines.delete(key);
      throw denialOf(error);
    }
  }

  #read(recording: Recording): Promise<Outline> {
    const readAt = this.#files.reader(recording);
    return recording.kind === 'recording' ? readFlvOutline(readAt) : readTransportOutline(readAt);
  }
}
