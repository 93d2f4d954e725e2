// A session that the server ends is over, whatever its protocol does about it.
import { expect, test } from 'vitest';
import {
  admitted,
  arrive,
  kernelForTest,
  PROTOCOL,
  playFrom,
  publishTo,
  requestFor,
  send,
} from '../kernel/kernel-kit.ts';
import { LEFT, spell, video } from '../stream/stream-kit.ts';

const KICKED = { code: 'kicked', message: 'not you' } as const;

const broken = (): never => {
  throw new Error('broken protocol');
};

test.each([
  ['throws', broken],
  ['does nothing', () => {}],
])('a publisher whose protocol %s when it is closed publishes nothing afterwards', async (_, close) => {
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL], apps: { live: { options: { keepAfterUnpublishMs: 0 } } } });
  const { publication, stream } = await publishTo(test, undefined, close);
  const { packets } = stream.counters;
  publication.session.close(KICKED);
  send(publication, video(80, 3));
  expect(publication.ended).toBe(true);
  expect(stream.counters.packets).toBe(packets);
  expect(test.kernel.hub.streams).toEqual([]);
  expect(test.kernel.sessions.size).toBe(0);
});

test.each([
  ['throws', broken],
  ['does nothing', () => {}],
])('a viewer whose protocol %s when it is closed is sent nothing afterwards', async (_, close) => {
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL] });
  const { publication, stream } = await publishTo(test);
  const { playback, transport } = await playFrom(test, undefined, close);
  const before = spell(transport.tags);
  playback.session.close(KICKED);
  send(publication, video(80, 3, 'key', 140_000));
  expect(spell(transport.tags)).toBe(before);
  expect(stream.viewerCount).toBe(0);
  expect([...test.kernel.sessions].map(({ role }) => role)).toEqual(['publish']);
});

test('counters that throw are the last known ones, and keep no viewer from leaving', async () => {
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL] });
  const { stream } = await publishTo(test);
  const arrival = arrive(test);
  const connection = admitted(await arrival.enter('live', new URLSearchParams(), () => {}));
  const playback = admitted(await connection.play(requestFor(), () => {}));
  let fails = false;
  admitted(await playback.findStream());
  const counters = () => (fails ? broken() : { sentBytes: 7 });
  expect(playback.countViewer(stream.view, counters)).toBeUndefined();
  expect(playback.session.counters.sentBytes).toBe(7);
  fails = true;
  expect(playback.session.counters.sentBytes).toBe(7);
  arrival.leave(LEFT);
  expect(stream.viewerCount).toBe(0);
  expect([test.kernel.sessions.size, test.kernel.sessions.connectionCount]).toEqual([1, 1]);
});
