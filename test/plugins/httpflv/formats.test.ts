// Wire formats of other plugins beside those of HTTP-FLV.
import { expect, test } from 'vitest';
import { FlvPacketFormat } from '../../../core/media/flv/flv-format.ts';
import type { PacketFormat } from '../../../core/media/packet-format.ts';
import { openHttp } from '../../helpers/flv-viewer.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { describePackets, shortStream } from '../../helpers/media/media.ts';
import { publishTo } from '../../helpers/rtmp-client.ts';
import { startServer } from '../../helpers/server.ts';

/** Begins with bytes that are no FLV. */
function garbage(): PacketFormat {
  return Object.assign(new FlvPacketFormat(), { start: () => Buffer.from('garbage garbage') });
}

test('another plugin’s formats of any name change nothing for viewers', async () => {
  const names = ['flv', 'flv/chunked', 'flv/audio', 'flv/audio/chunked', 'bare', 'chunked', 'all'];
  const other = pluginForTest('other', {
    server: (context) =>
      context.onActivate(() => {
        for (const name of names) context.format(name, garbage);
      }),
  });
  const server = await startServer({ plugins: [other] });
  const asked = server.saw('play');
  const opening = openHttp(server.http('live/movie.flv'));
  await asked;
  const publisher = await publishTo(server.rtmp('live/movie'));
  const viewer = await opening;
  await publisher.sendAll(shortStream());
  await publisher.leave();
  expect(describePackets(await viewer.all())).toEqual(describePackets(shortStream()));
});
