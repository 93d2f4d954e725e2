import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { definePlugin } from '../../../../core/plugin/plugin.ts';
import { Denial } from '../../../../core/session/denial.ts';
import { samplePackets } from '../../../../testing/sample-packets.ts';
import { FlvPacketFormat } from '../../../../core/media/flv/flv-format.ts';
import { encodeRun } from '../../../../core/media/packet-format.ts';
import type { FlvTag } from '../../../../core/media/flv/tag.ts';
import { clip } from '../../../helpers/media/ffmpeg.ts';
import { eventually, startPublished } from '../published-kit.ts';
import type { ServerResponse } from 'node:http';

const FLV = new FlvPacketFormat();

/** An HTTP source; the test writes what it sends. */
async function startSource(respond: (response: ServerResponse, number: number, url: string) => void) {
  let count = 0;
  const server = createServer((request, response) => respond(response, ++count, request.url ?? ''));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/live/a.flv`, count: () => count };
}

function flvOf(options?: Parameters<typeof samplePackets>[0]): Buffer {
  const start = FLV.start({ audio: true, video: true });
  return Buffer.concat([start, encodeRun(samplePackets(options), FLV)]);
}

const pull = (url: string, more: Readonly<Record<string, unknown>> = {}) => ({
  pull: [{ url, name: 'copy', ...more }],
});

async function viewerOf(edge: Awaited<ReturnType<typeof startPublished>>) {
  await eventually('the stream', () => edge.server.streams().some(({ name }) => name === 'copy'));
  const viewer = await edge.server.play('live/copy');
  if (viewer instanceof Denial) throw new Error(viewer.reason);
  return viewer;
}

const isFrame = ({ type, body }: FlvTag): boolean => type === 'video' && body[1] === 1;

test('A source that is lost is connected again: viewers stay, and timestamps go on', async () => {
  let first: ServerResponse | undefined;
  const source = await startSource((response, number) => {
    if (number === 1) first = response;
    response.write(flvOf({ from: number === 1 ? 90_000 : 5000, frames: 10 }));
  });
  const edge = await startPublished(pull(source.url));
  const viewer = await viewerOf(edge);
  await eventually('the first frames', () => viewer.tags.filter(isFrame).length >= 5);
  first!.destroy();
  const before = viewer.tags.filter(isFrame).length;
  await eventually('more frames', () => viewer.tags.filter(isFrame).length > before);
  expect(source.count()).toBe(2);
  expect(viewer.ended).toBeUndefined();
  const times = viewer.tags.filter(isFrame).map(({ timestamp }) => timestamp);
  expect(times).toEqual(times.toSorted((one, other) => one - other));
  expect(times.at(-1)! - times[0]!).toBeLessThan(10_000);
  // What follows begins with headers and a keyframe, as from a new encoder.
  expect(viewer.tags.filter(isFrame)[before]?.body[0]).toBe(0x17);
});

test('A source that is lost and stays away costs its viewers their place after keepViewersMs', async () => {
  const source = await startSource((response, number) => {
    if (number === 1) {
      response.write(flvOf());
      setImmediate(() => response.end());
    } else response.writeHead(404).end();
  });
  const edge = await startPublished({ ...pull(source.url), keepViewersMs: 300 });
  const viewer = await viewerOf(edge);
  await eventually('the end', () => viewer.ended !== undefined);
  expect(viewer.ended?.message).toContain('the source has been away for 0.3 s (keepViewersMs)');
  expect(edge.server.streams().map(({ name }) => name)).toEqual(['movie']);
  expect((await edge.statusOf(source.url))?.state).not.toBe('stopped');
});

test.each([
  ['sends nothing', () => Buffer.alloc(0)],
  ['trickles', () => Buffer.from([0])],
])('A source that is lost because it %s is noticed after silenceTimeoutMs', async (_what, bytes) => {
  const source = await startSource((response, number) => {
    response.write(flvOf());
    if (number > 1) return;
    const timer = setInterval(() => response.write(bytes()), 50);
    response.once('close', () => clearInterval(timer));
  });
  const edge = await startPublished({ ...pull(source.url), silenceTimeoutMs: 1000 });
  await eventually('another try', () => source.count() === 2);
  expect((await edge.statusOf(source.url))?.lastError).toBe(
    'the peer sent nothing for 1 s (silenceTimeoutMs)',
  );
});

test('A source that is lost because its bytes are no FLV is left, with the reason', async () => {
  const source = await startSource((response) => response.write('<html>not a stream</html>'));
  const edge = await startPublished(pull(source.url));
  await eventually('a reason', async () => (await edge.statusOf(source.url))?.lastError !== undefined);
  expect((await edge.statusOf(source.url))?.lastError).toContain('the peer sends what cannot be read');
});

test('Sinks are told when a source is away, and that what follows does not continue', async () => {
  let first: ServerResponse | undefined;
  const source = await startSource((response, number) => {
    if (number === 1) first = response;
    response.write(flvOf());
  });
  const seen: string[] = [];
  const sink = definePlugin({
    name: 'sink',
    schema: { type: 'object', properties: {} },
    app: (context) =>
      context.hooks.streamStart.tap((stream) => {
        if (stream.name !== 'copy') return;
        context.attach(stream, {
          write: ({ keyframe }) => void (keyframe && seen.at(-1) !== 'packets' && seen.push('packets')),
          pause: () => void seen.push('pause'),
          discontinuity: () => void seen.push('discontinuity'),
        });
      }),
  });
  const edge = await startPublished(pull(source.url), undefined, [sink]);
  await eventually('packets', () => seen.length === 1);
  await eventually('the source', async () => (await edge.statusOf(source.url))?.state === 'live');
  first!.destroy();
  await eventually('packets again', () => seen.length === 4);
  expect(seen).toEqual(['packets', 'pause', 'discontinuity', 'packets']);
});

test('Beyond maxRelays a viewer’s stream is not fetched, which is counted', async () => {
  const source = await startSource((response) => response.write(flvOf()));
  const onDemand = source.url.replace('a.flv', '{name}.flv');
  const edge = await startPublished({ onDemand, maxRelays: 1 });
  expect(await edge.server.play('live/a')).not.toBeInstanceOf(Denial);
  void edge.server.play('live/b');
  const denied = () =>
    edge.server.metrics().find(({ metric }) => metric.name === 'relay_denied_total')?.value;
  await eventually('a denial', () => denied() === 1);
  expect(source.count()).toBe(1);
});

test('A source that redirects is followed', async () => {
  const source = await startSource((response, _number, url) => {
    if (url === '/live/a.flv') response.writeHead(302, { location: '/b.flv?x=1' }).end();
    else response.write(flvOf());
  });
  const edge = await startPublished(pull(source.url));
  await viewerOf(edge);
  const [relay] = await edge.relays();
  expect(relay).toMatchObject({ state: 'live', peer: source.url.replace('live/a.flv', 'b.flv?***') });
});

test('A publisher of the name comes before a pull, which takes over when it has left', async () => {
  const source = await startSource((response) => response.write(flvOf()));
  const edge = await startPublished({ pull: [{ url: source.url, name: 'movie' }] });
  const reason = 'live/movie is published here by 192.0.2.1:5000';
  await eventually('a reason', async () => (await edge.relays())[0]?.lastError === reason);
  edge.publisher.leave();
  await eventually('the pull', async () => (await edge.relays())[0]?.state === 'live');
  expect(edge.server.streams().map(({ key }) => key)).toEqual(['live/movie']);
  const again = await edge.server.publish('live/movie');
  expect(again).not.toBeInstanceOf(Denial);
  await eventually('the end of the pull', async () => (await edge.relays())[0]?.state === 'waiting');
});

test('With a fallback the slate plays until the source is there, and when it is lost', async () => {
  let open = false;
  let live: ServerResponse | undefined;
  const source = await startSource((response) => {
    live = response;
    if (open) response.write(flvOf());
    else response.writeHead(404).end();
  });
  const fallback = await clip({ seconds: 1, gopSeconds: 1 });
  const edge = await startPublished(pull(source.url, { fallback }));
  const viewer = await viewerOf(edge);
  const slateFrame = (await readFile(fallback)).subarray(-100, -50).toString('hex');
  const showsSlate = (from: number) => () =>
    viewer.tags.slice(from).some(({ body }) => body.toString('hex').includes(slateFrame));
  await eventually('the slate to its end', showsSlate(0));
  open = true;
  await eventually('the source', async () => (await edge.statusOf(source.url))?.state === 'live');
  const sourceFrame = samplePackets()[2]!.payload;
  await eventually('its frames', () => viewer.tags.some(({ body }) => body.equals(sourceFrame)));
  const before = viewer.tags.length;
  open = false;
  live!.destroy();
  await eventually('the slate again', showsSlate(before));
  expect(viewer.ended).toBeUndefined();
  const times = viewer.tags.filter(isFrame).map(({ timestamp }) => timestamp);
  expect(times).toEqual(times.toSorted((one, other) => one - other));
});
