// Against servers that nobody here wrote, and against livego as a process of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { capture, clip, probePackets, publish, watch } from '../../helpers/media/ffmpeg.ts';
import { freePorts } from '../../helpers/net.ts';
import { expectSamePackets } from '../../helpers/media/same-packets.ts';
import { countGaps } from './gap.ts';
import { findNginx, namedPeers, startLivego, startNginx, type PeerProcess } from './peers.ts';
import { isLive, startRelaying, type RelayServer, type RelayStatus } from './relay-kit.ts';

const nginx = findNginx();

/** What a machine adds that is busy with other tests. */
const SLACK_MS = 700;

test.skipIf(nginx.missing !== undefined)(`nginx can be had ${nginx.missing ?? ''}`, () => {
  expect(nginx.about).toContain('rtmp module');
});

const PEERS: readonly (readonly [string, () => Promise<PeerProcess>])[] = [
  ...(nginx.missing === undefined ? [['nginx', () => startNginx()] as const] : []),
  ['another livego', () => startLivego()],
  ...namedPeers(),
];

/** node-media-server answers no pings and acknowledges nothing: a stopped one shows when no more bytes fit in between. */
const ANSWERING = PEERS.filter(([name]) => name !== 'node-media-server');

test.each(PEERS)('%s as a target has the stream packet by packet', async (_name, start) => {
  const peer = await start();
  const server = await startRelaying({ push: [peer.rtmp('live')] });
  const file = await clip({ seconds: 3 });
  publish({ file, url: server.rtmp('live/movie'), repeat: 3 });
  await server.until(isLive);
  const captured = await captureFrom(peer, 4);
  const once = await probePackets(file);
  expectSamePackets([...once, ...once, ...once, ...once], captured, {
    from: 'keyframe',
    to: 'anywhere',
    timestamps: 'ignore',
    order: 'per-kind',
  });
});

test.each(PEERS)(
  '%s as a target that is killed and started again gets the stream within a second',
  async (_name, start) => {
    const peer = await start();
    const server = await startRelaying({ push: [peer.rtmp('live')] });
    const file = await clip({ seconds: 3 });
    publish({ file, url: server.rtmp('live/movie'), repeat: 'forever' });
    await server.until(isLive);
    peer.program.kill();
    await peer.program.done;
    await server.until(({ lastError }) => /ECONNREFUSED/.test(lastError ?? ''));
    const again = await peer.restart();
    expect(await msUntil(server, isLive)).toBeLessThan(1000 + SLACK_MS);
    const captured = await captureFrom(again, 1);
    expect(captured.length).toBeGreaterThan(20);
    expect(countGaps(await probePackets(file), captured)).toBe(0);
    expect(server.stream('live/movie').state).toBe('live');
  },
);

test.each(PEERS)(
  '%s as an origin that is killed and started again costs no viewer its place',
  async (_name, start) => {
    const peer = await start();
    const edge = await startRelaying({ onDemand: peer.rtmp('{app}/{name}') });
    const file = await clip({ seconds: 10 });
    publish({ file, url: peer.rtmp('live/movie'), repeat: 'forever' });
    const viewer = watch(edge.rtmp('live/movie'));
    await edge.saw('playStart');
    // A gap is one between packets that the viewer has.
    const sent = () => edge.server.sessions.find(({ role }) => role === 'play')?.counters.sentBytes ?? 0;
    await expect.poll(sent).toBeGreaterThan(200_000);
    peer.program.kill();
    await peer.program.done;
    await edge.until(({ lastError }) => /ECONNREFUSED/.test(lastError ?? ''));
    const again = await peer.restart();
    publish({ file, url: again.rtmp('live/movie'), repeat: 'forever' });
    const { reconnects, bytes } = await edge.until(isLive);
    expect(reconnects).toBe(1);
    await edge.until((status) => status.bytes > bytes + 200_000);
    expect(edge.server.sessions.filter(({ role }) => role === 'play')).toHaveLength(1);
    expect(viewer.program.running).toBe(true);
    expect(countGaps(await probePackets(file), await viewer.stop())).toBe(1);
  },
);

test.each(PEERS)(
  '%s as an origin that is stopped and continued is left and found again',
  async (_name, start) => {
    const peer = await start();
    const edge = await startRelaying({
      onDemand: peer.rtmp('{app}/{name}'),
      silenceTimeoutMs: 1000,
      responseTimeoutMs: 1000,
    });
    publish({ file: await clip({ seconds: 3 }), url: peer.rtmp('live/movie'), repeat: 'forever' });
    const viewer = watch(edge.rtmp('live/movie'));
    await edge.saw('playStart');
    peer.program.freeze();
    await edge.until(({ lastError }) => lastError === 'no answer within 1 s (responseTimeoutMs)');
    peer.program.resume();
    expect(await msUntil(edge, isLive)).toBeLessThan(1000 + SLACK_MS);
    expect(viewer.program.running).toBe(true);
    await viewer.stop();
  },
);

test.each(ANSWERING)(
  '%s as a target that is stopped and continued is left and found again',
  async (_name, start) => {
    const peer = await start();
    const server = await startRelaying({
      push: [peer.rtmp('live')],
      silenceTimeoutMs: 1000,
      responseTimeoutMs: 1000,
    });
    publish({ file: await clip({ seconds: 3 }), url: server.rtmp('live/movie'), repeat: 'forever' });
    await server.until(({ bytes }) => bytes > 100_000);
    peer.program.freeze();
    await server.until(({ reconnects }) => reconnects > 0);
    await server.until(({ lastError }) => lastError === 'no answer within 1 s (responseTimeoutMs)');
    peer.program.resume();
    await server.until(isLive);
    expect((await captureFrom(peer, 1)).length).toBeGreaterThan(20);
    expect(server.stream('live/movie').state).toBe('live');
  },
);

test('ffmpeg that listens as a target writes the stream that was published', async () => {
  const [port] = await freePorts(1);
  const url = `rtmp://127.0.0.1:${port}/live/movie`;
  const folder = mkdtempSync(join(tmpdir(), 'livego-listen-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const copyTo = join(folder, 'copy.flv');
  const listening = capture({ url, copyTo, extra: ['-listen', '1'] });
  const server = await startRelaying({ push: [`rtmp://127.0.0.1:${port}/live`] });
  const file = await clip({ seconds: 3 });
  publish({ file, url: server.rtmp('live/movie') });
  await server.saw('streamStop');
  await listening.done;
  expectSamePackets(await probePackets(file), await probePackets(copyTo));
});

test('ffmpeg that listens as a source is pulled from its first packet on', async () => {
  const [port] = await freePorts(1);
  const url = `rtmp://127.0.0.1:${port}/live/movie`;
  const edge = await startRelaying({ pull: [{ url, name: 'copy' }], keepViewersMs: 0 });
  const watcher = watch(edge.rtmp('live/copy'));
  await edge.saw('play');
  const file = await clip({ seconds: 3 });
  publish({ file, url, extra: ['-listen', '1'] });
  expectSamePackets(await probePackets(file), await watcher.packets);
});

test('An origin carries a stream three times for three edges with thirty viewers', async () => {
  const origin = await startRelaying();
  const edges = await Promise.all(
    [1, 2, 3].map(() => startRelaying({ onDemand: origin.rtmp('{app}/{name}') })),
  );
  publish({ file: await clip({ seconds: 3 }), url: origin.rtmp('live/movie'), repeat: 'forever' });
  await origin.saw('streamStart');
  const aborts = new AbortController();
  onTestFinished(() => aborts.abort());
  await Promise.all(
    edges.flatMap((edge) =>
      Array.from({ length: 10 }, () => fetch(edge.http('live/movie.flv'), { signal: aborts.signal })),
    ),
  );
  expect(edges.map((edge) => edge.stream('live/movie').viewerCount)).toEqual([10, 10, 10]);
  expect(origin.stream('live/movie').viewerCount).toBe(3);
});

async function captureFrom(peer: PeerProcess, seconds: number) {
  const folder = mkdtempSync(join(tmpdir(), 'livego-far-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const copyTo = join(folder, 'copy.flv');
  await capture({ url: peer.rtmp('live/movie'), copyTo, seconds }).succeeded();
  return probePackets(copyTo);
}

async function msUntil(server: RelayServer, wanted: (status: RelayStatus) => boolean): Promise<number> {
  const from = performance.now();
  await server.until(wanted);
  return performance.now() - from;
}
