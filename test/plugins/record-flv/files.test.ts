// What is in the files, and when a new one begins.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildMetadata, describeData, MediaPacket, parseMetadata } from 'livego/media';
import { samplePackets } from 'livego/testing';
import { describe, expect, test } from 'vitest';
import { readFlvFile } from '../../helpers/media/flv-file.ts';
import { startRecording } from './record-kit.ts';

const NAME = /^live\/movie_\d{8}T\d{6}(_\d+)?\.flv$/;

/** Kind, time and bytes of each tag behind the metadata. */
function spell(file: string): string[] {
  const [, ...tags] = readFlvFile(file).tags;
  return tags.map(({ type, timestamp, body }) => `${type} ${timestamp} ${body.toString('hex')}`);
}

function spellPackets(packets: readonly MediaPacket[], from: number): string[] {
  return packets.map(
    ({ kind, timestamp, payload }) => `${kind} ${timestamp - from} ${payload.toString('hex')}`,
  );
}

describe('a recording', () => {
  test('holds every packet as it came, from time 0 on', async () => {
    const server = await startRecording();
    const packets = samplePackets({ from: 5000, frames: 12 });
    const publisher = await server.publisher();
    publisher.send(...packets);
    publisher.leave();
    const [file] = await server.finished(1);
    expect(server.files()).toEqual([expect.stringMatching(NAME)]);
    expect(file!.path).toBe(join(server.folder, server.files()[0]!));
    expect(spell(file!.path)).toEqual(spellPackets(packets, 5000));
  });

  test('begins with metadata that tells its length and where its keyframes stand', async () => {
    const server = await startRecording();
    const publisher = await server.publisher();
    const metadata = buildMetadata({ width: 16, encoder: 'test', duration: 99 });
    publisher.send(new MediaPacket(describeData(metadata), 0, metadata), ...samplePackets({ frames: 12 }));
    publisher.leave();
    const [file] = await server.finished(1);
    const bytes = readFileSync(file!.path);
    const properties = parseMetadata(readFlvFile(bytes).tags[0]!.body)!;
    expect(properties).toMatchObject({
      width: 16,
      encoder: 'test',
      duration: 0.44,
      lasttimestamp: 0.44,
      filesize: bytes.length,
      canSeekToEnd: true,
      hasVideo: true,
      hasAudio: true,
      lastkeyframetimestamp: 0.4,
    });
    const { times, filepositions } = properties['keyframes'] as unknown as Record<string, number[]>;
    // The first place is that of the sequence header: players leave it out.
    expect(times).toEqual([0, 0, 0.2, 0.4]);
    const heads = filepositions!.map(
      (at) => bytes.subarray(at, at + 1).toString('hex') + bytes.toString('hex', at + 11, at + 13),
    );
    expect(heads).toEqual(['091700', '091701', '091701', '091701']);
  });

  test('is announced with everything that is known of it', async () => {
    const server = await startRecording();
    const publisher = await server.publisher();
    publisher.send(...samplePackets({ frames: 6 }));
    const { id } = publisher.publication.session;
    publisher.leave();
    const [file] = await server.finished(1);
    const bytes = readFileSync(file!.path).length;
    expect(file).toMatchObject({ plugin: 'record', kind: 'recording', app: 'live', name: 'movie' });
    expect(file).toMatchObject({ session: id, bytes, durationMs: 200 });
    expect(file!.endedAt.getTime()).toBeGreaterThanOrEqual(file!.startedAt.getTime());
  });

  test('has the tracks that came in its header, and no others', async () => {
    const server = await startRecording();
    const publisher = await server.publisher();
    publisher.send(...samplePackets({ frames: 80 }).filter(({ kind }) => kind === 'audio'));
    publisher.leave();
    const [file] = await server.finished(1);
    const { header, tags } = readFlvFile(file!.path);
    expect(header).toEqual({ audio: true, video: false });
    const index = parseMetadata(tags[0]!.body)!['keyframes'] as unknown as Record<string, number[]>;
    expect(index['times']).toEqual([0, 1, 2, 3]);
  });

  test('leaves no file when nothing was sent', async () => {
    const server = await startRecording();
    const publisher = await server.publisher();
    publisher.leave();
    await server.stop();
    expect(server.files()).toEqual([]);
    expect(server.announced).toEqual([]);
  });

  test('is complete when the server stops', async () => {
    const server = await startRecording();
    const publisher = await server.publisher();
    publisher.send(...samplePackets());
    await server.stop();
    expect(server.files()).toEqual([expect.stringMatching(NAME)]);
    expect(spell(join(server.folder, server.files()[0]!))).toHaveLength(22);
  });

  test('of a stream that is met in mid-stream begins with the group that viewers begin with', async () => {
    const server = await startRecording({ only: [] });
    const publisher = await server.publisher();
    const packets = samplePackets({ frames: 13 });
    publisher.send(...packets);
    await server.reload(server.config());
    publisher.leave();
    const [file] = await server.finished(1);
    const group = packets.slice(2 + 2 * 10);
    expect(spell(file!.path)).toEqual([...spellPackets(packets.slice(0, 2), 0), ...spellPackets(group, 400)]);
  });
});

describe('a new file', () => {
  test('begins at the keyframe after maxSeconds, with headers and from time 0', async () => {
    const server = await startRecording({ maxSeconds: 0.3 });
    const publisher = await server.publisher();
    const packets = samplePackets({ frames: 15 });
    publisher.send(...packets);
    publisher.leave();
    const [first, second] = await server.finished(2);
    expect(server.files()).toHaveLength(2);
    const headers = packets.slice(0, 2);
    expect(spell(first!.path)).toEqual(spellPackets(packets.slice(0, 22), 0));
    expect(spell(second!.path)).toEqual([
      ...spellPackets(headers, 0),
      ...spellPackets(packets.slice(22), 400),
    ]);
  });

  test('begins before a file grows larger than maxBytes', async () => {
    const head = 66_000;
    const maxBytes = head + 1200;
    const server = await startRecording({ maxBytes });
    const publisher = await server.publisher();
    publisher.send(...samplePackets({ frames: 60 }));
    publisher.leave();
    await server.stop();
    expect(server.announced.length).toBeGreaterThan(1);
    for (const { bytes } of server.announced) expect(bytes).toBeLessThanOrEqual(maxBytes);
    const frames = server.announced
      .flatMap(({ path }) => spell(path))
      .filter((tag) => tag.includes(' 2701') || tag.includes(' 1701'));
    expect(frames).toHaveLength(60);
  });

  test('begins when the codec changes, at the keyframe', async () => {
    const server = await startRecording();
    const publisher = await server.publisher();
    const before = samplePackets({ frames: 7 });
    const after = samplePackets({ frames: 5, from: 280 });
    const header = after[0]!;
    const changed = Buffer.from(header.payload);
    changed[8] = 0x1f;
    publisher.send(...before, new MediaPacket(header.info, 280, changed), ...after.slice(1));
    publisher.leave();
    const [first, second] = await server.finished(2);
    expect(spell(first!.path)).toEqual(spellPackets(before, 0));
    expect(spell(second!.path)[0]).toBe(`video 0 ${changed.toString('hex')}`);
    expect(spell(second!.path)).toHaveLength(12);
  });

  test('does not begin when a publisher repeats its headers', async () => {
    const server = await startRecording();
    const publisher = await server.publisher();
    publisher.send(...samplePackets({ frames: 5 }), ...samplePackets({ frames: 5, from: 200 }));
    publisher.leave();
    await server.stop();
    expect(server.announced).toHaveLength(1);
    expect(spell(server.announced[0]!.path)).toHaveLength(22);
  });

  test('begins when another publisher takes the name', async () => {
    const server = await startRecording();
    const first = await server.publisher();
    first.send(...samplePackets({ frames: 6 }));
    const second = await server.publisher();
    second.send(...samplePackets({ frames: 8 }));
    second.leave();
    const files = await server.finished(2);
    expect(files.map(({ session }) => session)).toEqual([
      first.publication.session.id,
      second.publication.session.id,
    ]);
    expect(files.map(({ path }) => spell(path).length)).toEqual([14, 18]);
  });

  test('does not begin when the publisher returns after a moment', async () => {
    const server = await startRecording({}, { keepAfterUnpublishMs: 60_000 });
    const first = await server.publisher();
    first.send(...samplePackets({ frames: 5 }));
    first.leave();
    const second = await server.publisher();
    second.send(...samplePackets({ frames: 5 }));
    await server.stop();
    expect(server.announced).toHaveLength(1);
    const [file] = server.announced;
    expect(file).toMatchObject({ session: undefined, durationMs: 160 + 40 + 160 });
    const times = spell(file!.path).map((tag) => Number(tag.split(' ')[1]));
    expect(times).toEqual(times.toSorted((one, other) => one - other));
  });

  test('begins when the publisher returns and splitOnReconnect asks for it', async () => {
    const server = await startRecording({ splitOnReconnect: true }, { keepAfterUnpublishMs: 60_000 });
    const first = await server.publisher();
    first.send(...samplePackets({ frames: 5 }));
    first.leave();
    const second = await server.publisher();
    second.send(...samplePackets({ frames: 5 }));
    await server.stop();
    expect(server.announced.map(({ durationMs }) => durationMs)).toEqual([160, 160]);
  });
});
