// What is recorded, when, and what becomes of it over commands, reloads and crashes.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Denial } from 'livego';
import { samplePackets } from 'livego/testing';
import { describe, expect, test, vi } from 'vitest';
import { filesIn, framesOf, startRecording, temporaryFolder } from './record-kit.ts';

describe('recording', () => {
  test('is off unless the config asks for it', async () => {
    const server = await startRecording();
    await server.reload({});
    const publisher = await server.publisher();
    publisher.send(...samplePackets());
    publisher.leave();
    await server.stop();
    expect(server.files()).toEqual([]);
  });

  test('takes only the streams whose names match', async () => {
    const server = await startRecording({ only: ['event-*'] });
    for (const name of ['event-1', 'movie']) {
      const publisher = await server.publisher(`live/${name}`);
      publisher.send(...samplePackets());
      publisher.leave();
    }
    await server.stop();
    expect(server.announced.map(({ name }) => name)).toEqual(['event-1']);
  });

  test('may be on in one application and off in another', async () => {
    const servers = [{ servername: 'live', record: 'disable' }, { servername: 'event' }];
    const server = await startRecording({}, { servers });
    for (const app of ['live', 'event']) {
      const publisher = await server.publisher(`${app}/movie`);
      publisher.send(...samplePackets());
      publisher.leave();
    }
    await server.stop();
    expect(server.announced.map(({ app }) => app)).toEqual(['event']);
  });

  test('takes the classic keys flv_archive and flv_dir', async () => {
    const folder = temporaryFolder();
    const server = await startRecording();
    await server.reload({ flv_archive: true, flv_dir: folder });
    const publisher = await server.publisher();
    publisher.send(...samplePackets());
    publisher.leave();
    await server.finished(1);
    expect(filesIn(folder)).toEqual([expect.stringMatching(/^live\/movie_.*\.flv$/)]);
  });

  test('rejects a path that leaves its directory or has an unknown placeholder', async () => {
    const paths = ['../{name}.flv', '/{name}.flv', '{app}/{nme}.flv', '{name}.mp4', '{app}.flv'];
    for (const path of paths) {
      await expect(startRecording({ path })).rejects.toThrow('record.path');
    }
  });

  test('keeps two streams apart whose names lead to one file', async () => {
    const server = await startRecording();
    const one = await server.publisher('live/a:b');
    const other = await server.publisher('live/a*b');
    one.send(...samplePackets({ frames: 5 }));
    other.send(...samplePackets({ frames: 10 }));
    one.leave();
    other.leave();
    const files = await server.finished(2);
    expect(new Set(files.map(({ path }) => path)).size).toBe(2);
    const frames = Object.fromEntries(files.map(({ name, path }) => [name, framesOf(path)]));
    expect(frames).toEqual({ 'a:b': 5, 'a*b': 10 });
  });
});

test('a finished file is announced with its MD5 if that is wanted', async () => {
  const server = await startRecording({ md5: true, maxSeconds: 0.2 });
  const publisher = await server.publisher();
  publisher.send(...samplePackets({ frames: 50 }));
  publisher.leave();
  await server.stop();
  expect(server.announced.length).toBeGreaterThan(1);
  for (const { path, md5 } of server.announced)
    expect(md5).toBe(createHash('md5').update(readFileSync(path)).digest('hex'));
});

describe('the commands', () => {
  const call = (
    server: Awaited<ReturnType<typeof startRecording>>,
    command: string,
    name = 'movie',
  ): Promise<unknown> => server.command(`record.${command}`, { app: 'live', name });

  test('start and stop a recording', async () => {
    const server = await startRecording({ only: [] });
    const publisher = await server.publisher();
    publisher.send(...samplePackets({ frames: 5 }));
    expect(await call(server, 'start')).toEqual({ app: 'live', name: 'movie', recording: true });
    expect(await call(server, 'stop')).toEqual({ app: 'live', name: 'movie', recording: false });
    publisher.send(...samplePackets({ frames: 5, from: 200 }));
    await server.stop();
    expect(server.announced.map(({ path }) => framesOf(path))).toEqual([5]);
  });

  test('list what is recorded, and what was started by command also after a reload of other options', async () => {
    const server = await startRecording({ only: ['news'] });
    const [publisher, other] = [await server.publisher(), await server.publisher('live/news')];
    publisher.send(...samplePackets({ frames: 5 }));
    other.send(...samplePackets({ frames: 5 }));
    await call(server, 'start');
    const listed = {
      recordings: [
        { app: 'live', name: 'news', commanded: false, failure: null, lostSeconds: 0 },
        { app: 'live', name: 'movie', commanded: true, failure: null },
      ],
    };
    expect(await server.command('record.list', {})).toMatchObject(listed);
    await server.reload({ ...server.config({ only: ['news'] }), gop_num: 2 });
    publisher.send(...samplePackets({ frames: 5, from: 200 }));
    expect(await server.command('record.list', { app: 'live' })).toMatchObject({
      recordings: [
        listed.recordings[0],
        {
          ...listed.recordings[1],
          file: {
            path: expect.stringContaining('/live/movie_'),
            startedAt: expect.stringMatching(/^2.*Z$/),
            seconds: expect.closeTo(0.36, 1),
          },
        },
      ],
    });
    expect(await server.command('record.list', { app: 'other' })).toEqual({ recordings: [] });
  });

  test('hold over a reload of the recording’s own options, without a cut', async () => {
    const server = await startRecording({ only: [] });
    const publisher = await server.publisher();
    publisher.send(...samplePackets({ frames: 5 }));
    await call(server, 'start');
    await server.reload(server.config({ only: [], keepDays: 7 }));
    publisher.send(...samplePackets({ frames: 5, from: 200 }));
    await server.stop();
    expect(server.announced.map(({ path }) => framesOf(path))).toEqual([10]);
  });

  test('deny a stream that nobody publishes', async () => {
    const server = await startRecording();
    await expect(call(server, 'start', 'nothing')).rejects.toBeInstanceOf(Denial);
  });
});

describe('a reload', () => {
  test('of other options loses no packet of a recording and cuts nothing', async () => {
    const server = await startRecording();
    const publisher = await server.publisher();
    publisher.send(...samplePackets({ frames: 5 }));
    await server.reload(server.config({ maxSeconds: 3600 }));
    publisher.send(...samplePackets({ frames: 10, from: 200 }).slice(2));
    publisher.leave();
    const [file] = await server.finished(1);
    expect(framesOf(file!.path)).toBe(15);
    await server.stop();
    expect(server.announced).toHaveLength(1);
  });

  test('that switches recording off completes the file', async () => {
    const server = await startRecording();
    const publisher = await server.publisher();
    publisher.send(...samplePackets({ frames: 5 }));
    await server.reload({});
    await server.finished(1);
    publisher.send(...samplePackets({ frames: 10, from: 200 }));
    await server.stop();
    expect(server.announced.map(({ path }) => framesOf(path))).toEqual([5]);
  });

  test('that names another directory continues there from the next keyframe on', async () => {
    const elsewhere = temporaryFolder();
    const server = await startRecording();
    const publisher = await server.publisher();
    publisher.send(...samplePackets({ frames: 7 }));
    await server.reload(server.config({ directory: elsewhere }));
    publisher.send(...samplePackets({ frames: 3, from: 280, keyframeEvery: 100 }).slice(4));
    publisher.send(...samplePackets({ frames: 5, from: 400 }));
    publisher.leave();
    const files = await server.finished(2);
    expect(files.map(({ path }) => framesOf(path))).toEqual([9, 5]);
    expect(files[1]!.path.startsWith(elsewhere)).toBe(true);
  });
});

describe('retention', () => {
  const OLD = new Date('2020-01-01T00:00:00Z');

  function place(folder: string, name: string, bytes: number, at: Date): void {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), Buffer.alloc(bytes));
    utimesSync(join(folder, name), at, at);
  }

  test('removes recordings that are too old, and folders that are empty then', async () => {
    const folder = temporaryFolder();
    place(folder, 'event/a_20200101T000000.flv', 10, OLD);
    place(folder, 'live/a_20200101T000000.flv', 10, OLD);
    place(folder, 'live/b_20260101T000000.flv', 10, new Date());
    place(folder, 'live/notes.txt', 10, OLD);
    const servers = [{ servername: 'live' }, { servername: 'event' }];
    await startRecording({ keepDays: 3 }, { servers }, folder);
    await vi.waitUntil(() => filesIn(folder).length === 2);
    expect(filesIn(folder)).toEqual(['live/b_20260101T000000.flv', 'live/notes.txt']);
    expect(() => statSync(join(folder, 'event'))).toThrow('ENOENT');
  });

  test('removes the oldest of each application whose files are too large together', async () => {
    const folder = temporaryFolder();
    const day = (number: number): Date => new Date(Date.UTC(2026, 0, number));
    for (const number of [1, 2, 3]) place(folder, `live/a_2026010${number}T000000.flv`, 100, day(number));
    place(folder, 'event/a_20260101T000000.flv', 100, day(1));
    const servers = [{ servername: 'live' }, { servername: 'event' }];
    await startRecording({ keepBytes: 250 }, { servers }, folder);
    await vi.waitUntil(() => filesIn(folder).length === 3);
    expect(filesIn(folder)).toEqual([
      'event/a_20260101T000000.flv',
      'live/a_20260102T000000.flv',
      'live/a_20260103T000000.flv',
    ]);
  });
});
