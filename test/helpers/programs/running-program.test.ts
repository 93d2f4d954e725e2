import { expect, test } from 'vitest';
import { capture, clip, probePackets, publish, watch } from '../media/ffmpeg.ts';
import { readFlvFile } from '../media/flv-file.ts';
import { freePort } from '../net.ts';
import { RunningProgram } from './running-program.ts';
import { expectSamePackets } from '../media/same-packets.ts';

test('a program that does not end in time is killed and named', async () => {
  const program = new RunningProgram(['sh', '-c', 'echo here >&2; exec sleep 60'], { deadlineMs: 200 });
  await expect(program.done).rejects.toThrow('sh was still running after 200 ms:\nhere');
  expect(program.running).toBe(false);
});

test('the error of a failed program contains its stderr', async () => {
  const program = new RunningProgram(['sh', '-c', 'echo no such stream >&2; exit 3']);
  await expect(program.succeeded()).rejects.toThrow('sh ended with code 3:\nno such stream');
  expect((await program.done).code).toBe(3);
});

test('a program that cannot be started is a rejection, not a hang', async () => {
  const program = new RunningProgram(['livego-no-such-program']);
  await expect(program.done).rejects.toThrow('ENOENT');
  await expect(program.saw(/anything/)).rejects.toThrow('never said');
});

test('a line on stderr is seen when it is written, and its absence when the program has ended', async () => {
  const program = new RunningProgram(['sh', '-c', 'echo one >&2; echo two >&2']);
  expect((await program.saw(/tw(o)/))[1]).toBe('o');
  await expect(program.saw(/three/)).rejects.toThrow('sh ended and never said /three/');
});

test('a stopped program has ended when stop() resolves', async () => {
  const program = new RunningProgram(['sleep', '60']);
  expect((await program.stop()).signal).toBe('SIGINT');
});

test('a watcher probes the same packets that were published', async () => {
  const [file, port] = [await clip(), await freePort()];
  const url = `tcp://127.0.0.1:${port}`;
  const watcher = watch(`${url}?listen=1`, { extra: ['-f', 'flv'] });
  // The watcher listens once it has started. A publisher that is too early fails and is started again.
  while (!(await publish({ file, url, pace: 'fast' }).done.then(({ code }) => code === 0))) {
    if (!watcher.program.running) break;
  }
  expectSamePackets(await probePackets(file), await watcher.packets, { timestamps: 'equal' });
});

test('a captured file contains the packets of its source', async () => {
  const file = await clip({ seconds: 2, audio: 'mp3' });
  const copyTo = `${file}.${process.pid}.flv`;
  const { rm } = await import('node:fs/promises');
  try {
    await capture({ url: file, copyTo }).succeeded();
    expectSamePackets(await probePackets(file), await probePackets(copyTo));
    expect(readFlvFile(copyTo).header).toEqual({ audio: true, video: true });
    expect(readFlvFile(copyTo).tags.filter(({ type }) => type === 'video').length).toBe(52);
  } finally {
    await rm(copyTo, { force: true });
  }
});

test.each([
  [{ audio: 'none' }, ['h264']],
  [{ video: 'none' }, ['aac']],
  [{ audio: 'mp3' }, ['h264', 'mp3']],
  [{ video: 'hevc', container: 'mp4' }, ['hevc', 'aac']],
  [{ video: 'vp9', audio: 'opus', container: 'mkv', sampleRate: 48000 }, ['vp9', 'opus']],
  [{ video: 'av1', audio: 'ac3', container: 'mp4' }, ['av1', 'ac3']],
  [{ container: 'ts', channels: 1, seed: 3 }, ['h264', 'aac']],
] as const)('a clip of %j contains %j', async (spec, codecs) => {
  const packets = await probePackets(await clip({ seconds: 2, ...spec }));
  expect([...new Set(packets.map(({ codec }) => codec))].sort()).toEqual([...codecs].sort());
});
