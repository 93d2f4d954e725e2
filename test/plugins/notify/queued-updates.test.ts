// Updates of sessions in the queue: however many there are, other events have their places.
import { expect, test } from 'vitest';
import { Spool } from '../../../plugins/notify/spool.ts';
import type { Delivery } from '../../../plugins/notify/delivery.ts';
import { admitted } from '../auth/auth-kit.ts';
import { answering, notifyServer, startWebService, type WebService } from './notify-kit.ts';
import { bodies, delivery, folder, LOG, outbox } from './outbox-kit.ts';

function update(service: WebService, session: string, text: string): Delivery {
  return { ...delivery(service, 'live/movie', text), updateOf: session };
}

test('more updates than places are dropped, and cost no other event a place', async () => {
  const service = await startWebService(() => {});
  const queue = outbox({ maxQueued: 10, timeoutMs: 300 });
  for (let each = 0; each < 25; each++) queue.add(update(service, `session ${each}`, `update ${each}`));
  expect([queue.queued, queue.counters.droppedFull]).toEqual([10, 15]);
  for (let each = 0; each < 11; each++) queue.add(delivery(service, `stream ${each}`, `event ${each}`));
  expect([queue.queued, queue.counters.droppedFull]).toEqual([20, 16]);
  service.behave = answering(200);
  await expect.poll(() => queue.queued).toBe(0);
  const told = new Set(bodies(service));
  expect(Array.from({ length: 11 }, (_, each) => told.has(`event ${each}`)).filter(Boolean)).toHaveLength(10);
});

test('a newer update takes the place of one of its session that waits, also in a full queue', async () => {
  let answer = (): void => {};
  const service = await startWebService((_heard, response) => (answer = () => void response.end()));
  const queue = outbox({ maxQueued: 4 });
  queue.add(update(service, 'one', 'one, under way'));
  await service.next(() => true);
  queue.add(update(service, 'one', 'one, old'));
  queue.add(update(service, 'two', 'two, old'));
  queue.add(delivery(service, 'live/movie', 'an event'));
  queue.add(update(service, 'three', 'three'));
  queue.add(update(service, 'two', 'two, new'));
  queue.add(update(service, 'one', 'one, new'));
  expect(queue.counters).toMatchObject({ replaced: 2, droppedFull: 0 });
  service.behave = answering(200);
  answer();
  await expect.poll(() => queue.queued).toBe(0);
  expect(bodies(service)).toEqual(['one, under way', 'one, new', 'two, new', 'an event', 'three']);
});

test('an update that has been tried is tried again with its id, and no newer one lengthens its time', async () => {
  const service = await startWebService(answering(500));
  const queue = outbox({ retrySeconds: 5 });
  queue.add({ ...update(service, 'one', 'old'), createdAt: Date.now() - 6000 });
  queue.add(update(service, 'one', 'new'));
  service.behave = answering(200);
  await service.next(({ body }) => body === 'new');
  expect(bodies(service)).toEqual(['old', 'new']);
  expect(queue.counters).toMatchObject({ replaced: 0 });
});

test('what has been replaced is not told after a crash either', async () => {
  const directory = folder();
  const service = await startWebService(answering(500));
  const first = new Spool(directory, LOG);
  const queue = outbox({}, first);
  for (const text of ['head', 'old', 'new']) queue.add(update(service, 'one', text));
  await queue.stop(0);
  const spool = new Spool(directory, LOG);
  await expect
    .poll(async () => (await spool.load()).map(({ request }) => request.body))
    .toEqual(['head', 'new']);
  // They are known as updates: another one takes the place of what waits.
  const again = outbox({}, undefined, await spool.load());
  again.add(update(service, 'one', 'newest'));
  service.heard.length = 0;
  service.behave = answering(200);
  await expect.poll(() => again.queued).toBe(0);
  expect(bodies(service).filter((body) => body !== 'head')).toEqual(['newest']);
});

test('a server tells updates as such: the end of a stream has a place beside them', async () => {
  let answer = (): void => {};
  const service = await startWebService((_heard, response) => (answer = () => void response.end()));
  const events = ['update', 'publish_done'];
  const server = await notifyServer({ url: service.url, events, updateSeconds: 1, maxQueued: 1 });
  const publisher = admitted(await server.publish('live/movie'));
  await service.next(({ json }) => json.type === 'update');
  publisher.leave();
  service.behave = answering(200);
  answer();
  await service.next(({ json }) => json.type === 'publish_done');
});
