// Reads a connection for so long at a time. Node reads a busy one up to 32 times in one turn of the event loop, and 2 MiB of
// small messages are work for more than a second; one read of 64 KiB may hold a thousand messages.
//
//            a piece took long                      the next turn
//   reading ───────────────────▶ paused, with a rest ─────────────▶ smaller pieces, until they are quick
import type { Socket } from 'node:net';
import type { CommandQueue } from './command-queue.ts';

/** With this much work for one piece, others come first. A read of ordinary media takes a tenth of it. */
const LONG_READ_MS = 5;
/** Pieces of a connection that has been slow are not smaller. */
const MIN_PIECE = 512;
/** A read of Node's. */
const MAX_PIECE = 64 * 1024;

type Source = Pick<Socket, 'on' | 'isPaused' | 'pause' | 'resume' | 'destroyed'>;
type Queue = Pick<CommandQueue, 'busy' | 'fail'>;

/** @param queue - while it is busy, the connection is not read either; it gets what `read` throws */
export function readInTurns(socket: Source, queue: Queue, read: (bytes: Buffer) => void): void {
  const turns = new ReadTurns(socket, queue, read);
  socket.on('data', (bytes: Buffer) => turns.push(bytes));
  // Whoever has paused the connection may have resumed it meanwhile.
  socket.on('end', () => turns.finish());
}

class ReadTurns {
  readonly #socket: Source;
  readonly #queue: Queue;
  readonly #read: (bytes: Buffer) => void;
  /** What has been read of the connection and waits for a later turn. */
  #rest: Buffer[] = [];
  #piece = MAX_PIECE;
  #waits = false;
  #failed = false;

  constructor(socket: Source, queue: Queue, read: (bytes: Buffer) => void) {
    this.#socket = socket;
    this.#queue = queue;
    this.#read = read;
  }

  push(bytes: Buffer): void {
    this.#rest.push(bytes);
    if (this.#waits || this.#readPieces() === 'quick') return;
    // Whoever has paused it lets it go on.
    const resumes = !this.#socket.isPaused();
    if (this.#rest.length === 0 && !resumes) return;
    this.#socket.pause();
    this.#waits = true;
    setImmediate(() => this.#continue(resumes));
  }

  finish(): void {
    for (const bytes of this.#rest.splice(0)) this.#tryRead(bytes);
  }

  #continue(resumes: boolean): void {
    if (this.#readPieces() === 'long') return void setImmediate(() => this.#continue(resumes));
    this.#waits = false;
    if (resumes && !this.#queue.busy) this.#socket.resume();
  }

  /** Until a piece takes long, or nothing is left. */
  #readPieces(): 'quick' | 'long' {
    for (let bytes = this.#rest.shift(); bytes; bytes = this.#rest.shift()) {
      if (this.#failed || this.#socket.destroyed) continue;
      // Whole if possible, so that messages in it are not copied.
      const piece = bytes.length <= this.#piece ? bytes : bytes.subarray(0, this.#piece);
      if (piece.length < bytes.length) this.#rest.unshift(bytes.subarray(piece.length));
      const tookMs = this.#tryRead(piece);
      if (tookMs >= LONG_READ_MS) {
        this.#piece = Math.max(MIN_PIECE, Math.floor((piece.length * LONG_READ_MS) / tookMs));
        return this.#failed ? 'quick' : 'long';
      }
      this.#piece = Math.min(MAX_PIECE, 2 * this.#piece);
    }
    return 'quick';
  }

  /** Milliseconds that it took. */
  #tryRead(bytes: Buffer): number {
    const began = performance.now();
    try {
      this.#read(bytes);
    } catch (error) {
      this.#failed = true;
      this.#queue.fail(error);
    }
    return performance.now() - began;
  }
}
