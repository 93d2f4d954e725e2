// A provider that lets core decide when its connection is read.
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { PacedReader } from '../../../../core/intake/paced-reader.ts';
import type { Publication } from '../../../../core/session/publication.ts';
import { contextOf, publishTo } from '../../kernel/kernel-kit.ts';
import { FakeProvider, sendStart, settled } from './provider-kit.ts';

const MOVIE = { app: 'live', name: 'movie' };

function pace(publication: Publication): PacedReader {
  return publication.pace(new Socket(), () => true);
}

test('a socket may be paced before the first packet: its stream decides when it is read', async () => {
  const provider = new FakeProvider();
  const { test, context } = await contextOf();
  context.provide(MOVIE, provider);
  const reader = pace(provider.publication);
  expect(reader.unreadMs).toBe(0);
  sendStart(provider.publication);
  await settled();
  const stream = test.kernel.hub.find('live/movie')!;
  expect(stream.reader).toBe(reader);
  expect(stream.restMs).toBe(400);
  expect(reader.unreadMs).toBe(400);
  provider.publication.end({ code: 'left', message: 'the source has ended' });
  expect(stream.reader).toBeUndefined();
  expect(reader.unreadMs).toBe(0);
});

test('a socket that was paced for a name that another publisher has is not that publisher’s', async () => {
  const provider = new FakeProvider();
  const { test, context } = await contextOf();
  const { stream } = await publishTo(test);
  context.provide(MOVIE, provider);
  const reader = pace(provider.publication);
  sendStart(provider.publication);
  await settled();
  expect(provider.stopCodes).toEqual(['replaced']);
  expect(stream.reader).toBeUndefined();
  expect(reader.unreadMs).toBe(0);
});
