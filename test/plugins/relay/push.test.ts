import { expect, test } from 'vitest';
import { clip, probePackets, publish, watch } from '../../helpers/media/ffmpeg.ts';
import { expectSamePackets } from '../../helpers/media/same-packets.ts';
import { startServer } from '../../helpers/server.ts';
import { isLive, startRelaying } from './relay-kit.ts';

test('A pushed stream arrives packet by packet as it was published', async () => {
  const target = await startServer();
  const server = await startRelaying({ push: [target.rtmp('live')] });
  const file = await clip({ seconds: 3 });
  const started = target.saw('streamStart');
  const watcher = watch(target.rtmp('live/movie'));
  await target.saw('play');
  publish({ file, url: server.rtmp('live/movie') });
  await started;
  const live = await server.until(isLive);
  expect(live).toMatchObject({ kind: 'push', app: 'live', name: 'movie', reconnects: 0 });
  expectSamePackets(await probePackets(file), await watcher.packets);
  const [idle] = await server.relays();
  expect(idle).toMatchObject({ kind: 'push', state: 'idle', name: '*' });
});
