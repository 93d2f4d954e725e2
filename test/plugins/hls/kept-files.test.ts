// What a worker keeps of the segments that another one makes.
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { RemotePresentation } from '../../../plugins/hls/elsewhere/remote-presentation.ts';
import type { FileAnswer, Snapshot } from '../../../plugins/hls/elsewhere/snapshot.ts';
import { HlsResponse } from '../../../plugins/hls/requests/hls-response.ts';
import type { ServedPresentation } from '../../../plugins/hls/served-presentation.ts';
import type { HlsOptions } from '../../../plugins/hls/schema.ts';

const SEGMENT: FileAnswer = {
  kind: 'segment',
  bytes: Buffer.alloc(12 * 1024 * 1024),
  etag: '"a"',
  encrypted: false,
};

const SNAPSHOT: Snapshot = {
  revision: '1',
  options: { sessionTimeoutSeconds: 30, publisherGraceSeconds: 20 } as HlsOptions,
  live: true,
  ended: false,
  refusal: undefined,
  targetDuration: 4,
  reachMs: 0,
  playlists: {},
  master: '',
  renditions: [],
  available: Array.from({ length: 14 }, (_, number) => number),
  window: undefined,
};

const MATCH = { path: '', search: '', params: {}, query: new URLSearchParams() };

async function openRemote(
  file: () => Promise<FileAnswer>,
  hold: (key: string, change: number) => number = () => 0,
): Promise<RemotePresentation> {
  const remote = await RemotePresentation.open('live/movie', 2, {
    now: () => 0,
    watch: (_, { revision }) =>
      revision === undefined ? Promise.resolve(SNAPSHOT) : new Promise<never>(() => {}),
    file,
    kept: file,
    keptAnywhere: file,
    failed: () => {},
    hold,
  });
  return remote!;
}

async function open(file: () => Promise<FileAnswer>): Promise<(number: number) => Promise<unknown>> {
  const remote = await openRemote(file);
  return (number) => remote.file({ kind: 'segment', number });
}

test('segments beyond the limit of 128 MiB cost the oldest ones alone', async () => {
  let asked = 0;
  const get = await open(() => Promise.resolve((asked++, SEGMENT)));
  // Ten are 120 MiB.
  for (let number = 0; number < 12; number++) await get(number);
  expect(asked).toBe(12);
  for (let number = 2; number < 12; number++) await get(number);
  expect(asked).toBe(12);
  await get(0);
  expect(asked).toBe(13);
});

test('segments under way are not given up for those that have arrived', async () => {
  const waiting: (() => void)[] = [];
  let asked = 0;
  const get = await open(() => {
    asked++;
    return new Promise((resolve) => waiting.push(() => resolve(SEGMENT)));
  });
  const all = Array.from({ length: 11 }, (_, number) => get(number));
  for (const arrive of waiting.slice(1)) arrive();
  await Promise.all(all.slice(1));
  void get(0);
  expect(asked).toBe(11);
  waiting[0]!();
  await all[0];
  // Now there is one too many, and the others are there.
  for (let number = 2; number < 11; number++) await get(number);
  expect(asked).toBe(11);
});

test('they count in the memory of all streams, and make room when it is used up', async () => {
  const limit = 30 * 1024 * 1024;
  let held = 0;
  const hold = (key: string, change: number): number => {
    expect(key).toBe('live/movie');
    return Math.max(0, (held += change) - limit);
  };
  const remote = await openRemote(() => Promise.resolve(SEGMENT), hold);
  for (let number = 0; number < 6; number++) {
    await remote.file({ kind: 'segment', number });
    expect(held).toBeLessThanOrEqual(limit);
  }
  expect([held, remote.memoryBytes]).toEqual([24 * 1024 * 1024, 24 * 1024 * 1024]);
  remote.close();
  // A request may still have it.
  expect(await remote.file({ kind: 'segment', number: 6 })).toMatchObject({ kind: 'segment' });
  expect([held, remote.memoryBytes]).toEqual([0, 0]);
});

test('a segment whose worker does not answer is denied for now, and asked for again', async () => {
  let asked = 0;
  const get = await open(() =>
    asked++ === 0 ? Promise.reject(new Error('no answer')) : Promise.resolve(SEGMENT),
  );
  const denied = await get(3);
  expect(denied).toMatchObject({
    code: 'unavailable',
    reason: 'the worker that has segment 3 does not answer',
  });
  const request = new IncomingMessage(new Socket());
  const response = new HlsResponse(request, new ServerResponse(request), MATCH);
  const presentation = { file: () => denied } as unknown as ServedPresentation;
  expect(response.sendFile(presentation, { kind: 'segment', number: 3 }, 'public')).toBe(denied);
  expect(await get(3)).toMatchObject({ kind: 'segment' });
});
