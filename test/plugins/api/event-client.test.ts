// Events reach a client in few writes, in order, however many come at once.
import { EventEmitter, once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { EventClient } from '../../../plugins/api/events/event-client.ts';
import { EventFeed } from '../../../plugins/api/events/event-feed.ts';
import { EventLog } from '../../../plugins/api/events/event-log.ts';

/** A response whose client reads nothing, or everything at once. */
class FakeResponse extends EventEmitter {
  readonly writes: string[] = [];
  readonly #reads: boolean;
  writableLength = 0;
  destroyed = false;

  constructor(reads: boolean) {
    super();
    this.#reads = reads;
  }

  writeHead(): void {}

  write(text: string): void {
    this.writes.push(text);
    if (!this.#reads) this.writableLength += text.length;
  }

  end(): void {
    this.emit('end');
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('destroyed');
  }
}

async function follow({ reads = true } = {}) {
  const log = new EventLog();
  const feed = new EventFeed(log);
  const response = new FakeResponse(reads);
  const request = { socket: new EventEmitter() };
  const client = new EventClient(
    {
      request: request as unknown as IncomingMessage,
      response: response as unknown as ServerResponse,
    },
    { kinds: undefined, now: 0, ended: () => {}, filled: (each) => feed.flushSoon(each) },
  );
  await feed.add(client, undefined);
  response.writes.length = 0;
  return { log, feed, response };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what happens in one turn is one write, in order', async () => {
  const { log, response } = await follow();
  for (let index = 1; index <= 100; index++) log.add('stream', 'stream-start', { index });
  expect(response.writes).toEqual([]);
  await nextTurn();
  expect(response.writes).toHaveLength(1);
  const numbers = [...response.writes[0]!.matchAll(/"index":(\d+)/g)].map(([, number]) => Number(number));
  expect(numbers).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  expect(response.writes[0]).toContain(`id: ${log.run}-100\nevent: stream-start\ndata: {`);
  log.add('stream', 'stream-stop', {});
  await nextTurn();
  expect(response.writes).toHaveLength(2);
});

test('a client that reads survives any burst, and one that does not read is disconnected', async () => {
  const facts = { text: 'x'.repeat(1000) };
  const [reader, sleeper] = [await follow(), await follow({ reads: false })];
  const ended = once(sleeper.response, 'destroyed');
  for (const { log } of [reader, sleeper])
    for (let index = 0; index < 2000; index++) log.add('stream', 'stream-start', facts);
  await ended;
  await nextTurn();
  expect(reader.response.destroyed).toBe(false);
  expect(reader.response.writes.join('').split('\n\n')).toHaveLength(2001);
  expect(Math.max(...reader.response.writes.map(({ length }) => length))).toBeLessThan(70_000);
});

test('what waits is written before the end', async () => {
  const { log, feed, response } = await follow();
  log.add('reload', 'reload', {});
  feed.end();
  expect(response.writes).toHaveLength(1);
});

test('a client that waits to be told what it has missed holds no endless number of events', () => {
  const response = new FakeResponse(true);
  const client = new EventClient(
    {
      request: { socket: new EventEmitter() } as unknown as IncomingMessage,
      response: response as unknown as ServerResponse,
    },
    { kinds: undefined, now: 0, ended: () => {}, filled: () => {} },
  );
  const event = { run: '00000000', kind: 'stream', type: 'stream-start', data: '{}' } as const;
  for (let number = 1; number <= 1000; number++) client.receive({ ...event, number });
  expect(response.destroyed).toBe(false);
  client.receive({ ...event, number: 1001 });
  expect(response.destroyed).toBe(true);
});
