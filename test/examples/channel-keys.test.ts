import { Denial } from 'livego';
import { samplePackets, type TestServer } from 'livego/testing';
import { expect, test } from 'vitest';
import { logText, publishTo, startWith } from './start-with.ts';

const KEY = 'k3y-0f-4nn';

function start(maxTries = 10): Promise<TestServer> {
  return startWith('channel-keys.ts', { 'channel-keys': { keys: { [KEY]: 'ann' }, maxTries } });
}

test('a publisher names its key, and viewers its channel', async () => {
  const server = await start();
  const publisher = await publishTo(server, `live/${KEY}`);
  expect(server.streams().map(({ key }) => key)).toEqual(['live/ann']);
  publisher.send(...samplePackets());
  const viewer = await server.play('live/ann');
  if (viewer instanceof Denial) throw new Error(viewer.reason);
  expect(viewer.tags).toHaveLength(12);
});

test('a wrong key is denied, and no key is ever in the log', async () => {
  const server = await start();
  await publishTo(server, `live/${KEY}`);
  expect(await server.publish('live/wr0ng')).toEqual(new Denial('unauthorized', 'the key is wrong'));
  expect(await server.publish('live/constructor')).toMatchObject({ code: 'unauthorized' });
  const log = logText(server);
  expect(log).toContain('live/*** publisher denied: the key is wrong');
  expect(log).toContain('live/ann publisher connected');
  expect(log).not.toContain(KEY);
  expect(log).not.toContain('wr0ng');
});

test('an address that tries too many keys has to wait, and others do not', async () => {
  const server = await start(2);
  for (const key of ['one', 'two']) expect(await server.publish(`live/${key}`)).toBeInstanceOf(Denial);
  expect(await server.publish(`live/${KEY}`)).toEqual(
    new Denial('too-many-tries', 'too many wrong keys', 60),
  );
  expect(await server.publish(`live/${KEY}`, { remote: '192.0.2.2:5000' })).not.toBeInstanceOf(Denial);
});

test('the addresses of one IPv6 network try keys together', async () => {
  const server = await start(2);
  const from = (host: string) => ({ remote: `[2001:db8:1:2::${host}]:5000` });
  for (const host of ['1', '2'])
    expect(await server.publish(`live/wr0ng${host}`, from(host))).toBeInstanceOf(Denial);
  expect(await server.publish(`live/${KEY}`, from('3'))).toMatchObject({ code: 'too-many-tries' });
});
