import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  findDigest,
  writeDigest,
  writeSignature,
} from '../../../../../core/protocol/rtmp/handshake/handshake-digest.ts';
import { ClientHandshake, ServerHandshake } from '../../../../../core/protocol/rtmp/handshake/handshake.ts';
import { slice } from '../chunks/chunk-bytes.ts';

const counting = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, index) => index % 251));
const random = { random: counting };

type Party = 'player' | 'server';

/** Whether C2 (`party: 'player'`) or S2 is signed as an answer to the peer's digest. */
function hasSignature(block: Buffer, peerDigest: Buffer, party: Party): boolean {
  const signed = Buffer.from(block);
  writeSignature(signed, peerDigest, party);
  return signed.equals(block);
}

/** C0 and C1 as Adobe's specification has them: time, four zeros, noise. */
function simpleHello(): Buffer {
  const bytes = Buffer.concat([Buffer.from([3, 0, 0, 0, 42, 0, 0, 0, 0]), counting(1528)]);
  expect(bytes.length).toBe(1537);
  return bytes;
}

function digestHello(schema: 8 | 772): Buffer {
  const bytes = simpleHello();
  bytes.set([9, 0, 124, 2], 5);
  writeDigest(bytes.subarray(1), schema, 'player');
  return bytes;
}

test('the server answers a simple handshake with version 3, a zero version field and an exact copy of C1', () => {
  const hello = simpleHello();
  const { reply, done } = new ServerHandshake(random).push(hello);
  expect(done).toBe(false);
  expect(reply!.length).toBe(1 + 1536 + 1536);
  expect(reply!.subarray(0, 9)).toEqual(Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0]));
  expect(reply!.subarray(1537)).toEqual(hello.subarray(1));
});

test.each([8, 772] as const)(
  'the server answers a digest at %i with a digest in the same layout and a signed S2',
  (schema) => {
    const hello = digestHello(schema);
    const { reply } = new ServerHandshake(random).push(hello);
    const first = reply!.subarray(1, 1537);
    // ffmpeg takes S1 for one with a digest only if its major version is at least 3.
    expect(first[4]).toBeGreaterThanOrEqual(3);
    expect(findDigest(first, 'server')?.schema).toBe(schema);
    const clientDigest = findDigest(hello.subarray(1), 'player')!.digest;
    expect(hasSignature(reply!.subarray(1537), clientDigest, 'server')).toBe(true);
  },
);

test('the server signs S2 as a Flash Player computes it, from the published keys and nothing else', () => {
  const hello = digestHello(8);
  const { reply } = new ServerHandshake(random).push(hello);
  const tail = Buffer.from('f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae', 'hex');
  const key = Buffer.concat([Buffer.from('Genuine Adobe Flash Media Server 001'), tail]);
  const c1 = hello.subarray(1);
  const at = 12 + ((c1[8]! + c1[9]! + c1[10]! + c1[11]!) % 728);
  const signingKey = createHmac('sha256', key)
    .update(c1.subarray(at, at + 32))
    .digest();
  const s2 = reply!.subarray(1537);
  expect(s2.subarray(1504)).toEqual(createHmac('sha256', signingKey).update(s2.subarray(0, 1504)).digest());
});

test('the server falls back to the simple handshake when the digest is wrong', () => {
  const hello = digestHello(8);
  hello[1500]! ^= 1;
  const { reply } = new ServerHandshake(random).push(hello);
  expect(reply!.readUInt32BE(5)).toBe(0);
  expect(reply!.subarray(1537)).toEqual(hello.subarray(1));
});

test('the server takes any C2 and hands on the bytes behind it', () => {
  const server = new ServerHandshake(random);
  const bytes = Buffer.concat([simpleHello(), Buffer.alloc(1536, 0xee), Buffer.from('chunks')]);
  const { reply, done, rest } = server.push(bytes);
  expect(reply!.length).toBe(3073);
  expect(done).toBe(true);
  expect(rest.toString()).toBe('chunks');
});

test('the server gives the same one byte at a time', () => {
  const server = new ServerHandshake(random);
  const bytes = Buffer.concat([digestHello(772), Buffer.alloc(1536)]);
  const replies: Buffer[] = [];
  const ends: number[] = [];
  slice(bytes, [1]).forEach((byte, index) => {
    const { reply, done } = server.push(byte);
    if (reply !== undefined) replies.push(reply);
    if (done) ends.push(index);
  });
  expect(replies).toEqual([new ServerHandshake(random).push(digestHello(772)).reply]);
  expect(ends).toEqual([3072]);
});

test.each([
  [6, /RTMPE/],
  [8, /RTMPE/],
  [0x16, /TLS/],
  ['G'.charCodeAt(0), /HTTP/],
  [255, /does not speak RTMP/],
])('the server rejects first byte %i and says what it is likely to be', (version, message) => {
  expect(() => new ServerHandshake().push(Buffer.from([version]))).toThrow(message);
});

test.each([0, 2, 4, 31])('the server answers version %i with version 3', (version) => {
  const hello = simpleHello();
  hello[0] = version;
  expect(new ServerHandshake(random).push(hello).reply![0]).toBe(3);
});

test.each(['digest', 'simple'] as const)(
  'the client gets through with our own server (%s), in slices of any size',
  (mode) => {
    for (const lengths of [[1], [7, 1536], [5000]]) {
      const client = new ClientHandshake({ mode });
      const server = new ServerHandshake();
      const fromServer: Buffer[] = [];
      for (const piece of slice(client.start(), lengths))
        fromServer.push(server.push(piece).reply ?? Buffer.alloc(0));
      let answer: Buffer | undefined;
      let done = false;
      for (const piece of slice(Buffer.concat(fromServer), lengths)) {
        const progress = client.push(piece);
        answer ??= progress.reply;
        ({ done } = progress);
      }
      expect(done).toBe(true);
      expect(answer!.length).toBe(1536);
      expect(server.push(answer!).done).toBe(true);
    }
  },
);

test('the client sends a C1 whose digest servers find at 8, and a C2 signed with the digest of S1', () => {
  const client = new ClientHandshake(random);
  const hello = client.start();
  expect(hello[0]).toBe(3);
  expect(findDigest(hello.subarray(1), 'player')?.schema).toBe(8);
  const { reply } = new ServerHandshake(random).push(hello);
  const second = client.push(reply!).reply!;
  expect(hasSignature(second, findDigest(reply!.subarray(1, 1537), 'server')!.digest, 'player')).toBe(true);
});

test('the client echoes S1 to a server that knows no digest', () => {
  const client = new ClientHandshake(random);
  client.start();
  const reply = Buffer.concat([
    Buffer.from([3]),
    Buffer.alloc(8),
    counting(1528),
    Buffer.alloc(1536),
    Buffer.from([2]),
  ]);
  const progress = client.push(reply);
  expect(progress.reply).toEqual(reply.subarray(1, 1537));
  expect(progress.rest).toEqual(Buffer.from([2]));
});

test('the client says so when the server answers another version', () => {
  const client = new ClientHandshake();
  expect(() => client.push(Buffer.from([6]))).toThrow(/version 6/);
});
