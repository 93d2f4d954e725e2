// Hostile bytes: valid streams with damage. Bounded by default; FUZZ_RUNS=1000000 for a long run, FUZZ_SEED for another.
import { expect, test } from 'vitest';
import { LivegoError } from '../../../../core/errors.ts';
import { ChunkReader } from '../../../../core/protocol/rtmp/chunks/chunk-reader.ts';
import { buildChunks } from '../../../../core/protocol/rtmp/chunks/chunk-writer.ts';
import { RtmpClientSession } from '../../../../core/protocol/rtmp/client/client.ts';
import {
  buildCommand,
  buildData,
  dataPayloadAsAmf0,
  parseData,
} from '../../../../core/protocol/rtmp/command.ts';
import { RtmpConnection } from '../../../../core/protocol/rtmp/connection.ts';
import { ClientHandshake, ServerHandshake } from '../../../../core/protocol/rtmp/handshake/handshake.ts';
import { buildControl } from '../../../../core/protocol/rtmp/message.ts';
import type { ControlMessage, RtmpMessage } from '../../../../core/protocol/rtmp/message.ts';
import { runsOf, SEED, timeLimitOf } from '../../../fuzz/runs.ts';
import { hex, seeded } from './chunks/chunk-bytes.ts';

/** Inputs for each parser. */
const USUAL = 4000;
const TIMEOUT = timeLimitOf(USUAL);
const MAX_UNFINISHED = 1024 * 1024;

const CONNECT = {
  app: 'live',
  tcUrl: 'rtmp://h/live',
  fourCcList: ['av01'],
  videoFourCcInfoMap: { '*': 4 },
  capsEx: 15,
};

/** A publisher's whole conversation after the handshake, with something of everything. */
function conversation(): Buffer {
  const parts: Buffer[] = [];
  let chunkSize = 128;
  const add = (type: number, payload: Buffer, chunkStreamId: number, timestamp = 0): number =>
    parts.push(buildChunks({ type, streamId: 1, timestamp, payload, chunkStreamId }, chunkSize));
  const control = (message: ControlMessage): void => {
    const { type, payload } = buildControl(message);
    add(type, payload, 2);
  };
  const { payload } = buildCommand({ name: 'connect', transactionId: 1, object: CONNECT, args: [] });
  add(20, payload, 3);
  control({ kind: 'window-acknowledgement-size', size: 1000 });
  control({ kind: 'set-peer-bandwidth', size: 1000, limit: 'dynamic' });
  control({ kind: 'user-control', event: 'ping-request', timestamp: 1 });
  control({ kind: 'user-control', event: 'set-buffer-length', streamId: 1, milliseconds: 1000 });
  add(
    17,
    buildCommand({ name: 'publish', transactionId: 5, object: null, args: ['movie', 'live'] }, 'amf3')
      .payload,
    3,
  );
  add(17, hex('00 020001 61 00 0000000000000000 11 0a0b01 0361 0401 01'), 3);
  add(18, buildData({ name: '@setDataFrame', args: ['onMetaData', { width: 1920 }] }).payload, 5);
  add(15, hex('00 020001 61'), 5);
  add(9, Buffer.alloc(300, 0x17), 6, 0xfffffff0);
  parts.push(hex('46 000010 000003 08 af0102  86 000010 af0102  c6 af0102'));
  add(22, hex('08 000001 000000 00 000000 af 0000000c 09 000001 00000a 00 000000 27 0000000c'), 70, 5);
  control({ kind: 'set-chunk-size', chunkSize: 1000 });
  chunkSize = 1000;
  add(9, Buffer.alloc(2500, 0x27), 400, 100);
  control({ kind: 'abort', chunkStreamId: 6 });
  add(8, Buffer.alloc(20, 0xaf), 4, 120);
  return Buffer.concat(parts);
}

/** One to six wounds: a flipped byte, an extreme number, a cut, a piece doubled or moved, noise. */
function mutate(valid: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(valid);
  const below = (limit: number): number => Math.floor(random() * limit);
  for (let wounds = 1 + below(6); wounds > 0 && bytes.length > 8; wounds--) {
    const at = below(bytes.length - 4);
    const length = 1 + below(64);
    switch (below(6)) {
      case 0:
        bytes[at] = below(256);
        break;
      case 1:
        bytes.writeUInt32BE([0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x00ffffff][below(6)]!, at);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
        break;
      case 4:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.from(Array.from({ length }, () => below(256))),
          bytes.subarray(at),
        ]);
        break;
      default:
        bytes = bytes.subarray(0, at);
    }
  }
  return bytes;
}

/** Feeds in random slices; true if it was rejected, which only a LivegoError may do. */
function feed(bytes: Buffer, random: () => number, push: (piece: Buffer) => void): boolean {
  try {
    for (let offset = 0; offset < bytes.length;) {
      const length = random() < 0.3 ? 1 : 1 + Math.floor(random() * 2000);
      push(bytes.subarray(offset, offset + length));
      offset += length;
    }
    return false;
  } catch (error) {
    if (error instanceof LivegoError) return true;
    throw error;
  }
}

const valid = conversation();
const limits = { maxUnfinishedBytes: MAX_UNFINISHED };

test(
  'damaged bytes end a session with a LivegoError or not at all in the chunk reader, within its memory and with the same messages for every slicing',
  { timeout: TIMEOUT },
  () => {
    const random = seeded(SEED);
    let rejected = 0;
    let inputs = 0;
    for (const run of runsOf('RTMP chunks', USUAL)) {
      inputs = run + 1;
      const bytes = mutate(valid, random);
      const read = (next: () => number): [boolean, string] => {
        let seen = '';
        const onMessage = ({ type, timestamp, payload }: RtmpMessage): void => {
          seen += `${type} ${timestamp} ${payload.length} ${payload[0]} `;
        };
        const reader = new ChunkReader({ onMessage }, limits);
        const ended = feed(bytes, next, (piece) => {
          reader.push(piece);
          if (reader.unfinishedBytes > MAX_UNFINISHED)
            throw new Error(`${reader.unfinishedBytes} bytes kept`);
        });
        return [ended, seen];
      };
      const whole = read(() => 0.9999999);
      const sliced = read(random);
      if (sliced[0] !== whole[0] || sliced[1] !== whole[1]) expect(sliced).toEqual(whole);
      if (whole[0]) rejected++;
    }
    expect(rejected).toBeGreaterThan(0);
    expect(rejected).toBeLessThan(inputs);
  },
);

test(
  'damaged bytes end a session with a LivegoError or not at all in a connection, commands and data included',
  { timeout: TIMEOUT },
  () => {
    const random = seeded(SEED + 1);
    const hello = Buffer.concat([Buffer.from([3]), Buffer.alloc(3072)]);
    const noise = { random: (length: number) => Buffer.alloc(length) };
    for (const _ of runsOf('RTMP connection', USUAL)) {
      let sent = 0;
      const bytes = mutate(valid, random);
      const connection = new RtmpConnection({
        role: 'server',
        send: (reply) => {
          sent += reply.length;
        },
        receiver: {
          onCommand: () => undefined,
          onMedia: ({ type, payload }) => {
            if (type === 15 || type === 18) parseData(18, dataPayloadAsAmf0(type, payload));
          },
        },
        limits,
        handshake: noise,
      });
      connection.push(hello);
      feed(bytes, random, (piece) => connection.push(piece));
      if (connection.unfinishedBytes > MAX_UNFINISHED)
        throw new Error(`${connection.unfinishedBytes} bytes kept`);
      // Answers are pongs, windows and acknowledgements: never much more than what was asked.
      if (sent > 3073 + 20 * bytes.length) throw new Error(`${sent} bytes sent`);
    }
  },
);

test(
  'damaged bytes end a session with a LivegoError or not at all in a client, from the handshake on',
  { timeout: TIMEOUT },
  () => {
    const random = seeded(SEED + 2);
    const noise = { random: (length: number) => Buffer.alloc(length), mode: 'simple' } as const;
    const result = { fmsVer: 'FMS/3,0,1,123', capsEx: 3 };
    const answers = [
      buildCommand({ name: '_result', transactionId: 1, object: result, args: [{ code: 'x' }] }),
      buildCommand({ name: '_result', transactionId: 4, object: null, args: [1] }),
      buildCommand({
        name: 'onStatus',
        transactionId: 0,
        object: null,
        args: [{ code: 'NetStream.Publish.Start' }],
      }),
    ].map((message) => buildChunks({ ...message, streamId: 0, timestamp: 0, chunkStreamId: 3 }, 128));
    const reply = Buffer.concat([Buffer.from([3]), Buffer.alloc(3072)]);
    for (const run of runsOf('RTMP client', USUAL)) {
      const client = new RtmpClientSession({
        mode: run % 2 === 0 ? 'publish' : 'play',
        app: 'live',
        name: 'movie',
        tcUrl: 'rtmp://h/live',
        observer: { onReady: () => undefined, onRejected: () => undefined },
        send: () => undefined,
        limits,
        handshake: noise,
      });
      client.start();
      const bytes =
        run % 4 === 0
          ? mutate(Buffer.concat([reply, ...answers]), random)
          : Buffer.concat([reply, mutate(Buffer.concat(answers), random)]);
      feed(bytes, random, (piece) => client.push(piece));
    }
  },
);

test(
  'damaged bytes end a session with a LivegoError or not at all in the handshake of both ends',
  { timeout: TIMEOUT },
  () => {
    const random = seeded(SEED + 3);
    const hello = Buffer.concat([new ClientHandshake().start(), Buffer.alloc(1600)]);
    const reply = Buffer.concat([new ServerHandshake().push(hello).reply!, Buffer.alloc(64)]);
    for (const run of runsOf('RTMP handshake', USUAL)) {
      const end = run % 2 === 0 ? new ServerHandshake() : new ClientHandshake();
      let done = false;
      feed(mutate(run % 2 === 0 ? hello : reply, random), random, (piece) => {
        if (done) return;
        const progress = end.push(piece);
        ({ done } = progress);
        if (progress.rest.length > piece.length) throw new Error(`${progress.rest.length} bytes are left`);
      });
    }
  },
);
