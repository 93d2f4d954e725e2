// How many streams one application may have.
import { expect, test } from 'vitest';
import { kernelForTest, PROTOCOL, publishTo, requestFor, tryPublish } from '../kernel/kernel-kit.ts';

test('a stream beyond maxStreamsPerApplication is denied; other applications, and returning names, are not', async () => {
  const test = kernelForTest();
  const options = { maxStreamsPerApplication: 2 };
  await test.apply({ definitions: [PROTOCOL], apps: { live: { options }, other: { options } } });
  await publishTo(test, requestFor('live', 'one'));
  await publishTo(test, requestFor('live', 'two'));
  expect(await tryPublish(test, requestFor('live', 'three'))).toMatchObject({
    code: 'limit',
    reason: 'the application has all the streams it may have (maxStreamsPerApplication)',
  });
  // Another publisher of a present name adds no stream.
  await publishTo(test, requestFor('live', 'two'));
  await publishTo(test, requestFor('other', 'three'));
  expect(test.kernel.hub.streams.map(({ key }) => key)).toEqual(['live/one', 'live/two', 'other/three']);
});
