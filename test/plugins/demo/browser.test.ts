// The page in Chromium, as a viewer and a publisher use it.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { expect, onTestFinished, test, vi } from 'vitest';
import { buildAmf0 } from '../../../core/media/amf0/index.ts';
import { openPage, type BrowserPage } from '../../helpers/programs/browser.ts';
import { freePorts } from '../../helpers/net.ts';
import { clipPackets } from '../../helpers/media/media.ts';
import { publishTo } from '../../helpers/rtmp-client.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';

const PATIENCE = { interval: 100 };

async function openDemo(server: TestServer): Promise<BrowserPage> {
  const opened = await openPage();
  await opened.page.goto(server.http(''));
  await opened.page.getByText(/(is|are) live$/).waitFor();
  return opened;
}

function faults({ console: lines }: BrowserPage): readonly string[] {
  return lines.filter((line) => /^(error|uncaught)/.test(line));
}

test('with nothing live, it shows what to enter in OBS and ffmpeg', async () => {
  const server = await startServer();
  const opened = await openDemo(server);
  const { page } = opened;
  const lines = await page.locator('#publish code').allTextContents();
  const address = server.rtmp('live');
  expect(lines).toEqual([
    address,
    'movie',
    expect.stringContaining(`-f flv ${address}/movie`),
    expect.stringContaining('testsrc2'),
    // The word in the hint.
    'movie',
  ]);
  expect(faults(opened)).toEqual([]);
});

test('a choice that is made while another player loads leaves one player', async () => {
  const server = await startServer({ config: { read_timeout: 0 } });
  const { page } = await openDemo(server);
  const publisher = await publishTo(server.rtmp('live/movie'));
  await publisher.sendAll(await clipPackets({ bFrames: 0 }));
  await page.getByRole('button', { name: 'HTTP-FLV', exact: true }).waitFor();
  await page.evaluate(
    'for (const each of [...document.querySelectorAll("#streams button")].slice(0, 2)) each.click()',
  );
  await vi.waitFor(
    async () =>
      expect(await page.evaluate('document.querySelector("video").currentTime')).toBeGreaterThan(0.2),
    PATIENCE,
  );
  const viewers = () =>
    server.server.sessions.filter(({ role }) => role === 'play').map(({ client }) => client.protocol);
  await expect.poll(viewers).toEqual(['ws-flv']);
});

test.each(['HTTP-FLV', 'WebSocket-FLV', 'HLS'])(
  'it plays what is live by %s, without the internet',
  async (protocol) => {
    const server = await startServer({ config: { read_timeout: 0, hls: { port: '127.0.0.1:0' } } });
    const opened = await openDemo(server);
    const { page } = opened;
    const requested: string[] = [];
    page.on('request', (request) => requested.push(new URL(request.url()).hostname));
    const publisher = await publishTo(server.rtmp('live/movie'));
    await publisher.sendAll(await clipPackets({ bFrames: 0 }));
    // The page finds the stream by itself.
    await page.getByRole('button', { name: protocol, exact: true }).click();
    await vi.waitFor(
      async () =>
        expect(await page.evaluate('document.querySelector("video").currentTime')).toBeGreaterThan(0.2),
      PATIENCE,
    );
    expect(await page.locator('#chosen code').allTextContents()).toContain(server.rtmp('live/movie'));
    expect(requested.filter((host) => host !== '127.0.0.1' && host !== '')).toEqual([]);
    expect(faults(opened)).toEqual([]);
  },
);

test('a file that is published as a stream has no end to seek to', async () => {
  const server = await startServer({ config: { read_timeout: 0 } });
  const { page } = await openDemo(server);
  const publisher = await publishTo(server.rtmp('live/movie'));
  const payload = buildAmf0(['@setDataFrame', 'onMetaData', { duration: 7200 }]);
  await publisher.sendAll([{ kind: 'data', timestamp: 0, payload }, ...(await clipPackets({ bFrames: 0 }))]);
  await page.getByRole('button', { name: 'HTTP-FLV', exact: true }).click();
  await vi.waitFor(
    async () => expect(await page.evaluate('document.querySelector("video").duration')).toBe(Infinity),
    PATIENCE,
  );
});

test.each(['HTTP-FLV', 'WebSocket-FLV', 'HLS'])(
  'behind a proxy it plays by %s at its own address, where that is served beside it',
  async (protocol) => {
    const [port] = await freePorts(1);
    const shared = { port: `127.0.0.1:${port}` };
    const server = await startServer({ config: { read_timeout: 0, httpflv: shared, hls: shared } });
    const publisher = await publishTo(server.rtmp('live/movie'));
    await publisher.sendAll(await clipPackets({ bFrames: 0 }));
    const proxy = await forwardTo(port!);
    const opened = await openPage();
    const { page } = opened;
    const asked = new Set<string>();
    page.on('request', (request) => asked.add(new URL(request.url()).host));
    page.on('websocket', (socket) => asked.add(new URL(socket.url()).host));
    await page.goto(`http://${proxy}/`);
    await page.getByRole('button', { name: protocol, exact: true }).click();
    await vi.waitFor(
      async () =>
        expect(await page.evaluate('document.querySelector("video").currentTime')).toBeGreaterThan(0.2),
      PATIENCE,
    );
    asked.delete('');
    expect([...asked]).toEqual([proxy]);
    expect(faults(opened)).toEqual([]);
  },
);

/** A proxy of bytes before that port, as Docker's; its host and port. */
async function forwardTo(port: number): Promise<string> {
  const proxy = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    // Either end ends both, whatever the reason.
    pipeline(near, far, near, () => {});
  });
  onTestFinished(() => void proxy.close());
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  return `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

test.each(['light', 'dark'] as const)('it fits a phone, in %s colours', async (colorScheme) => {
  const server = await startServer();
  await publishTo(server.rtmp('live/a-stream-whose-name-is-longer-than-a-phone-is-wide-and-has-no-space'));
  const opened = await openDemo(server);
  const { page } = opened;
  await page.setViewportSize({ width: 360, height: 740 });
  await page.emulateMedia({ colorScheme });
  await page.getByRole('button', { name: 'HTTP-FLV', exact: true }).click();
  await page.locator('#chosen code').first().waitFor();
  const width = await page.evaluate('document.documentElement.scrollWidth');
  expect(width).toBeLessThanOrEqual(360);
  const [red] = /\d+/.exec(await page.evaluate('getComputedStyle(document.body).backgroundColor')) ?? [];
  expect(Number(red) > 128).toBe(colorScheme === 'light');
});
