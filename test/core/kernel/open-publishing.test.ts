import { expect, test } from 'vitest';
import { startServer } from '../../helpers/server.ts';
import { definePlugin } from '../../../core/plugin/plugin.ts';

const OPEN = 'everybody who reaches rtmp.port may publish to live; configure "auth", or listen on 127.0.0.1';

async function warningsOf(config: Readonly<Record<string, unknown>>, observer?: boolean): Promise<string[]> {
  const gate = definePlugin({
    name: 'gate',
    schema: { type: 'object', properties: {} },
    app: ({ hooks }) => hooks.publish.tap(() => undefined, observer ? { observer } : {}),
  });
  const plugins = observer === undefined ? [] : [gate];
  const server = await startServer({ config, plugins });
  return server.log.filter(({ level }) => level >= 40).map(({ msg }) => msg);
}

const EVERYWHERE = { rtmp: { port: 0 } };

test('the start says that everybody may publish, once, with the way out', async () => {
  expect(await warningsOf(EVERYWHERE)).toEqual([OPEN]);
});

test('not for an address of this machine', async () => {
  expect(await warningsOf({})).toEqual([]);
});

test('not when auth or a custom plugin decides who publishes', async () => {
  const auth = { deny: ['203.0.113.0/24'] };
  expect(await warningsOf({ ...EVERYWHERE, auth })).toEqual([]);
  expect(await warningsOf(EVERYWHERE, false)).toEqual([]);
});

test('also when a plugin only looks on', async () => {
  expect(await warningsOf(EVERYWHERE, true)).toEqual([OPEN]);
});

test('also beside the API, whose bans are no reason to call the door guarded', async () => {
  expect(await warningsOf({ ...EVERYWHERE, api: { port: '127.0.0.1:0' } })).toEqual([OPEN]);
});

test('it names the applications whose door nobody watches, and counts them from the fourth on', async () => {
  const unwatched = (servername: string) => ({ servername, gate: 'disable' });
  const servers = [{ servername: 'event' }, unwatched('live')];
  expect(await warningsOf({ ...EVERYWHERE, servers }, false)).toEqual([OPEN]);
  const many = { ...EVERYWHERE, servers: ['a', 'b', 'c', 'd', 'e'].map(unwatched) };
  expect(await warningsOf(many, false)).toEqual([OPEN.replace('live', 'a, b, c and 2 more')]);
});
