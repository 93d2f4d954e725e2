import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MediaPacket, type PacketInfo } from '../../../core/media/packet.ts';
import { PacketMemory } from '../../../core/delivery/packet-memory.ts';
import { audio, video } from '../stream/stream-kit.ts';

const VIDEO = video(0, 0, 'key').description;
const AUDIO = audio(0, 0).description;

function packetOfLength(length: number, timestamp: number, description: PacketInfo): MediaPacket {
  return new MediaPacket(description, timestamp, Buffer.alloc(length, (timestamp * 7 + length) & 0xff));
}

function packed(packets: readonly MediaPacket[], list = new PacketMemory()): PacketMemory {
  for (const packet of packets) list.push(packet);
  return list;
}

test('packets come back as they were put in, whatever their lengths and whatever had the memory before', () => {
  const length = fc.oneof(fc.nat(300), fc.integer({ min: 16_000, max: 17_000 }), fc.nat(100_000));
  const timestamp = fc.double({ min: 0, max: 2 ** 40, noNaN: true });
  const packet = fc.tuple(length, timestamp, fc.constantFrom(VIDEO, AUDIO));
  const lists = fc.array(fc.array(packet, { maxLength: 70 }), { maxLength: 4 });
  fc.assert(
    fc.property(lists, fc.nat(4), (groups, readAt) => {
      let list = new PacketMemory();
      const kept: { from: MediaPacket; read: MediaPacket }[] = [];
      for (const [group, each] of groups.entries()) {
        const packets = each.map(([...of]) => packetOfLength(...of));
        list = packed(packets, list.renew());
        expect(list).toHaveLength(packets.length);
        expect(list.firstTimestamp).toBe(packets[0]?.timestamp);
        if (group !== readAt && group !== groups.length - 1) continue;
        kept.push(...packets.map((from, index) => ({ from, read: list.at(index) })));
      }
      // What was read stays as it is, though the list has been renewed since.
      for (const { from, read } of kept) {
        expect(read.info).toBe(from.info);
        expect(read.timestamp).toBe(from.timestamp);
        expect(read.payload.equals(from.payload)).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});

test('payloads are copied, so that a reader’s buffer is free again', () => {
  const packets = [100, 16 * 1024, 3 * 1024 * 1024].map((length) => packetOfLength(length, length, VIDEO));
  const list = packed(packets);
  for (const [index, { payload }] of packets.entries()) {
    expect(list.at(index).payload.buffer).not.toBe(payload.buffer);
    expect(list.at(index).payload.equals(payload)).toBe(true);
  }
});

/** A group of pictures: half a megabyte. */
const GROUP = Array.from({ length: 500 }, (_, index) => packetOfLength(1000, index, AUDIO));

test('groups that are not read need the memory of two, however many follow', () => {
  let list = packed(GROUP, packed(GROUP).renew());
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let count = 0; count < 200; count++) {
    list = packed(GROUP, list.renew());
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  // A hundred megabytes have passed through it, and left nothing to collect.
  expect(most).toBeLessThan(2_000_000);
  expect(list).toHaveLength(500);
});

test('packets that have been read stay as they are, however many groups follow', () => {
  // The first list has small blocks, which no later one takes over.
  let list = packed(GROUP, packed(GROUP).renew());
  const read = GROUP.map((_, index) => list.at(index));
  for (let count = 0; count < 5; count++) {
    const other = GROUP.map(({ timestamp }) => packetOfLength(1000, timestamp + 99, AUDIO));
    list = packed(other, list.renew());
  }
  for (const [index, packet] of read.entries()) {
    expect(packet.timestamp).toBe(GROUP[index]!.timestamp);
    expect(packet.payload.equals(GROUP[index]!.payload)).toBe(true);
  }
});
