// Benchmarks of single parts of the packet path: within seconds they show the effect of a change in one of them.
//
// This room measures code in its own process, without a socket. Whole servers are measured by compare/ and sweep/. Only
// figures of the same run are worth comparing: the parts take turns, and the median of their rounds counts.

import { readFileSync } from 'node:fs';
import { describeAudio, describeVideo } from '../../core/media/flv/tag-body.ts';
import { FlvPacketFormat } from '../../core/media/flv/flv-format.ts';
import { ChunkReader } from '../../core/protocol/rtmp/chunks/chunk-reader.ts';
import { RtmpPacketFormat } from '../../core/protocol/rtmp/rtmp-format.ts';
import type { PacketFormat } from '../../core/media/packet-format.ts';
import { MediaPacket } from '../../core/media/packet.ts';
import { packMessages, prepareClip, type ClipMessage } from '../load/clip.ts';
import { MessageCorrection } from '../../core/media/correction/index.ts';
import { Timeline } from '../../core/stream/timeline.ts';
import { medianOf } from '../rounds/median.ts';

const ROUNDS = 7;
const ROUND_MS = 300;
const CHUNK_SIZE = 4096;
/** The most that Node hands over in one read. */
const READ_BYTES = 65_536;

interface Part {
  readonly name: string;
  /** Handles the whole clip once. The number it returns keeps the work from being optimised away. */
  readonly once: () => number;
}

/** @param argv names of parts; all parts without any. */
export async function main(argv: readonly string[], { peers }: { peers: string }): Promise<void> {
  const clip = prepareClip(peers);
  const messages = packMessages(readFileSync(clip.flv), clip.durationMs);
  const bytes = messages.reduce((total, message) => total + message.payload.length, 0);
  const parts = partsFor(messages).filter((part) => argv.length === 0 || argv.includes(part.name));
  const rounds = new Map(parts.map((part) => [part, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const part of parts) rounds.get(part)?.push(secondsOfOnePass(part));
  }
  for (const [part, seconds] of rounds) {
    const median = medianOf(seconds);
    const perMessage = ((median / messages.length) * 1e9).toFixed(0);
    console.log(
      `${part.name.padEnd(14)} ${(bytes / median / 1e9).toFixed(2).padStart(8)} GB/s ${perMessage.padStart(6)} ns a message`,
    );
  }
}

function partsFor(messages: readonly ClipMessage[]): Part[] {
  const media = messages.filter((message) => message.type !== 18);
  const packets = media.map((message) => {
    const description = message.type === 9 ? describeVideo(message.payload) : describeAudio(message.payload);
    return new MediaPacket(description, message.timestamp, message.payload);
  });
  const runs: Buffer[] = [];
  encode(new RtmpPacketFormat(CHUNK_SIZE, 1), packets, (run) => runs.push(run));
  const wire = Buffer.concat(runs);
  return [
    { name: 'describe', once: () => describeAll(media) },
    { name: 'correct', once: () => correctAll(packets) },
    { name: 'map-time', once: () => mapAll(packets) },
    { name: 'read-chunks', once: () => readAll(wire) },
    { name: 'write-chunks', once: () => encodeAll(new RtmpPacketFormat(CHUNK_SIZE, 1), packets) },
    { name: 'write-flv', once: () => encodeAll(new FlvPacketFormat(), packets) },
  ];
}

function describeAll(media: readonly ClipMessage[]): number {
  let keyframes = 0;
  for (const { type, payload } of media) {
    if ((type === 9 ? describeVideo(payload) : describeAudio(payload)).keyframe) keyframes++;
  }
  return keyframes;
}

/** What a publisher's messages are looked at for before they become packets, and their times (core/stream/reception.ts). */
function correctAll(packets: readonly MediaPacket[]): number {
  let count = 0;
  const correction = new MessageCorrection({ message: () => void count++, corrected: () => void count++ });
  for (const { info, timestamp, payload } of packets) correction.push(info, timestamp, payload);
  return count;
}

function mapAll(packets: readonly MediaPacket[]): number {
  const timeline = new Timeline();
  for (const { info, timestamp } of packets) timeline.map(info, timestamp);
  return timeline.highest;
}

function readAll(wire: Buffer): number {
  let count = 0;
  const reader = new ChunkReader({ onMessage: () => void count++ });
  reader.push(Buffer.from([2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, CHUNK_SIZE >> 8, CHUNK_SIZE & 255]));
  for (let at = 0; at < wire.length; at += READ_BYTES) reader.push(wire.subarray(at, at + READ_BYTES));
  return count;
}

function encodeAll(format: PacketFormat, packets: readonly MediaPacket[]): number {
  let bytes = 0;
  encode(format, packets, (run) => (bytes += run.length));
  return bytes;
}

/** Encodes as the fan-out does, in runs of ten packets: measure, allocate once, write. */
function encode(format: PacketFormat, packets: readonly MediaPacket[], onRun: (run: Buffer) => void): void {
  for (let from = 0; from < packets.length; from += 10) {
    const run = packets.slice(from, from + 10);
    const target = Buffer.allocUnsafe(run.reduce((total, packet) => total + format.byteLength(packet), 0));
    let at = 0;
    for (const packet of run) at = format.write(packet, target, at);
    onRun(target);
  }
}

function secondsOfOnePass(part: Part): number {
  const began = performance.now();
  let passes = 0;
  while (performance.now() - began < ROUND_MS) {
    part.once();
    passes++;
  }
  return (performance.now() - began) / 1000 / passes;
}
