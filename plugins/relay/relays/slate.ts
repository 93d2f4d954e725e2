// The slate: an FLV file that plays in a loop while the source of a stream is away.
import { LivegoError, messageOf, type Publication } from 'livego';
import { readRegularFile } from 'livego/files';
import { describeAudio, describeVideo, FlvReader, type PacketInfo } from 'livego/media';
import { readData } from '../connections/source-data.ts';

interface SlatePacket {
  readonly info: PacketInfo;
  readonly timestamp: number;
  readonly payload: Buffer;
}

export interface SlateFile {
  /** Metadata and sequence headers. */
  readonly headers: readonly SlatePacket[];
  readonly frames: readonly SlatePacket[];
  readonly durationMs: number;
}

/** It is held in memory. */
const MAX_SLATE_BYTES = 64 * 1024 * 1024;
/** The time of one frame, for the last frame of the file. */
const FRAME_MS = 40;
const STEP_MS = 40;

/** Throws LVG_FLV, naming the file, for one that cannot be played. */
export async function readSlate(file: string): Promise<SlateFile> {
  const fail = (what: string): never => {
    throw new LivegoError('LVG_FLV', `relay.fallback: ${file} ${what}`);
  };
  const bytes = await readRegularFile(file, { maxBytes: MAX_SLATE_BYTES }).catch((error: unknown) =>
    fail(`cannot be read (${messageOf(error)})`),
  );
  const headers: SlatePacket[] = [];
  const frames: SlatePacket[] = [];
  try {
    for (const { type, timestamp, body } of new FlvReader().push(bytes)) {
      if (body.length === 0) continue;
      const read =
        type === 'script'
          ? readData(body)
          : { info: type === 'video' ? describeVideo(body) : describeAudio(body), payload: body };
      if (read) (read.info.header ? headers : frames).push({ ...read, timestamp });
    }
  } catch (error) {
    return fail(`is no FLV file (${messageOf(error)})`);
  }
  const [first, last] = [frames[0], frames.at(-1)];
  if (first === undefined || last === undefined) return fail('holds no frames');
  return { headers, frames, durationMs: last.timestamp - first.timestamp + FRAME_MS };
}

/** Plays in real time, with rising timestamps. */
export class Slate {
  readonly #file: SlateFile;
  readonly #publication: Publication;
  #timer: NodeJS.Timeout | undefined;
  #beganAt = 0;
  #next = 0;
  #rounds = 0;

  constructor(file: SlateFile, publication: Publication) {
    this.#file = file;
    this.#publication = publication;
  }

  start(): void {
    this.#beganAt = performance.now();
    for (const { info, payload } of this.#file.headers) this.#publication.receive(info, 0, payload);
    this.#timer = setInterval(() => this.#step(), STEP_MS);
    this.#step();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  // A process that was stopped for a while does not send everything that it has missed.
  #step(): void {
    const { frames, durationMs } = this.#file;
    const elapsed = performance.now() - this.#beganAt;
    const origin = frames[0]!.timestamp;
    for (let sent = 0; sent < frames.length; sent++) {
      const frame = frames[this.#next]!;
      const time = this.#rounds * durationMs + frame.timestamp - origin;
      if (time > elapsed) return;
      this.#publication.receive(frame.info, time, frame.payload);
      this.#next++;
      if (this.#next < frames.length) continue;
      this.#next = 0;
      this.#rounds++;
    }
  }
}
