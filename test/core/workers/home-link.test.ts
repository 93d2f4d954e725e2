// A link that another worker has opened.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { HomeLink, type HomeServices } from '../../../core/workers/link/home-link.ts';
import { Link } from '../../../core/workers/link/link.ts';
import type { CopyCalls, HomeCalls } from '../../../core/workers/link/link-messages.ts';
import { temporaryFolder } from '../../plugins/record-flv/record-kit.ts';
import { streamForTest } from '../stream/stream-kit.ts';

async function socketPair(): Promise<{ here: Socket; there: Socket }> {
  const path = join(temporaryFolder(), 'link.sock');
  const server = createServer();
  onTestFinished(() => void server.close());
  server.listen(path);
  await once(server, 'listening');
  const there = connect(path);
  const [here] = (await once(server, 'connection')) as [Socket];
  return { here, there };
}

test('a stream is not sent on a link that has closed while it was looked for', async () => {
  const { stream, scheduler } = streamForTest();
  let settle = (): void => {};
  const settled = new Promise<void>((resolve) => (settle = resolve));
  const { here, there } = await socketPair();
  const asked = new Promise<void>((resolveAsked) => {
    const services = {
      hub: { find: () => stream, scheduler },
      claimsSettled: () => (resolveAsked(), settled),
      answer: () => {},
    } as unknown as HomeServices;
    const home = new HomeLink(here, services, { viewers: () => {}, closed: () => closed(home) });
  });
  let closed: (link: HomeLink) => void = () => {};
  const closing = new Promise<HomeLink>((resolve) => (closed = resolve));
  const link = new Link<HomeCalls, CopyCalls>(
    there,
    { event: () => {} },
    { run: () => {}, closed: () => {} },
  );
  link.talk.tell('subscribe', { channel: 1, key: 'live/movie', continues: undefined });
  await asked;
  link.close('the test closes it');
  const home = await closing;
  settle();
  await new Promise((resolve) => setImmediate(resolve));
  expect([...home.feeds]).toEqual([]);
});
