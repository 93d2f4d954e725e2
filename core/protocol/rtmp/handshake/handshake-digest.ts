// The digest that Flash Player 9 added to the RTMP handshake, and that players of H.264 check.
//
// Adobe's published specification does not have it (there C1 and S1 are random bytes); Flash Player, Flash Media Server,
// librtmp and ffmpeg compute it like this. A 32-byte HMAC-SHA256 stands within the 1536 bytes of C1 and S1, at a place
// that four of those bytes name, in one of two layouts.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Length of C1, C2, S1 and S2 in bytes (RTMP 1.0, 5.2.3). */
export const HANDSHAKE_LENGTH = 1536;

const DIGEST_LENGTH = 32;
const SIGNED_LENGTH = HANDSHAKE_LENGTH - DIGEST_LENGTH;

const KEY_TAIL = Buffer.from('f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae', 'hex');
const PLAYER_NAME = Buffer.from('Genuine Adobe Flash Player 001', 'latin1');
const SERVER_NAME = Buffer.from('Genuine Adobe Flash Media Server 001', 'latin1');
const PLAYER_KEY = Buffer.concat([PLAYER_NAME, KEY_TAIL]);
const SERVER_KEY = Buffer.concat([SERVER_NAME, KEY_TAIL]);

/** Offset of the four bytes that name the digest's place: right after the version, or in the second half. */
export type DigestSchema = 8 | 772;

/** The side that made the block: C1 and C2 (player) or S1 and S2 (server). */
export type HandshakeParty = 'player' | 'server';

/** A valid digest. */
export interface FoundDigest {
  readonly schema: DigestSchema;
  readonly digest: Buffer;
}

/** Looks for a valid digest in C1 (`party: 'player'`) or S1, in both layouts; undefined if there is none. */
export function findDigest(block: Buffer, party: HandshakeParty): FoundDigest | undefined {
  for (const schema of [8, 772] as const) {
    const position = digestPosition(block, schema);
    const digest = block.subarray(position, position + DIGEST_LENGTH);
    if (timingSafeEqual(digest, blockDigest(block, position, party))) return { schema, digest };
  }
  return undefined;
}

/** Computes the digest of C1 or S1, puts it in its place and returns it (a view of the block). */
export function writeDigest(block: Buffer, schema: DigestSchema, party: HandshakeParty): Buffer {
  const position = digestPosition(block, schema);
  blockDigest(block, position, party).copy(block, position);
  return block.subarray(position, position + DIGEST_LENGTH);
}

/**
 * Signs C2 (`party: 'player'`) or S2 in its last 32 bytes. The key is derived from the digest of the *other* side's
 * first block, which proves that the block was read.
 */
export function writeSignature(block: Buffer, peerDigest: Buffer, party: HandshakeParty): void {
  signature(block, peerDigest, party).copy(block, SIGNED_LENGTH);
}

function digestPosition(block: Buffer, schema: DigestSchema): number {
  const sum = block[schema]! + block[schema + 1]! + block[schema + 2]! + block[schema + 3]!;
  return schema + 4 + (sum % 728);
}

function blockDigest(block: Buffer, position: number, party: HandshakeParty): Buffer {
  return createHmac('sha256', party === 'player' ? PLAYER_NAME : SERVER_NAME)
    .update(block.subarray(0, position))
    .update(block.subarray(position + DIGEST_LENGTH))
    .digest();
}

function signature(block: Buffer, peerDigest: Buffer, party: HandshakeParty): Buffer {
  const key = createHmac('sha256', party === 'player' ? PLAYER_KEY : SERVER_KEY)
    .update(peerDigest)
    .digest();
  return createHmac('sha256', key).update(block.subarray(0, SIGNED_LENGTH)).digest();
}
