import { describe, expect, test } from 'vitest';
import type { PacedReader } from '../../../core/intake/paced-reader.ts';
import type { AppOptions, ServerOptions } from '../../../core/options/options.ts';
import { Denial } from '../../../core/session/denial.ts';
import {
  admitted,
  arrive,
  kernelForTest,
  PROTOCOL,
  publishTo,
  requestFor,
  send,
  tryPublish,
  type TestKernel,
} from '../kernel/kernel-kit.ts';
import { LEFT, video } from '../stream/stream-kit.ts';

async function kernelWith(
  options: Partial<AppOptions>,
  server: Partial<ServerOptions> = {},
): Promise<TestKernel> {
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL], server, apps: { live: { options } } });
  return test;
}

function publishersOf({ kernel }: TestKernel): string[] {
  return [...kernel.sessions].map(({ id }) => id);
}

describe('a publisher', () => {
  test('of a name that is taken is denied with duplicate: "reject", and is in no list', async () => {
    const test = await kernelWith({ duplicate: 'reject' });
    const { publication } = await publishTo(test);
    expect(await tryPublish(test)).toEqual(new Denial('duplicate', 'live/movie is already published'));
    expect(publication.active).toBe(true);
    expect(publishersOf(test)).toEqual([publication.session.id]);
  });

  test('replaces the present one with duplicate: "replace", and takes its place in the list', async () => {
    const test = await kernelWith({ duplicate: 'replace' });
    const first = await publishTo(test, requestFor(), (cause) => first.publication.end(cause));
    const second = await publishTo(test);
    expect([first.publication.active, second.publication.active]).toEqual([false, true]);
    expect(first.publication.ended).toBe(true);
    expect(publishersOf(test)).toEqual([second.publication.session.id]);
  });

  test('beyond maxStreams is denied, with the option’s name', async () => {
    const test = await kernelWith({}, { maxStreams: 1 });
    await publishTo(test);
    expect(await tryPublish(test, requestFor('live', 'other'))).toEqual(
      new Denial('limit', 'the server carries 1 streams already (maxStreams)'),
    );
    expect(test.kernel.sessions.size).toBe(1);
  });

  test('is denied while the server stops', async () => {
    const test = await kernelWith({});
    const connection = admitted(await arrive(test).enter('live', new URLSearchParams(), () => {}));
    test.kernel.hub.close({ code: 'shutdown', message: 'over' });
    expect(await connection.publish(requestFor(), () => {})).toEqual(
      new Denial('unavailable', 'the server is shutting down'),
    );
  });

  test('whose session is closed while its name is claimed is denied for that reason, and the present one stays', async () => {
    const test = await kernelWith({ keepAfterUnpublishMs: 0 });
    const first = await publishTo(test);
    let refreshed: () => void = () => {};
    const refresh = () => new Promise<void>((resolve) => (refreshed = resolve));
    // Whether the present publisher is still there is asked first, which takes a moment.
    first.stream.readWith({ refresh, wake: () => {} } as unknown as PacedReader);
    const closed: string[] = [];
    const publishing = tryPublish(test, requestFor(), ({ code }) => closed.push(code));
    await expect.poll(() => test.kernel.sessions.size).toBe(2);
    const second = [...test.kernel.sessions].at(-1)!;
    second.view.close({ code: 'kicked', message: 'not you' });
    refreshed();
    expect(await publishing).toEqual(new Denial('unavailable', 'not you'));
    expect(closed).toEqual(['kicked']);
    expect(first.publication.active).toBe(true);
    expect(publishersOf(test)).toEqual([first.publication.session.id]);
  });

  test('is logged when it connects and disconnects, with how long and how much', async () => {
    const test = await kernelWith({});
    const { publication } = await publishTo(test);
    const { id, client } = publication.session;
    const who = { session: id, client: client.id, protocol: 'test', remote: '192.0.2.1:5000' };
    publication.end(LEFT);
    publication.end(LEFT);
    expect(test.log.lines).toMatchObject([
      { level: 'info', msg: 'live/movie publisher connected', ...who },
      { level: 'info', msg: 'live/movie publisher sends H.264', stream: 'live/movie' },
      {
        level: 'info',
        msg: 'live/movie publisher disconnected: the test is over',
        seconds: 0,
        packets: 3,
        ...who,
      },
    ]);
  });

  test('that has ended, or was replaced, changes nothing by what it still writes', async () => {
    const test = await kernelWith({ keepAfterUnpublishMs: 60_000 });
    const first = await publishTo(test);
    first.publication.end(LEFT);
    send(first.publication, video(80, 3));
    const second = await publishTo(test);
    send(first.publication, video(120, 4));
    first.publication.discontinuity();
    first.publication.pause();
    first.publication.end(LEFT);
    expect(second.stream.counters.packets).toBe(6);
    expect(second.stream.gop).toHaveLength(2);
    expect(second.publication.active).toBe(true);
  });
});

describe('the number where a stream’s segments begin', () => {
  const count = (firstSequence: () => Promise<number>) =>
    kernelForTest({ identities: { nextId: () => 'id', firstSequence } });

  test('may come from another process: the publisher is admitted when it has come', async () => {
    let answer: (number: number) => void = () => {};
    const test = count(() => new Promise((resolve) => (answer = resolve)));
    await test.apply({ definitions: [PROTOCOL] });
    const publishing = tryPublish(test);
    await expect.poll(() => test.kernel.sessions.size).toBe(1);
    expect(test.kernel.hub.streams).toEqual([]);
    answer(4711);
    expect(admitted(await publishing).stream!.firstSequence).toBe(4711);
  });

  test('that cannot be had denies the publisher, is logged, and leaves no session behind', async () => {
    const test = count(() => Promise.reject(new Error('the source does not answer')));
    await test.apply({ definitions: [PROTOCOL] });
    expect(await tryPublish(test)).toEqual(new Denial('unavailable', 'the name could not be claimed'));
    expect(test.log.lines.at(-2)).toMatchObject({
      level: 'error',
      msg: 'live/movie could not be claimed',
      err: { message: 'the source does not answer' },
    });
    expect(test.kernel.sessions.size).toBe(0);
    expect(test.kernel.hub.streams).toEqual([]);
  });
});
