// The RTMP handshake, both ends: 1 + 1536 + 1536 bytes each way (RTMP 1.0, 5.2). This room knows the bytes before the
// first chunk and nothing behind them.
import { randomBytes } from 'node:crypto';
import { LivegoError } from '../../../errors.ts';
import { findDigest, HANDSHAKE_LENGTH, writeDigest, writeSignature } from './handshake-digest.ts';
import type { FoundDigest } from './handshake-digest.ts';

/** The result of one `push`. */
export interface HandshakeProgress {
  /** Bytes to send to the peer now, if any. */
  readonly reply: Buffer | undefined;
  /** True once the handshake is over; then no further `push` is allowed. */
  readonly done: boolean;
  /** Bytes of this `push` behind the handshake: the beginning of the chunk stream. A view of the input. */
  readonly rest: Buffer;
}

export interface HandshakeOptions {
  /** Source of the random filling, `length` bytes. Default: node:crypto's randomBytes. */
  readonly random?: (length: number) => Buffer;
}

export interface ClientHandshakeOptions extends HandshakeOptions {
  /**
   * 'digest' (the default) is the form of Flash Player and ffmpeg; servers that know no digest read it as random bytes.
   * 'simple' has the version field zero, as in Adobe's specification.
   */
  readonly mode?: 'digest' | 'simple';
}

const RTMP_VERSION = 3;
/** The first byte of a TLS connection (RFC 8446, 5.1): 22, inside the range that RTMP reserves for its future. */
const TLS_HANDSHAKE_RECORD = 22;
const NOTHING = Buffer.alloc(0);

// ffmpeg checks the server's digest if the first of these is 3 or more; all are zero if there is no digest.
const SERVER_VERSION = Buffer.from([4, 5, 0, 1]);
const PLAYER_VERSION = Buffer.from([9, 0, 124, 2]);

/**
 * The server's end. Reads C0, C1, C2; answers S0, S1 and S2 at once when C1 is complete.
 *
 * The answer to a C1 with a valid digest carries digest and signature; else S2 is C1 unchanged, which librtmp compares.
 * C2 is counted, not checked: several encoders send zeros or noise.
 *
 * C0: 3 is RTMP. LVG_RTMP_HANDSHAKE rejects 6, 8 and 9 (RTMPE and the like), 22 (TLS on the plain port) and everything
 * from 32 up, which is a text protocol (5.2.2). The others up to 31 are answered with 3, as 5.2.2 asks.
 */
export class ServerHandshake {
  readonly #random: (length: number) => Buffer;
  readonly #hello = new HelloReader();
  #secondBlockLeft = HANDSHAKE_LENGTH;
  #replied = false;

  constructor(options: HandshakeOptions = {}) {
    this.#random = options.random ?? randomBytes;
  }

  /** Takes the client's bytes in any slices. Throws LVG_RTMP_HANDSHAKE for a client that does not speak RTMP. */
  push(bytes: Buffer): HandshakeProgress {
    let offset = 0;
    let reply: Buffer | undefined;
    if (!this.#replied) {
      if (bytes.length > 0 && this.#hello.empty) checkClientVersion(bytes[0]!);
      offset = this.#hello.push(bytes);
      if (!this.#hello.full) return { reply, done: false, rest: NOTHING };
      reply = buildServerReply(this.#hello.block, this.#random);
      this.#replied = true;
    }
    const taken = Math.min(this.#secondBlockLeft, bytes.length - offset);
    this.#secondBlockLeft -= taken;
    const done = this.#secondBlockLeft === 0;
    return { reply, done, rest: done ? bytes.subarray(offset + taken) : NOTHING };
  }
}

/**
 * The client's end. Send `start()` first; then `push` reads S0, S1, S2 and answers C2 when S1 is complete.
 *
 * S2 is counted, not checked: a relay needs nothing from it, and servers that echo wrongly are common.
 */
export class ClientHandshake {
  readonly #random: (length: number) => Buffer;
  readonly #mode: 'digest' | 'simple';
  readonly #hello = new HelloReader();
  #secondBlockLeft = HANDSHAKE_LENGTH;
  #replied = false;

  constructor(options: ClientHandshakeOptions = {}) {
    this.#random = options.random ?? randomBytes;
    this.#mode = options.mode ?? 'digest';
  }

  /** C0 and C1. */
  start(): Buffer {
    const bytes = Buffer.alloc(1 + HANDSHAKE_LENGTH);
    bytes[0] = RTMP_VERSION;
    this.#random(HANDSHAKE_LENGTH - 8).copy(bytes, 9);
    if (this.#mode === 'digest') {
      PLAYER_VERSION.copy(bytes, 5);
      writeDigest(bytes.subarray(1), 8, 'player');
    }
    return bytes;
  }

  /** Takes the server's bytes in any slices. Throws LVG_RTMP_HANDSHAKE if the server does not answer version 3. */
  push(bytes: Buffer): HandshakeProgress {
    let offset = 0;
    let reply: Buffer | undefined;
    if (!this.#replied) {
      if (bytes.length > 0 && this.#hello.empty && bytes[0] !== RTMP_VERSION) {
        throw new LivegoError(
          'LVG_RTMP_HANDSHAKE',
          `The server answered the RTMP handshake with version ${bytes[0]}; only version 3 (plain RTMP) is supported.`,
        );
      }
      offset = this.#hello.push(bytes);
      if (!this.#hello.full) return { reply, done: false, rest: NOTHING };
      reply = buildClientReply(this.#hello.block, this.#mode, this.#random);
      this.#replied = true;
    }
    const taken = Math.min(this.#secondBlockLeft, bytes.length - offset);
    this.#secondBlockLeft -= taken;
    const done = this.#secondBlockLeft === 0;
    return { reply, done, rest: done ? bytes.subarray(offset + taken) : NOTHING };
  }
}

/** Collects the version byte and the first block, which are needed whole. */
class HelloReader {
  readonly #bytes = Buffer.allocUnsafe(1 + HANDSHAKE_LENGTH);
  #length = 0;

  get empty(): boolean {
    return this.#length === 0;
  }

  get full(): boolean {
    return this.#length === this.#bytes.length;
  }

  get block(): Buffer {
    return this.#bytes.subarray(1);
  }

  /** Returns how many of the bytes were taken. */
  push(bytes: Buffer): number {
    const taken = bytes.copy(this.#bytes, this.#length);
    this.#length += taken;
    return taken;
  }
}

function checkClientVersion(version: number): void {
  if (version === 6 || version === 8 || version === 9) {
    throw new LivegoError(
      'LVG_RTMP_HANDSHAKE',
      `The client asked for RTMPE (version ${version}), which is not supported; use rtmp:// or rtmps://.`,
    );
  }
  if (version === TLS_HANDSHAKE_RECORD) {
    throw new LivegoError(
      'LVG_RTMP_HANDSHAKE',
      'The client began a TLS handshake on a plain RTMP port; use rtmp:// here, or the port of RTMPS.',
    );
  }
  if (version >= 32) {
    throw new LivegoError(
      'LVG_RTMP_HANDSHAKE',
      `The client does not speak RTMP: its first byte is ${version}, not 3. Is it HTTP on the wrong port?`,
    );
  }
}

/** S0, S1 and S2 in one piece. */
function buildServerReply(clientBlock: Buffer, random: (length: number) => Buffer): Buffer {
  const reply = Buffer.alloc(1 + 2 * HANDSHAKE_LENGTH);
  reply[0] = RTMP_VERSION;
  const first = reply.subarray(1, 1 + HANDSHAKE_LENGTH);
  const second = reply.subarray(1 + HANDSHAKE_LENGTH);
  random(HANDSHAKE_LENGTH - 8).copy(first, 8);
  const found = hasVersion(clientBlock) ? findDigest(clientBlock, 'player') : undefined;
  if (found === undefined) {
    clientBlock.copy(second);
    return reply;
  }
  SERVER_VERSION.copy(first, 4);
  writeDigest(first, found.schema, 'server');
  random(HANDSHAKE_LENGTH).copy(second);
  writeSignature(second, found.digest, 'server');
  return reply;
}

/** C2. */
function buildClientReply(
  serverBlock: Buffer,
  mode: 'digest' | 'simple',
  random: (length: number) => Buffer,
): Buffer {
  const reply = Buffer.allocUnsafe(HANDSHAKE_LENGTH);
  let found: FoundDigest | undefined;
  if (mode === 'digest' && hasVersion(serverBlock)) found = findDigest(serverBlock, 'server');
  if (found === undefined) {
    serverBlock.copy(reply);
    return reply;
  }
  random(HANDSHAKE_LENGTH).copy(reply);
  writeSignature(reply, found.digest, 'player');
  return reply;
}

/** Bytes 4 to 7 are zero in the specification's handshake, a program's version where there is a digest. */
function hasVersion(block: Buffer): boolean {
  return block.readUInt32BE(4) !== 0;
}
