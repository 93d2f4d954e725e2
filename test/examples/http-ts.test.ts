import { once } from 'node:events';
import { get } from 'node:http';
import { join } from 'node:path';
import { definePlugin, Denial } from 'livego';
import { samplePackets } from 'livego/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { clip, probePackets, publish, watch, type ProbedPacket } from '../helpers/media/ffmpeg.ts';
import { startServer, type TestServer } from '../helpers/server.ts';
import { publishTo, startWith } from './start-with.ts';

const PLUGIN = join(import.meta.dirname, '..', '..', 'examples', 'plugins', 'http-ts.ts');
const CONFIG = { 'http-ts': { port: '127.0.0.1:0' } };

async function start(): Promise<TestServer> {
  return startServer({ config: { plugins: [PLUGIN], ...CONFIG } });
}

function address(server: TestServer, path: string): string {
  return `http://127.0.0.1:${server.port('http-ts.port')}/${path}`;
}

test('ffprobe gets every picture and every sound of a stream by HTTP-TS, at their times', async () => {
  const file = await clip();
  const server = await start();
  const viewer = watch(address(server, 'live/movie.ts'));
  await server.saw('play');
  await publish({ file, url: server.rtmp('live/movie'), pace: 'fast' }).succeeded();
  const [sent, received] = [await probePackets(file), await viewer.packets];
  for (const kind of ['video', 'audio'] as const) {
    const [from, to] = [timesOf(sent, kind), timesOf(received, kind)];
    expect(to).toHaveLength(from.length);
    from.forEach((time, index) => expect(to[index]).toBeCloseTo(time, 2));
  }
});

/** Presentation times, from the first one on. */
function timesOf(packets: readonly ProbedPacket[], kind: ProbedPacket['kind']): number[] {
  const times = packets.filter((packet) => packet.kind === kind).map(({ pts = NaN }) => pts);
  return times.map((time) => time - (times[0] ?? NaN));
}

test('a viewer that joins late begins with the last keyframe', async () => {
  const server = await start();
  const file = await clip();
  publish({ file, url: server.rtmp('live/movie'), repeat: 'forever' });
  await server.saw('streamStart');
  const first = watch(address(server, 'live/movie.ts'));
  await server.saw('playStart');
  const late = watch(address(server, 'live/movie.ts'), { extra: ['-read_intervals', '%+2'] });
  const pictures = (await late.packets).filter(({ kind }) => kind === 'video');
  expect(pictures[0]?.keyframe).toBe(true);
  expect((await first.stop())[0]?.keyframe).toBe(true);
});

test('gates are asked, and a stream that nobody publishes is not found', async () => {
  const gate = definePlugin({
    name: 'gate',
    schema: { type: 'object', properties: {} },
    app: ({ hooks }) =>
      hooks.play.tap(({ name }) => (name === 'secret' ? new Denial('forbidden', 'not for you') : undefined)),
  });
  const server = await startWith('http-ts.ts', CONFIG, [gate]);
  await publishTo(server, 'live/secret');
  const status = async (path: string): Promise<number> =>
    (await server.inject('http-ts.port', { url: path })).statusCode;
  expect(await status('/live/secret.ts')).toBe(403);
  expect(await status('/live/nothing.ts')).toBe(404);
  expect(await status('/live.ts')).toBe(400);
  expect(server.sessions().map(({ role }) => role)).toEqual(['publish']);
});

test('a stream is muxed while it has viewers, and its end is the end of the response', async () => {
  const server = await startWith('http-ts.ts', CONFIG);
  const publisher = await publishTo(server, 'live/movie');
  publisher.send(...samplePackets());
  const request = get({ port: server.port('http-ts.port'), path: '/live/movie.ts' });
  onTestFinished(() => void request.destroy());
  const [response] = await once(request, 'response');
  await vi.waitFor(() => expect(server.streams()[0]?.viewerCount).toBe(1));
  publisher.send(...samplePackets({ from: 400 }));
  publisher.leave();
  const bytes: Buffer[] = await response.toArray();
  const all = Buffer.concat(bytes);
  // Whole packets of 188 bytes, each with its sync byte.
  expect(all.length % 188).toBe(0);
  expect(all.length).toBeGreaterThan(0);
  expect([...Array(all.length / 188).keys()].every((index) => all[index * 188] === 0x47)).toBe(true);
  expect(server.sessions()).toEqual([]);
});
