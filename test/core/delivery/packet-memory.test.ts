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

function blocksOf(list: PacketMemory): Set<unknown> {
  return new Set(Array.from({ length: list.length }, (_, index) => list.at(index).payload.buffer));
}

test('packets come back as they went in, whatever their lengths and whoever had the memory before', () => {
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
        expect(read.description).toBe(from.description);
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

test('groups that nobody reads share the memory of the first two, however many there are', () => {
  const packets = Array.from({ length: 500 }, (_, index) => packetOfLength(1000, index, AUDIO));
  const second = packed(packets, packed(packets).renew());
  // Looked at behind its back: reading would keep the memory from being used again.
  const third = packed(packets, second.renew());
  const fourth = packed(packets, third.renew());
  expect(blocksOf(fourth).size).toBe(1);
  expect(blocksOf(fourth)).toEqual(blocksOf(third));
});

test('memory that has been read is not written to again', () => {
  const packets = Array.from({ length: 100 }, (_, index) => packetOfLength(1000, index, AUDIO));
  const list = packed(packets);
  const before = blocksOf(list);
  for (const block of blocksOf(packed(packets, list.renew()))) expect(before.has(block)).toBe(false);
});
