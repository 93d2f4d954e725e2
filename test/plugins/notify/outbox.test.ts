// The queue: order, pauses, limits, and a web service that comes and goes.
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { admitted } from '../auth/auth-kit.ts';
import { answering, notifyServer, startWebService } from './notify-kit.ts';
import { bodies, delivery, LOG, outbox, SETTINGS } from './outbox-kit.ts';

const NONE = { delivered: 0, attemptsFailed: 0, droppedFull: 0, replaced: 0, droppedFailed: 0 };

test('events of one stream arrive in order, each once, however slow and moody the web service is', async () => {
  let requests = 0;
  const service = await startWebService((_heard, response) => {
    requests++;
    if (requests === 2) response.destroy();
    else if (requests === 4) response.writeHead(503).end();
    else setImmediate(() => response.end());
  });
  const queue = outbox();
  const wanted = Array.from({ length: 6 }, (_, index) => `event ${index}`);
  for (const text of wanted) queue.add(delivery(service, 'live/movie', text));
  await expect.poll(() => queue.queued).toBe(0);
  expect(bodies(service)).toEqual([
    'event 0',
    'event 1',
    'event 1',
    'event 2',
    'event 2',
    ...wanted.slice(3),
  ]);
  // A repetition has the id of the first attempt, so that the receiver knows it.
  expect(service.heard[1]!.headers['webhook-id']).toBe(service.heard[2]!.headers['webhook-id']);
  expect(queue.counters).toEqual({ ...NONE, delivered: 6, attemptsFailed: 2 });
});

test('a stream whose events are not taken holds up no other stream', async () => {
  const service = await startWebService(({ body }, response) =>
    response.writeHead(body === 'stuck' ? 500 : 200).end(),
  );
  const queue = outbox();
  queue.add(delivery(service, 'live/one', 'stuck'));
  queue.add(delivery(service, 'live/one', 'behind it'));
  queue.add(delivery(service, 'live/two', 'free'));
  await service.next(({ body }) => body === 'free');
  await expect.poll(() => queue.queued).toBe(2);
  expect(bodies(service)).not.toContain('behind it');
});

test.each([400, 401, 404, 410, 413, 422])('what is answered with %i is not tried again', async (status) => {
  const service = await startWebService(answering(status));
  const queue = outbox();
  queue.add(delivery(service, 'live/movie', 'one'));
  await expect.poll(() => queue.queued).toBe(0);
  expect(queue.counters).toMatchObject({ delivered: 0, droppedFailed: 1 });
  expect(service.heard).toHaveLength(1);
});

test.each([408, 429, 500, 502, 302])('what is answered with %i is tried again', async (status) => {
  const service = await startWebService((_heard, response) => {
    service.behave = answering(200);
    response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end();
  });
  const queue = outbox();
  queue.add(delivery(service, 'live/movie', 'one'));
  await expect.poll(() => queue.counters.delivered).toBe(1);
});

test('an event that is older than retrySeconds is dropped, and counted', async () => {
  const service = await startWebService(answering(500));
  const queue = outbox({ retrySeconds: 5 });
  queue.add(delivery(service, 'live/movie', 'old', Date.now() - 6000));
  await expect.poll(() => queue.queued).toBe(0);
  expect(queue.counters.droppedFailed).toBe(1);
});

test('an event is tried again for retrySeconds also when the clock is moved by hours meanwhile', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const service = await startWebService(answering(500));
  const queue = outbox({ retrySeconds: 60 });
  queue.add(delivery(service, 'live/movie', 'one'));
  await service.next(() => true);
  vi.setSystemTime(Date.now() + 7_200_000);
  service.behave = answering(200);
  await expect.poll(() => queue.counters.delivered).toBe(1);
  expect(queue.counters.droppedFailed).toBe(0);
});

test('a full queue drops what comes, counts it, and goes on with the rest', async () => {
  const service = await startWebService(() => {});
  const queue = outbox({ maxQueued: 10, timeoutMs: 300 });
  for (let each = 0; each < 25; each++) queue.add(delivery(service, `stream ${each}`, `event ${each}`));
  expect(queue.queued).toBe(10);
  expect(queue.counters.droppedFull).toBe(15);
  service.behave = answering(200);
  await expect.poll(() => queue.counters.delivered).toBe(10);
});

test('hundreds of streams ask a web service for no more than sixteen answers at once', async () => {
  let open = 0;
  let most = 0;
  const service = await startWebService((_heard, response) => {
    most = Math.max(most, ++open);
    setImmediate(() => {
      open--;
      response.end();
    });
  });
  const queue = outbox({ maxQueued: 5000 });
  for (let each = 0; each < 300; each++) queue.add(delivery(service, `stream ${each}`, 'x'));
  await expect.poll(() => queue.counters.delivered).toBe(300);
  expect(most).toBeLessThan(17);
});

describe('a queue that is stopped and runs again', () => {
  test('tells what was in a pause, in order', async () => {
    const service = await startWebService(answering(503));
    const queue = outbox();
    for (const text of ['one', 'two']) queue.add(delivery(service, 'live/movie', text));
    await expect.poll(() => queue.counters.attemptsFailed).toBe(1);
    await queue.stop(0);
    service.behave = answering(200);
    queue.run(SETTINGS, LOG, undefined, []);
    queue.add(delivery(service, 'live/movie', 'three'));
    await expect.poll(() => queue.queued).toBe(0);
    expect(bodies(service)).toEqual(['one', 'one', 'two', 'three']);
  });

  test('tells what was under way, once', async () => {
    const service = await startWebService(() => {});
    let answer = (): void => {};
    service.behave = (_heard, response) => (answer = () => void response.writeHead(503).end());
    const queue = outbox();
    queue.add(delivery(service, 'live/movie', 'one'));
    await service.next(() => true);
    await queue.stop(0);
    answer();
    await expect.poll(() => queue.counters.attemptsFailed).toBe(1);
    service.behave = answering(200);
    queue.run(SETTINGS, LOG, undefined, []);
    await expect.poll(() => queue.queued).toBe(0);
    expect(bodies(service)).toEqual(['one', 'one']);
    expect(queue.counters).toEqual({ ...NONE, delivered: 1, attemptsFailed: 1 });
  });

  test('of a server: notify is switched off while the web service is away, and on again', async () => {
    const service = await startWebService(answering(503));
    const options = { url: service.url, events: ['publish', 'publish_done'] };
    const server = await notifyServer(options);
    const publisher = admitted(await server.publish('live/movie'));
    await service.next(({ json }) => json.type === 'publish');
    await server.reload({ notify: false });
    service.behave = answering(200);
    service.heard.length = 0;
    await server.reload({ notify: options });
    publisher.leave();
    await service.next(({ json }) => json.type === 'publish_done');
    expect(service.heard.map(({ json }) => json.type)).toEqual(['publish', 'publish_done']);
  });
});

test('a server that stops tells the end of its streams first', async () => {
  const service = await startWebService();
  const server = await notifyServer({ url: service.url });
  admitted(await server.publish('live/movie'));
  await server.stop();
  const types = service.heard.map(({ json }) => json.type);
  expect(types).toEqual(expect.arrayContaining(['publish', 'publish_done', 'stream_done', 'disconnect']));
});
