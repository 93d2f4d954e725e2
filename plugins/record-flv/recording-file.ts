// One FLV file while it is written. The packet path only adds to a list; writing is done in runs.
import * as fileSystem from 'node:fs/promises';
import type { FileFacts } from 'livego';
import { GrowingFile, openDraft, publishDraft, type GrowingHandle } from 'livego/files';
import {
  FlvPacketFormat,
  MediaPacket,
  parseMetadata,
  RecordingHead,
  RecordingProgress,
  type AnnouncedTracks,
} from 'livego/media';
import { completeDraft } from './complete-draft.ts';
import type { RecordState } from './state.ts';

/** A run is written when its block is full, or has waited this long in stream time. */
const RUN_MS = 500;

const FORMAT = new FlvPacketFormat();

export interface RecordingFacts {
  readonly app: string;
  readonly name: string;
  /** The publisher's session. */
  readonly session: string | undefined;
  readonly startedAt: Date;
}

export interface RecordingFileSpec {
  readonly facts: RecordingFacts;
  /** Where the file should be; the name may get a number. */
  readonly path: string;
  /** Stream time that is 0 in the file. */
  readonly baseMs: number;
  /** Metadata and sequence headers. */
  readonly headers: readonly MediaPacket[];
  readonly expectedTracks: AnnouncedTracks;
  /** Whether files are made safe against a power failure. */
  readonly safe: boolean;
  readonly onFailure: (error: unknown) => void;
}

export class RecordingFile {
  readonly #spec: RecordingFileSpec;
  readonly #state: RecordState;
  readonly #file: GrowingFile;
  readonly #head: RecordingHead;
  readonly #progress: RecordingProgress;
  #block: Buffer | undefined;
  #runBytes = 0;
  #runSince = 0;
  #bytes: number;
  #draft: string | undefined;
  /** Distinguishes the file from others that get its name. */
  #identity = '';
  #path: string;
  #session: string | undefined;
  /** Of the last packet, by the wall clock. */
  #lastAt = 0;

  constructor(spec: RecordingFileSpec, state: RecordState) {
    this.#spec = spec;
    this.#state = state;
    this.#path = spec.path;
    this.#session = spec.facts.session;
    this.#head = new RecordingHead(propertiesOf(spec), spec.expectedTracks);
    this.#progress = new RecordingProgress(this.#head.maxPlaces);
    this.#bytes = this.#head.byteLength;
    this.#file = new GrowingFile({ open: () => this.#open(), onFailure: spec.onFailure });
    this.#file.append(this.#head.build());
    for (const header of spec.headers) if (header.kind !== 'data') this.write(header);
  }

  /** Of the file, with what waits. */
  get bytes(): number {
    return this.#bytes;
  }

  get startedAt(): Date {
    return this.#spec.facts.startedAt;
  }

  /** Where it will be. */
  get path(): string {
    return this.#path;
  }

  get waitingBytes(): number {
    return this.#runBytes + this.#file.pendingBytes;
  }

  /** Whether anything but the file's head has reached the disk. */
  get written(): boolean {
    return this.#file.writtenBytes > this.#head.byteLength;
  }

  get durationMs(): number {
    return this.#progress.lastTimestampMs;
  }

  /** How long the file would be with this packet, in milliseconds. */
  ageAt(packet: MediaPacket): number {
    return packet.timestamp - this.#spec.baseMs;
  }

  /** Another session has contributed: the file is no longer of one. */
  noteSession(id: string | undefined): void {
    if (id !== this.#session) this.#session = undefined;
  }

  write(packet: MediaPacket): void {
    if (!FORMAT.accepts(packet)) return;
    const timestamp = Math.max(0, packet.timestamp - this.#spec.baseMs);
    const own = new MediaPacket(packet.info, timestamp, packet.payload);
    this.#progress.note(packet, timestamp, this.#bytes);
    const byteLength = FORMAT.byteLength(own);
    const block = this.#blockFor(byteLength, timestamp);
    this.#runBytes = FORMAT.write(own, block, this.#runBytes);
    this.#bytes += byteLength;
    if (timestamp - this.#runSince >= RUN_MS) this.flush();
  }

  /** Gives everything to the disk. */
  flush(): void {
    const block = this.#block;
    if (!block) return;
    const run = block.subarray(0, this.#runBytes);
    this.#block = undefined;
    this.#runBytes = 0;
    this.#lastAt = Date.now();
    this.#file.append(run, () => this.#state.blocks.release(block));
  }

  /** Makes what is written survive a power failure. */
  secure(): void {
    this.flush();
    if (this.#spec.safe) this.#file.sync(this.#state.syncTurns);
  }

  /** Fails the file if it is no longer in its place: a directory that was removed takes writes all the same. */
  check(): void {
    this.#file.inspect(async () => {
      const { ino, dev } = await fileSystem.stat(this.#draft!);
      if (`${dev}/${ino}` !== this.#identity) throw new Error(`${this.#draft} is another file now`);
    });
  }

  /** Completes the file. Undefined if nothing is in it, which leaves none. Rejects if what is written stays a draft. */
  async finish(): Promise<FileFacts | undefined> {
    this.flush();
    try {
      await this.#file.settled();
      if (!this.#file.failed && this.#progress.mediaTags > 0) {
        this.#file.overwrite(this.#head.build(this.#progress.summarise(this.#bytes)), 0);
        if (this.#spec.safe) this.#file.sync(this.#state.syncTurns);
      }
      await this.#file.settled();
      const failed = this.#file.failed;
      await this.#file.close();
      if (this.#draft === undefined) return undefined;
      return failed || this.#progress.mediaTags === 0 ? await this.#complete() : await this.#publish();
    } finally {
      if (this.#draft !== undefined) this.#state.claimed.release(this.#draft);
    }
  }

  #blockFor(byteLength: number, timestamp: number): Buffer {
    if (this.#block && this.#runBytes + byteLength > this.#block.length) this.flush();
    if (this.#block) return this.#block;
    this.#runSince = timestamp;
    return (this.#block = this.#state.blocks.take(byteLength));
  }

  async #open(): Promise<GrowingHandle> {
    const { handle, draft, path } = await openDraft(this.#spec.path, this.#state.claimed);
    this.#draft = draft;
    this.#path = path;
    const { ino, dev } = await handle.stat();
    this.#identity = `${dev}/${ino}`;
    return handle;
  }

  async #publish(): Promise<FileFacts> {
    const path = await publishDraft(this.#draft!, this.#path);
    return this.#factsOf(path, this.#bytes, this.durationMs);
  }

  async #complete(): Promise<FileFacts | undefined> {
    const completed = await completeDraft(this.#draft!);
    return completed && this.#factsOf(completed.path, completed.bytes, completed.durationMs);
  }

  #factsOf(path: string, bytes: number, durationMs: number): FileFacts {
    const { app, name, startedAt } = this.#spec.facts;
    const endedAt = new Date(Math.max(startedAt.getTime(), this.#lastAt));
    return {
      kind: 'recording',
      app,
      name,
      session: this.#session,
      path,
      bytes,
      durationMs,
      startedAt,
      endedAt,
    };
  }
}

/** The publisher's metadata, and what a repair has to know of a file whose end was never written. */
function propertiesOf({ headers, facts }: RecordingFileSpec): NonNullable<ReturnType<typeof parseMetadata>> {
  const { app, name, session = '', startedAt } = facts;
  const livego = { app, name, session, startedAt: startedAt.getTime() };
  // First, so that it is not what is left out; and a publisher's own `livego` does not stand for it.
  return Object.assign({ livego }, publishersMetadata(headers), { livego });
}

function publishersMetadata(headers: readonly MediaPacket[]): ReturnType<typeof parseMetadata> {
  const message = headers.find(({ kind }) => kind === 'data');
  try {
    return message && parseMetadata(message.payload);
  } catch {
    // It cannot be read. That is the publisher's affair, and no reason not to record.
    return undefined;
  }
}
