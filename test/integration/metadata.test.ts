// What viewers and files are told of a stream whose publisher sends a file.
import { expect, test } from 'vitest';
import { AmfEcmaArray, buildAmf0 } from '../../core/media/amf0/index.ts';
import { buildMetadata, buildSetDataFrame, dataMessageName } from '../../core/media/flv/metadata.ts';
import { openHttp, openWebSocket } from '../helpers/flv-viewer.ts';
import { clipPackets } from '../helpers/media/media.ts';
import { openPlayer, publishTo, type WirePacket } from '../helpers/rtmp-client.ts';
import { startServer } from '../helpers/server.ts';

const FILE = {
  duration: 5537.1,
  filesize: 1_036_288_000,
  lasttimestamp: 5537,
  canSeekToEnd: true,
  keyframes: { times: [0, 2], filepositions: [13, 5000] },
};

/** The publisher's data messages: the server has others, for players by RTMP. */
const dataOf = (packets: readonly WirePacket[]): Buffer[] =>
  packets
    .filter(({ kind, payload }) => kind === 'data' && dataMessageName(payload)?.startsWith('on'))
    .map(({ payload }) => payload);

test('viewers of every protocol, and relay targets, hear nothing of the length of a file that is published', async () => {
  const target = await startServer();
  const server = await startServer({ config: { relay: { push: [target.rtmp('live')] } } });
  const started = target.saw('streamStart');
  const publisher = await publishTo(server.rtmp('live/movie'));
  const first = buildSetDataFrame({ width: 640, ...FILE, encoder: 'Lavf' });
  const cue = buildAmf0(['onCuePoint', new AmfEcmaArray({ duration: 3 })]);
  publisher.send({ kind: 'data', timestamp: 0, payload: first });
  await publisher.sendAll(await clipPackets({ seconds: 1 }));
  const viewers = [
    await openPlayer(server.rtmp('live/movie')),
    await openHttp(server.http('live/movie.flv')),
    await openWebSocket(server.ws('live/movie.flv')),
  ];
  await started;
  const afar = await openPlayer(target.rtmp('live/movie'));
  await afar.received(1);
  await expect.poll(() => server.stream('live/movie').viewerCount).toBe(3);
  // While they watch, too.
  publisher.send({ kind: 'data', timestamp: 1000, payload: cue });
  publisher.send({ kind: 'data', timestamp: 1000, payload: buildSetDataFrame({ ...FILE, width: 320 }) });
  await publisher.leave();
  for (const viewer of [...viewers, afar]) {
    await viewer.all();
    expect(dataOf(viewer.packets)).toEqual([
      buildMetadata({ width: 640, encoder: 'Lavf' }),
      cue,
      buildMetadata({ width: 320 }),
    ]);
  }
});
