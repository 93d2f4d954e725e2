// Transport streams read back: what ffmpeg has put into them comes out as the FLV that it was.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { describeTag, type ReadAt } from '../../../../../core/media/flv/recording/tag-scan.ts';
import {
  scanTransport,
  TransportPackets,
  type ScannedTransport,
} from '../../../../../core/media/mpegts/index.ts';
import { TS_PACKET } from '../../../../../core/media/mpegts/packet-layout.ts';
import { MediaPacket } from '../../../../../core/media/packet.ts';
import { clip, type ClipSpec } from '../../../../helpers/media/clip.ts';
import { readFlvFile } from '../../../../helpers/media/flv-file.ts';

/** The same packets in a transport stream, as ffmpeg copies them. */
function remuxed(flv: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'livego-ts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'copy.ts');
  execFileSync('ffmpeg', ['-v', 'error', '-i', flv, '-map', '0', '-c', 'copy', file]);
  return readFileSync(file);
}

function readerOf(bytes: Buffer): ReadAt {
  return (position, length) => Promise.resolve(bytes.subarray(position, position + length));
}

function packetsOf(bytes: Buffer, { program, base }: ScannedTransport, step = bytes.length): MediaPacket[] {
  const packets = new TransportPackets({ program, base, position: 0, timeMs: 0 });
  const read: MediaPacket[] = [];
  for (let at = 0; at < bytes.length; at += step) read.push(...packets.push(bytes.subarray(at, at + step)));
  return [...read, ...packets.flush()];
}

/** Headers and frames of one kind: time, keyframe, bytes. */
function spell(packets: readonly MediaPacket[], kind: 'audio' | 'video'): string[] {
  return packets
    .filter((packet) => packet.kind === kind && (packet.header || packet.media))
    .map(({ timestamp, header, keyframe, payload }) =>
      [timestamp, header ? 'header' : keyframe ? 'key' : '', payload.toString('hex')].join(' '),
    );
}

async function sourceOf(
  spec: ClipSpec,
): Promise<{ source: MediaPacket[]; bytes: Buffer; scanned: ScannedTransport }> {
  const flv = await clip(spec);
  const tags = readFlvFile(flv).tags.filter(({ type }) => type !== 'script');
  const source = tags.map(
    ({ type, timestamp, body }) => new MediaPacket(describeTag(type, body), timestamp, body),
  );
  const bytes = remuxed(flv);
  return { source, bytes, scanned: await scanTransport(readerOf(bytes)) };
}

describe('a transport stream', () => {
  test.each<[string, ClipSpec]>([
    ['H.264 with B-frames and AAC', {}],
    ['H.264 and MP3', { audio: 'mp3' }],
    ['audio only', { video: 'none' }],
    ['video only', { audio: 'none' }],
  ])('of %s is its source, packet for packet', async (_, spec) => {
    const { source, bytes, scanned } = await sourceOf(spec);
    const read = packetsOf(bytes, scanned);
    // ffmpeg puts the parameter sets in front of every keyframe; only the first ones are new.
    expect(spell(read, 'video')).toEqual(spell(source, 'video'));
    const times = (packets: readonly MediaPacket[]) =>
      packets.filter(({ kind, media }) => kind === 'audio' && media).map(({ timestamp }) => timestamp);
    // A PES packet holds several frames and the time of the first one; FLV has rounded each.
    const [had, has] = [times(source), times(read)];
    expect(has).toHaveLength(had.length);
    for (const [index, time] of has.entries()) expect(Math.abs(time - had[index]!)).toBeLessThanOrEqual(1);
    const payloads = (packets: readonly MediaPacket[]) =>
      packets
        .filter(({ kind }) => kind === 'audio')
        .map(({ media, payload }) => (media ? payload.subarray(2) : 'header'));
    expect(payloads(read)).toEqual(payloads(source));
  });

  test('of HEVC has its keyframes, its header and its times', async () => {
    const bytes = readFileSync(await clip({ video: 'hevc', container: 'ts' }));
    const scanned = await scanTransport(readerOf(bytes));
    expect(scanned.headers.map(({ kind, codec }) => [kind, codec])).toEqual([
      ['video', 'hevc'],
      ['audio', 'aac'],
    ]);
    expect(scanned.places.map(({ timeMs }) => timeMs)).toEqual([0, 2000, 4000]);
    const pictures = packetsOf(bytes, scanned).filter(({ kind, media }) => kind === 'video' && media);
    expect(pictures).toHaveLength(150);
    expect(pictures.filter(({ keyframe }) => keyframe).map(({ timestamp }) => timestamp)).toEqual([
      0, 2000, 4000,
    ]);
  });

  test('gives the same packets however its bytes are divided', async () => {
    const { bytes, scanned } = await sourceOf({ seconds: 2 });
    const whole = packetsOf(bytes, scanned);
    for (const step of [1, 187, 1000]) {
      const parts = packetsOf(bytes, scanned, step);
      expect(parts.map(({ timestamp }) => timestamp)).toEqual(whole.map(({ timestamp }) => timestamp));
      expect(
        Buffer.concat(parts.map(({ payload }) => payload)).equals(
          Buffer.concat(whole.map(({ payload }) => payload)),
        ),
      ).toBe(true);
    }
  });

  test('can be entered at each of its places, and its parts are the whole', async () => {
    const { bytes, scanned } = await sourceOf({});
    const { program, base, places, durationMs } = scanned;
    expect(places.map(({ timeMs }) => timeMs)).toEqual([0, 2000, 4000]);
    expect(durationMs).toBeGreaterThan(5950);
    expect(durationMs).toBeLessThan(6100);
    const parts = places.map((place, index) => {
      const end = places[index + 1]?.position ?? bytes.length;
      const packets = new TransportPackets({ program, base, ...place });
      const read: MediaPacket[] = [];
      let at = place.position;
      while (at < bytes.length && (at < end || packets.hasPendingBefore(end))) {
        read.push(...packets.push(bytes.subarray(at, at + TS_PACKET), end));
        at += TS_PACKET;
      }
      return [...read, ...packets.flush(end)];
    });
    expect(parts.every(([first]) => first?.header)).toBe(true);
    const frames = (packets: readonly MediaPacket[], kind: 'audio' | 'video') =>
      spell(
        packets.filter(({ media }) => media),
        kind,
      );
    // Of the first part: in a file from its beginning, something may stand before the first keyframe.
    const whole = packetsOf(bytes, scanned);
    for (const kind of ['audio', 'video'] as const)
      expect(parts.flatMap((part) => frames(part, kind))).toEqual(frames(whole, kind));
  });

  test('in which packets are missing, doubled, or between other bytes loses what had a hole in it, and nothing else', async () => {
    const { bytes, scanned } = await sourceOf({ audio: 'none', seconds: 2 });
    const whole = packetsOf(bytes, scanned);
    const packets = Array.from({ length: bytes.length / TS_PACKET }, (_, index) =>
      bytes.subarray(index * TS_PACKET, (index + 1) * TS_PACKET),
    );
    const videoPid = scanned.program[0]!.pid;
    const isVideo = (packet: Buffer): boolean => (packet.readUInt16BE(1) & 0x1fff) === videoPid;
    const starts = (packet: Buffer): boolean => isVideo(packet) && (packet[1]! & 0x40) !== 0;
    const doubled = packets.flatMap((packet) => (isVideo(packet) ? [packet, packet] : [packet]));
    const between = packets.flatMap((packet) => [Buffer.from('no packet'), packet]);
    for (const damaged of [doubled, between])
      expect(spell(packetsOf(Buffer.concat(damaged), scanned), 'video')).toEqual(spell(whole, 'video'));
    // The second packet of the third picture that has more than one.
    const heads = packets.flatMap((packet, index) => (starts(packet) ? [index] : []));
    const long = heads.filter(
      (head) => packets[head + 1] && isVideo(packets[head + 1]!) && !starts(packets[head + 1]!),
    )[2]!;
    const lost = packets.filter((_, index) => index !== long + 1);
    expect(spell(packetsOf(Buffer.concat(lost), scanned), 'video')).toHaveLength(
      spell(whole, 'video').length - 1,
    );
  });

  test('that is none is told by its words', async () => {
    const message = 'it is no MPEG-TS with H.264, HEVC, AAC or MP3';
    await expect(scanTransport(readerOf(Buffer.alloc(0)))).rejects.toThrow(message);
    await expect(scanTransport(readerOf(Buffer.from('ts'.repeat(5000))))).rejects.toThrow(message);
  });
});
