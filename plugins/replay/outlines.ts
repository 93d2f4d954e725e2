// Where playback of recordings can begin, kept for those that were asked for lately. Concurrent requests share the reading.
import { readOutline, type FlvOutline } from './flv-entry.ts';
import type { Recording } from './recording.ts';
import { denialOf, type RecordingFiles } from './recording-files.ts';

/** The outline of a long recording takes 200 KB. */
const MAX_OUTLINES = 64;

export class Outlines {
  readonly #files: RecordingFiles;
  /** The one that was asked for longest ago comes first. */
  readonly #outlines = new Map<string, Promise<FlvOutline>>();

  constructor(files: RecordingFiles) {
    this.#files = files;
  }

  /** Throws a Denial when the recording is no longer there, LVG_FLV when it is no FLV. */
  async get(recording: Recording): Promise<FlvOutline> {
    const key = `${recording.path} ${recording.inode} ${recording.bytes} ${recording.modifiedMs}`;
    const outline = this.#outlines.get(key) ?? readOutline(this.#files.reader(recording));
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
}
