// Files that an earlier run has left unfinished, and those that are not.
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseMetadata } from 'livego/media';
import { samplePackets } from 'livego/testing';
import { describe, expect, test, vi } from 'vitest';
import { readFlvFile } from '../../helpers/media/flv-file.ts';
import { filesIn, framesOf, startRecording, temporaryFolder } from './record-kit.ts';

describe('after a crash', () => {
  /** A draft as a killed server leaves it: no summary, and a torn tag at its end. */
  async function crashed(folder: string, keep: (bytes: Buffer) => Buffer): Promise<string> {
    const server = await startRecording({}, {}, folder);
    const publisher = await server.publisher();
    publisher.send(...samplePackets({ frames: 20 }));
    publisher.leave();
    const [file] = await server.finished(1);
    await server.stop();
    const draft = join(folder, 'live', 'movie_20261125T220312.flv.part');
    writeFileSync(draft, keep(readFileSync(file!.path)));
    return draft;
  }

  test('an unfinished file is cut after its last whole tag, indexed and announced', async () => {
    const folder = temporaryFolder();
    await crashed(folder, (bytes) => bytes.subarray(0, bytes.length - 7));
    const server = await startRecording({}, {}, folder);
    const [file] = await server.finished(1);
    expect(file!.path).toBe(join(folder, 'live', 'movie_20261125T220312.flv'));
    expect(file).toMatchObject({ kind: 'recording', app: 'live', name: 'movie', durationMs: 760 });
    expect(file!.session).toMatch(/./);
    const { tags } = readFlvFile(file!.path);
    expect(tags).toHaveLength(1 + 2 + 40 - 1);
    const properties = parseMetadata(tags[0]!.body)!;
    expect(properties).toMatchObject({ duration: 0.76, filesize: statSync(file!.path).size });
    expect((properties['keyframes'] as unknown as { times: number[] }).times).toEqual([0, 0, 0.2, 0.4, 0.6]);
    expect(filesIn(folder).filter((each) => each.endsWith('.part'))).toEqual([]);
  });

  test('zeros that the file system left at the end are cut off', async () => {
    const folder = temporaryFolder();
    await crashed(folder, (bytes) => Buffer.concat([bytes, Buffer.alloc(5000)]));
    const server = await startRecording({}, {}, folder);
    const [file] = await server.finished(1);
    expect(readFlvFile(file!.path).tags).toHaveLength(43);
  });

  test('a file without media is removed, and one that is no FLV is left alone', async () => {
    const folder = temporaryFolder();
    const draft = await crashed(folder, (bytes) => bytes.subarray(0, 70_000 - 4000));
    const foreign = join(folder, 'live', 'other_20261125T220312.flv.part');
    writeFileSync(foreign, 'no video');
    const server = await startRecording({}, {}, folder);
    await vi.waitUntil(() => !filesIn(folder).includes(draft.slice(folder.length + 1)));
    await vi.waitUntil(() => server.log.some(({ msg }) => msg.includes('cannot be repaired')));
    expect(readFileSync(foreign, 'utf8')).toBe('no video');
  });

  test('a file that is being written is not taken for an unfinished one', async () => {
    const server = await startRecording();
    const publisher = await server.publisher();
    publisher.send(...samplePackets({ frames: 5 }));
    await server.reload(server.config({ keepDays: 7 }));
    publisher.send(...samplePackets({ frames: 5, from: 200 }));
    publisher.leave();
    const [file] = await server.finished(1);
    expect(framesOf(file!.path)).toBe(10);
    expect(server.announced).toHaveLength(1);
  });
});

test('recordings that end together do not take one another for files that a crash has left', async () => {
  const server = await startRecording({ keepDays: 7 });
  const publishers = [];
  for (let number = 0; number < 20; number++) publishers.push(await server.publisher(`live/movie-${number}`));
  for (const publisher of publishers) publisher.send(...samplePackets({ frames: 5 }));
  for (const publisher of publishers) publisher.leave();
  const files = await server.finished(20);
  for (const { path } of files) rmSync(path);
  await server.stop();
  expect(server.log.filter(({ level }) => level >= 40)).toEqual([]);
});
