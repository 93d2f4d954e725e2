// The recording of one stream: which packets go into which file.
//
//   waiting ──keyframe──▶ writing ──a cut, the publisher is replaced──▶ waiting
//      ▲                     │
//      └──backoff── failed ◀─┴─ the disk fails: what is written is completed, and a new file is tried
//
import { messageOf, type FileFacts, type LimitedLog, type Logger, type Sink, type StreamView } from 'livego';
import { HeldBytes, MediaPacket } from 'livego/media';
import { LostTime } from './lost-time.ts';
import { QueueLimit } from './queue-limit.ts';
import { RecordingFile } from './recording-file.ts';
import type { RecordOptions } from './schema.ts';
import { SplitRules } from './split-rules.ts';
import type { RecordingFigures, RecordState } from './state.ts';

const MAX_BACKOFF_MS = 60_000;
const FIRST_BACKOFF_MS = 1000;
/** A file that has vanished is noticed this late. */
const CHECK_MS = 4000;

export interface RecordingOwner {
  readonly options: RecordOptions;
  readonly state: RecordState;
  readonly log: Logger;
  readonly peerLog: Logger;
  /** Counts what waits for the disk; returns how much is too much. */
  readonly hold: (key: string, change: number) => number;
  /** For lines that many streams may cause at once. */
  readonly slow: LimitedLog;
  /** Monotonic milliseconds. */
  now(): number;
  /** Where a file of the stream that begins now should be. */
  pathFor(stream: StreamView, startedAt: Date): string;
  fileEnd(file: FileFacts): void;
  /** Whether a command has started the recording of the stream. */
  isCommanded(stream: StreamView): boolean;
}

export class StreamRecording implements Sink, RecordingFigures {
  readonly stream: StreamView;
  #owner: RecordingOwner;
  #file: RecordingFile | undefined;
  /** The newest metadata and sequence headers, by kind and track. */
  readonly #headers = new Map<string, MediaPacket>();
  readonly #rules = new SplitRules();
  readonly #queue: QueueLimit;
  readonly #held = new HeldBytes((change) => this.#owner.hold(this.stream.key, change));
  /** Files are announced in the order in which they were written. */
  #finishing: Promise<void> = Promise.resolve();
  /** Nothing of the stream has passed yet: a file may begin with the audio that comes before the first picture. */
  #fresh: boolean;
  #needsKeyframe = false;
  #failures = 0;
  #failure = '';
  #retryAt = 0;
  readonly #lost = new LostTime();
  #securedAt = 0;
  #checkedAt = 0;

  constructor(stream: StreamView, owner: RecordingOwner) {
    this.stream = stream;
    this.#owner = owner;
    this.#fresh = stream.counters.packets === 0;
    this.#queue = new QueueLimit(owner.state.counters);
    owner.state.recordings.add(this);
  }

  get writing(): boolean {
    return this.#file !== undefined;
  }

  get commanded(): boolean {
    return this.#owner.isCommanded(this.stream);
  }

  get file(): RecordingFigures['file'] {
    return this.#file;
  }

  get failure(): string | undefined {
    return this.#failures > 0 ? this.#failure : undefined;
  }

  get lostMs(): number {
    return this.#lost.totalMs;
  }

  get waitingBytes(): number {
    return this.#file?.waitingBytes ?? 0;
  }

  /** Continues for another owner. A file that its options would put elsewhere ends at the next keyframe. */
  moveTo(owner: RecordingOwner): void {
    const { directory, path } = this.#owner.options;
    if (owner.options.directory !== directory || owner.options.path !== path) this.#rules.request();
    this.#owner = owner;
  }

  write(packet: MediaPacket): void {
    if (packet.header) return this.#takeHeader(packet);
    if (packet.kind === 'data') return this.#queue.dropping ? undefined : this.#file?.write(packet);
    if (this.#file && this.#mustCut(packet)) this.#cut();
    const file = this.#file ?? this.#begin(packet);
    if (!file || this.#isHeldBack(packet, file)) return;
    if (packet.keyframe) this.#rules.noteKeyframe(file.bytes);
    file.write(packet);
  }

  /** What follows may not build on what came before. */
  discontinuity(): void {
    this.#needsKeyframe = true;
  }

  pause(): void {
    this.#file?.flush();
  }

  end(): void {
    this.#cut();
  }

  /** The publisher's session has stopped. */
  publishStop(replaced: boolean): void {
    if (!replaced && !this.#owner.options.splitOnReconnect) return;
    this.#cut();
    this.#headers.clear();
    this.#fresh = true;
  }

  publishStart(session: string): void {
    this.#file?.noteSession(session);
  }

  /** Called about once a second. */
  tick(now: number): void {
    const file = this.#file;
    if (!file) return;
    const { syncSeconds } = this.#owner.options;
    if (syncSeconds > 0 && now - this.#securedAt >= syncSeconds * 1000 - 500) {
      this.#securedAt = now;
      file.secure();
    } else file.flush();
    if (now - this.#checkedAt >= CHECK_MS) {
      this.#checkedAt = now;
      file.check();
    }
    if (this.#failures > 0 && file.written && now > this.#retryAt + FIRST_BACKOFF_MS) this.#recovered();
  }

  /** Ends the file. Resolves when all files of the stream are complete. */
  async finish(): Promise<void> {
    this.#cut();
    this.#owner.state.recordings.delete(this);
    await this.#finishing;
  }

  #takeHeader(packet: MediaPacket): void {
    const key = `${packet.kind}/${packet.track}`;
    const present = this.#headers.get(key);
    this.#headers.set(key, packet);
    if (!this.#file || packet.kind === 'data' || present?.payload.equals(packet.payload)) return;
    if (!present) return this.#file.write(packet);
    this.#rules.request();
    // Audio continues in the present file up to the keyframe. Of video, nothing can be decoded before it.
    if (packet.kind === 'audio' && this.#hasVideo) this.#file.write(packet);
  }

  #mustCut(packet: MediaPacket): boolean {
    return this.#canBeginWith(packet) && this.#rules.wantCut(this.#file!, packet, this.#owner.options);
  }

  #canBeginWith(packet: MediaPacket): boolean {
    if (packet.kind === 'video') return packet.keyframe && packet.track === 0;
    return !this.#hasVideo;
  }

  get #hasVideo(): boolean {
    return this.stream.expectedTracks.video;
  }

  #begin(packet: MediaPacket): RecordingFile | undefined {
    const owner = this.#owner;
    if (owner.now() < this.#retryAt) return this.#lose(packet);
    if (!this.#canBeginWith(packet) && !(this.#fresh && packet.kind === 'audio')) return this.#lose(packet);
    owner.state.counters.lostMs += this.#lost.resume(packet.timestamp);
    this.#fresh = false;
    this.#needsKeyframe = false;
    this.#securedAt = owner.now();
    this.#checkedAt = owner.now();
    this.#rules.restart();
    const startedAt = new Date();
    const { app, name, publisher, expectedTracks } = this.stream;
    const file = new RecordingFile(
      {
        facts: { app, name, session: publisher?.id, startedAt },
        path: owner.pathFor(this.stream, startedAt),
        baseMs: packet.timestamp,
        headers: [...this.#headers.values()].map((header) => restamp(header, packet.timestamp)),
        expectedTracks,
        safe: owner.options.syncSeconds > 0,
        onFailure: (error) => this.#failed(file, error),
      },
      owner.state,
    );
    this.#file = file;
    return file;
  }

  #isHeldBack(packet: MediaPacket, file: RecordingFile): boolean {
    const isStart = this.#canBeginWith(packet);
    if (this.#needsKeyframe && packet.kind === 'video') {
      if (!isStart) return true;
      this.#needsKeyframe = false;
    }
    const wasDropping = this.#queue.dropping;
    const { options, state } = this.#owner;
    const excess = this.#held.set(file.waitingBytes);
    const most = excess > 0 ? 0 : QueueLimit.share(options.maxQueueBytes, state.recordings.size);
    const dropped = this.#queue.drops(packet, isStart, file.waitingBytes, most);
    if (dropped && !wasDropping)
      this.#owner.slow.warn(
        { stream: this.stream.displayKey },
        'the disk is too slow for the recording of this stream; packets are left out up to a keyframe',
      );
    return dropped;
  }

  /** A packet that is recorded in no file, because the disk has failed. */
  #lose(packet: MediaPacket): undefined {
    if (this.#failures === 0) return;
    const { counters } = this.#owner.state;
    counters.lostMs += this.#lost.lose(packet.timestamp);
    counters.droppedPackets++;
  }

  #cut(): void {
    const file = this.#file;
    this.#file = undefined;
    this.#queue.reset();
    this.#held.set(0);
    if (file) this.#complete(file);
  }

  #complete(file: RecordingFile): void {
    const before = this.#finishing;
    const finished = file.finish();
    this.#finishing = Promise.allSettled([finished, before])
      .then(() => finished)
      .then(
        (facts) => facts && this.#announce(facts),
        (error: unknown) => this.#leaveDraft(error),
      );
  }

  #leaveDraft(error: unknown): void {
    const { log, peerLog } = this.#owner;
    const stream = this.stream.displayKey;
    // What has vanished was the failure, and that has been told.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return log.debug({ err: error, stream }, 'a recording has vanished');
    peerLog.error({ err: error, stream }, 'a recording could not be completed; its draft is repaired later');
  }

  #announce(facts: FileFacts): void {
    const { peerLog, state } = this.#owner;
    state.counters.files++;
    state.counters.bytes += facts.bytes;
    const { path, bytes, durationMs } = facts;
    const { key, displayKey } = this.stream;
    // The name of the file is that of the stream, which may be a secret.
    const shown = displayKey === key ? path : displayKey;
    peerLog.info({ stream: displayKey, bytes, seconds: durationMs / 1000 }, `recorded ${shown}`);
    this.#owner.fileEnd(facts);
  }

  #failed(file: RecordingFile, error: unknown): void {
    const { log, peerLog, state } = this.#owner;
    state.counters.failures++;
    if (file !== this.#file) return;
    const waitMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#failures++);
    this.#retryAt = this.#owner.now() + waitMs;
    this.#failure = messageOf(error);
    const line = `the recording of ${this.stream.displayKey} has failed: ${this.#failure}; the stream continues, and the recording is tried again`;
    if (this.#failures === 1) peerLog.error({ stream: this.stream.displayKey }, line);
    else log.debug({ stream: this.stream.displayKey, waitMs }, line);
    this.#cut();
  }

  #recovered(): void {
    this.#failures = 0;
    this.#owner.log.info(
      { stream: this.stream.displayKey, lostMs: this.#lost.tell() },
      `${this.stream.displayKey} is recorded again`,
    );
  }
}

function restamp({ info, payload }: MediaPacket, timestamp: number): MediaPacket {
  return new MediaPacket(info, timestamp, payload);
}
