// Names of streams that may be secrets: a relay prints them nowhere.
import { expect, test } from 'vitest';
import { clip, publish } from '../../helpers/media/ffmpeg.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { freePorts } from '../../helpers/net.ts';
import { startRelaying, type RelayServer } from './relay-kit.ts';

const KEY = 'sk_live_9f8e7d';

/** A resolver that may turn keys into rooms, and leaves this one alone. */
const KEYS = pluginForTest('keys', {
  server: ({ hooks }) => hooks.resolveName.tap(() => undefined, { secret: true }),
});

/** Everything that operators, logs and metrics are shown. */
async function expectHidden(server: RelayServer, ...told: readonly unknown[]): Promise<void> {
  const shown = [server.log, await server.relays(), server.server.metrics(), ...told];
  expect(JSON.stringify(shown)).not.toContain(KEY);
}

test('a push of such a stream, to one target that is away and one that is there', async () => {
  const [port] = await freePorts(1);
  const target = await startRelaying({}, { servers: [{ servername: 'mirror' }] });
  const push = [`rtmp://127.0.0.1:${port}/live`, target.rtmp('mirror')];
  const server = await startRelaying({ push }, {}, [KEYS]);
  publish({ file: await clip({ seconds: 3 }), url: server.rtmp(`live/${KEY}`), repeat: 'forever' });
  await server.until(({ state }) => state === 'live');
  await server.until(({ lastError }) => lastError?.includes('ECONNREFUSED') === true);
  expect((await server.relays()).map(({ name }) => name)).toEqual(['***', '***']);
  expect(target.stream(`mirror/${KEY}`).publisher?.client.protocol).toBe('rtmp');
  await expectHidden(server);
});

test.each(['rtmp', 'http'] as const)(
  'a pull by %s for a viewer, from a source without the stream',
  async (by) => {
    const source = await startRelaying({}, { waitForPublisherMs: 0 });
    const onDemand = by === 'rtmp' ? source.rtmp('{app}/{name}') : source.http('{app}/{name}.flv');
    const server = await startRelaying({ onDemand }, {}, [KEYS]);
    const answer = await (await fetch(server.http(`live/${KEY}.flv`))).text();
    await expectHidden(server, answer);
  },
);

test('a stream that would run in a circle is denied without its name', async () => {
  const [port] = await freePorts(1);
  const server = await startRelaying({ push: [`rtmp://127.0.0.1:${port}/live`] }, { rtmp: { port } }, [KEYS]);
  publish({ file: await clip({ seconds: 3 }), url: server.rtmp(`live/${KEY}`), repeat: 'forever' });
  const relay = await server.until(({ lastError }) => lastError !== undefined);
  expect(relay.lastError).toContain('relay loop: live/*** has passed this server already');
  await expectHidden(server);
});
