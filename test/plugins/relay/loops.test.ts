import { expect, test } from 'vitest';
import { Denial } from '../../../core/session/denial.ts';
import { clip, publish } from '../../helpers/media/ffmpeg.ts';
import { freePorts } from '../../helpers/net.ts';
import { startTarget } from './fake-target.ts';
import { findNginx, startNginx } from './peers.ts';
import { eventually, startPublished } from './published-kit.ts';
import { startRelaying, type RelayServer } from './relay-kit.ts';

test('A push to the server’s own stream under another name of the host is denied, with the reason', async () => {
  const { server, url } = await loopingTo((ports) => `rtmp://localhost:${ports[0]}/live`);
  publish({ file: await clip({ seconds: 3 }), url, repeat: 'forever' });
  const relay = await server.until(({ lastError }) => lastError !== undefined);
  expect(relay.lastError).toContain('relay loop: live/movie has passed this server already');
  expect(server.stream('live/movie').publisher?.client.protocol).toBe('rtmp');
  expect(server.stream('live/movie').publisher?.client.userAgent).not.toContain('via');
  const denials = server.log.filter(({ msg }) => msg.startsWith('live/movie publisher denied: relay loop'));
  expect(denials.length).toBeGreaterThan(0);
  expect(server.metric('relay_loops_denied_total').get('')).toBe(denials.length);
});

test('A push that comes back through a second server is denied there', async () => {
  const ports = await freePorts(2);
  const second = await listening(ports[1]!, { push: [`rtmp://127.0.0.1:${ports[0]}/live`] });
  const first = await listening(ports[0]!, { push: [`rtmp://127.0.0.1:${ports[1]}/live`] });
  publish({ file: await clip({ seconds: 3 }), url: first.rtmp('live/movie'), repeat: 'forever' });
  const back = await second.until(({ lastError }) => lastError !== undefined);
  expect(back.lastError).toContain('relay loop');
  expect(await first.relays()).toMatchObject([{ state: 'live' }]);
});

test('A stream may go to another application of the same server', async () => {
  const [port] = await freePorts(1);
  const server = await listening(
    port!,
    { push: [{ url: `rtmp://127.0.0.1:${port}/archive`, name: 'movie' }] },
    { servers: [{ servername: 'live' }, { servername: 'archive', relay: 'disable' }] },
  );
  publish({ file: await clip({ seconds: 3 }), url: server.rtmp('live/movie'), repeat: 'forever' });
  await server.until(({ state }) => state === 'live');
  expect(server.stream('archive/movie').publisher?.client.userAgent).toContain('livego; via');
});

test.each(['rtmp', 'http'] as const)(
  'A pull of the server’s own stream by %s is denied',
  async (protocol) => {
    const [rtmpPort, httpPort] = await freePorts(2);
    const source =
      protocol === 'rtmp'
        ? `rtmp://localhost:${rtmpPort}/{app}/{name}`
        : `http://localhost:${httpPort}/{app}/{name}.flv`;
    const server = await startRelaying(
      { onDemand: source },
      { rtmp: { port: rtmpPort }, httpflv: { port: httpPort } },
    );
    const response = await fetch(server.http('live/nothing.flv'));
    expect(response.status).toBe(503);
    expect(await response.text()).toMatch(/relay loop|HTTP 403/);
    expect(server.metric('relay_loops_denied_total').get('')).toBe(1);
  },
);

test('Two edges that fetch from each other deny the viewer instead of waiting for each other', async () => {
  const ports = await freePorts(2);
  const first = await listening(ports[0]!, { onDemand: `rtmp://127.0.0.1:${ports[1]}/{app}/{name}` });
  await listening(ports[1]!, { onDemand: `rtmp://127.0.0.1:${ports[0]}/{app}/{name}` });
  const response = await fetch(first.http('live/nothing.flv'));
  expect(response.status).toBe(503);
  expect(first.metric('relay_loops_denied_total').get('')).toBe(1);
});

test('A stream that is pulled from a server is not pushed back there', async () => {
  const ports = await freePorts(2);
  const origin = await listening(ports[1]!, {});
  const edge = await listening(ports[0]!, {
    pull: [{ url: origin.rtmp('live/movie'), name: 'movie' }],
    push: [origin.rtmp('live')],
  });
  publish({ file: await clip({ seconds: 3 }), url: origin.rtmp('live/movie'), repeat: 'forever' });
  const push = await edge.until(({ kind, lastError }) => kind === 'push' && lastError !== undefined);
  expect(push.lastError).toContain('pulled from here by the server that pushes it');
  expect(origin.stream('live/movie').publisher?.client.userAgent).not.toContain('via');
});

test.skipIf(findNginx().missing !== undefined)(
  'A server of another make that brings back what it is sent does not take the publisher’s place',
  async () => {
    const [port] = await freePorts(1);
    const nginx = await startNginx([`push rtmp://127.0.0.1:${port}/live;`]);
    const server = await listening(port!, { push: [nginx.rtmp('live')] });
    publish({ file: await clip({ seconds: 3 }), url: server.rtmp('live/movie'), repeat: 'forever' });
    await server.until(({ bytes }) => bytes > 100_000);
    await eventually('a denial', () => (server.metric('relay_loops_denied_total').get('') ?? 0) > 0);
    expect(server.log.map(({ msg }) => msg)).toContainEqual(
      expect.stringContaining('live/movie is pushed from here to the server that publishes it'),
    );
    expect(server.stream('live/movie').publisher?.client.userAgent).toContain('Lavf');
    expect(await server.relays()).toMatchObject([{ state: 'live', reconnects: 0 }]);
  },
);

test('An encoder on the machine of a target may take its own place again', async () => {
  const target = await startTarget();
  const { server, statusOf } = await startPublished({ push: [target.url('app')] });
  await target.published();
  await eventually('it is live', async () => (await statusOf(target.url('app/movie')))?.state === 'live');
  const again = await server.publish('live/movie', { remote: '127.0.0.1:5000' });
  expect(again).not.toBeInstanceOf(Denial);
});

async function loopingTo(url: (ports: readonly number[]) => string) {
  const ports = await freePorts(1);
  const server = await listening(ports[0]!, { push: [url(ports)] });
  return { server, url: server.rtmp('live/movie') };
}

function listening(
  port: number,
  relay: Readonly<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>> = {},
): Promise<RelayServer> {
  return startRelaying(relay, { ...config, rtmp: { port } });
}
