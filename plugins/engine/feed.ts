// Feeds a program with a stream as FLV. One that reads too slowly loses packets up to a keyframe, and holds up nobody.
import type { Writable } from 'node:stream';
import type { PluginContext, Sink, StreamView } from 'livego';
import { encodeRun, FlvPacketFormat, HeldBytes, type MediaPacket } from 'livego/media';

/** What may wait for a program. Beyond it packets are left out, up to a keyframe at which half of it is free. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** The same of all programs of a server. */
const MAX_TOTAL_BYTES = 512 * 1024 * 1024;

const FORMAT = new FlvPacketFormat();

export class Feed implements Sink {
  readonly #stream: StreamView;
  readonly #input: Writable;
  readonly #programs: () => number;
  readonly #held: HeldBytes;
  #run: MediaPacket[] = [];
  #runBytes = 0;
  #dropping = false;
  #droppedPackets = 0;

  /** @param programs - how many share what may wait */
  constructor(
    stream: StreamView,
    input: Writable,
    programs: () => number,
    hold: PluginContext['holdMemory'],
  ) {
    this.#stream = stream;
    this.#input = input;
    this.#programs = programs;
    this.#held = new HeldBytes((change) => hold(stream.key, change));
    input.write(FORMAT.start(stream.expectedTracks));
  }

  get droppedPackets(): number {
    return this.#droppedPackets;
  }

  write(packet: MediaPacket): void {
    if (!FORMAT.accepts(packet) || this.#drops(packet)) return;
    this.#runBytes += FORMAT.byteLength(packet);
    // All packets of one turn of the event loop are one write.
    if (this.#run.push(packet) === 1) setImmediate(() => this.flush());
  }

  end(): void {
    this.flush();
  }

  flush(): void {
    const run = this.#run;
    if (run.length === 0) return;
    this.#run = [];
    this.#runBytes = 0;
    if (this.#input.writable) this.#input.write(encodeRun(run, FORMAT));
  }

  /** Nothing is fed any more. */
  close(): void {
    this.flush();
    this.#held.set(0);
  }

  // Headers are never left out: what follows them could not be decoded.
  #drops(packet: MediaPacket): boolean {
    if (packet.header) return false;
    const waiting = this.#input.writableLength + this.#runBytes;
    const isStart = packet.keyframe || (packet.kind === 'audio' && !this.#stream.expectedTracks.video);
    const share = Math.min(MAX_WAITING_BYTES, MAX_TOTAL_BYTES / Math.max(1, this.#programs()));
    const most = this.#held.set(waiting) > 0 ? 0 : share;
    if (this.#dropping && isStart && waiting <= most / 2) this.#dropping = false;
    if (waiting > most) this.#dropping = true;
    if (this.#dropping) this.#droppedPackets++;
    return this.#dropping;
  }
}
