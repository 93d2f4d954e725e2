// Reads a connection for so long at a time. Node reads a busy one up to 32 times in one turn of the event loop, and 2 MiB of
// small messages are work for more than a second; one read of 64 KiB may hold a thousand messages.
//
//            a piece took long, or the turn has              a later turn
//   reading ─────────────────────────────────▶ paused, with a rest ─────────────▶ smaller pieces, until they are quick
//
// While there is a rest nobody else lets the connection go on: what arrives would wait in memory without a limit.
import type { Socket } from 'node:net';
import type { BytesOwnership } from 'livego/rtmp';
import type { CommandQueue } from './command-queue.ts';
import type { SharedTurn } from './shared-turn.ts';

/** With this much work for one piece, others come first. A read of ordinary media takes a tenth of it. */
const LONG_READ_MS = 5;
/** A read of less is not timed while the connection is quick: it cannot be work for so long, whatever is in it. */
const SHORT_READ_BYTES = 4096;
/** Pieces of a connection that has been slow are not smaller. */
const MIN_PIECE = 512;
/** A read of Node's. */
const MAX_PIECE = 64 * 1024;

type Source = Pick<Socket, 'on' | 'isPaused' | 'pause' | 'resume' | 'destroyed'>;
type Queue = Pick<CommandQueue, 'busy' | 'fail'>;

type TakeBytes = (bytes: Buffer, ownership: BytesOwnership) => void;

export class ReadTurns {
  readonly #socket: Source;
  readonly #queue: Queue;
  readonly #shared: SharedTurn;
  readonly #read: TakeBytes;
  /** What has been read of the connection and waits for a later turn: memory that stays as it is. */
  #rest: Buffer[] = [];
  #piece = MAX_PIECE;
  #waits = false;
  #failed = false;

  /**
   * @param queue - while it is busy, the connection is not read either; it gets what `read` throws
   * @param shared - that of all connections
   */
  constructor(socket: Source, queue: Queue, shared: SharedTurn, read: TakeBytes) {
    this.#socket = socket;
    this.#queue = queue;
    this.#shared = shared;
    this.#read = read;
    socket.on('end', () => this.#finish());
  }

  /** Whether nothing that has been read waits for its turn. */
  get mayRead(): boolean {
    return !this.#waits && !this.#queue.busy;
  }

  /** For whoever has paused the connection. Where a rest waits, the connection is read on behind it. */
  readOn(): void {
    if (this.mayRead) this.#socket.resume();
  }

  /** Takes what has been read from the connection. */
  take(bytes: Buffer, ownership: BytesOwnership): void {
    if (this.#waits) return this.#keep(bytes, ownership);
    if (!this.#shared.hasTime()) return this.#wait(bytes, ownership);
    const left = this.#readPieces(bytes, ownership);
    this.#shared.end();
    if (left === undefined) return;
    // Whoever has paused it lets it go on.
    if (left.length === 0 && this.#socket.isPaused()) return;
    this.#wait(left, ownership);
  }

  #wait(bytes: Buffer, ownership: BytesOwnership): void {
    const pace = this.#isShort(bytes) ? 'quick' : 'slow';
    this.#keep(bytes, ownership);
    this.#socket.pause();
    this.#waits = true;
    this.#shared.readLater(pace, () => this.#continue());
  }

  #finish(): void {
    for (const bytes of this.#rest.splice(0)) this.#tryRead(bytes, 'kept');
  }

  #keep(bytes: Buffer, ownership: BytesOwnership): void {
    if (bytes.length > 0) this.#rest.push(ownership === 'lent' ? Buffer.from(bytes) : bytes);
  }

  #continue(): void {
    for (let bytes = this.#rest.shift(); bytes; bytes = this.#rest.shift()) {
      const left = this.#readPieces(bytes, 'kept');
      if (left === undefined) continue;
      if (left.length > 0) this.#rest.unshift(left);
      return this.#shared.readLater('slow', () => this.#continue());
    }
    this.#waits = false;
    this.readOn();
  }

  /** Until a piece takes long: then it returns what is left, which may be nothing. */
  #readPieces(bytes: Buffer, ownership: BytesOwnership): Buffer | undefined {
    if (this.#isShort(bytes)) {
      if (!this.#failed) this.#tryRead(bytes, ownership);
      return undefined;
    }
    for (let position = 0; position < bytes.length && !this.#failed && !this.#socket.destroyed;) {
      // Whole if possible, so that messages in it are not copied.
      const whole = position === 0 && bytes.length <= this.#piece;
      const piece = whole ? bytes : bytes.subarray(position, position + this.#piece);
      position += piece.length;
      const began = performance.now();
      this.#tryRead(piece, ownership);
      const tookMs = performance.now() - began;
      if (tookMs >= LONG_READ_MS) {
        this.#piece = Math.max(MIN_PIECE, Math.floor((piece.length * LONG_READ_MS) / tookMs));
        return this.#failed ? undefined : bytes.subarray(position);
      }
      this.#piece = Math.min(MAX_PIECE, 2 * this.#piece);
    }
    return undefined;
  }

  #isShort(bytes: Buffer): boolean {
    return bytes.length < SHORT_READ_BYTES && this.#piece === MAX_PIECE;
  }

  #tryRead(bytes: Buffer, ownership: BytesOwnership): void {
    try {
      this.#read(bytes, ownership);
    } catch (error) {
      this.#failed = true;
      this.#queue.fail(error);
    }
  }
}
