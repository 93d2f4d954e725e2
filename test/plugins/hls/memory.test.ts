import { expect, test } from 'vitest';
import { avcFrame, avcHeader } from '../../helpers/media/media.ts';
import { publishTo } from '../../helpers/rtmp-client.ts';
import { startServer } from '../../helpers/server.ts';

test('a publisher of 4 MB frames costs no more memory than maxStreamBytes, and stays connected', async () => {
  const maxStreamBytes = 24 * 1024 * 1024;
  const server = await startServer({ config: { maxStreamBytes, gop_num: 2, level: 'warn' } });
  const publisher = await publishTo(server.rtmp('live/large'));
  publisher.send(avcHeader());
  const { memory } = server.server.kernel.hub;
  let most = 0;
  for (let index = 0; index < 24; index++) {
    await publisher.sendAll([avcFrame('key', index * 2000, index, 4_000_000)]);
    await expect.poll(() => server.stream('live/large').counters.packets).toBe(index + 2);
    most = Math.max(most, memory.bytesOf('live/large'));
  }
  expect(most).toBeGreaterThan(maxStreamBytes / 2);
  expect(most).toBeLessThanOrEqual(maxStreamBytes);
  expect(server.log.filter(({ msg }) => msg.includes('maxStreamBytes'))).toHaveLength(1);
  expect(server.stream('live/large').state).toBe('live');
  await publisher.leave();
  await server.reload({ maxStreamBytes, hls: false });
  expect(memory.totalBytes).toBe(0);
});

test('the segment under construction is counted, and given back', async () => {
  const server = await startServer({ config: { gop_num: 0, level: 'warn' } });
  const { memory } = server.server.kernel.hub;
  const publisher = await publishTo(server.rtmp('live/movie'));
  await publisher.sendAll([avcHeader(), avcFrame('key', 0, 1, 900_000)]);
  await expect.poll(() => memory.bytesOf('live/movie')).toBeGreaterThan(900_000);
  await publisher.leave();
  await server.reload({ hls: false });
  expect(memory.totalBytes).toBe(0);
});
