// A stream from its publisher to one viewer, early or late.
import { describePackets } from '../../helpers/media/media.ts';
import { playFrom, publishTo, type WirePacket } from '../../helpers/rtmp-client.ts';
import { startServer } from '../../helpers/server.ts';

/** The packets of a viewer that joined before the first one. */
export async function relay(packets: readonly WirePacket[], config = {}): Promise<string[]> {
  const server = await startServer({ config });
  const publisher = await publishTo(server.rtmp('live/movie'));
  const player = await playFrom(server.rtmp('live/movie'));
  await publisher.sendAll(packets);
  await publisher.leave();
  return describePackets(await player.all());
}

/** The packets of a viewer that joins when all of these have been published. */
export async function joinAfter(packets: readonly WirePacket[], config = {}): Promise<WirePacket[]> {
  const server = await startServer({ config });
  const publisher = await publishTo(server.rtmp('live/movie'));
  const early = await playFrom(server.rtmp('live/movie'));
  await publisher.sendAll(packets);
  await early.received(packets.filter((packet) => packet.kind !== 'data').length);
  const late = await playFrom(server.rtmp('live/movie'));
  await publisher.leave();
  return late.all();
}

/** The packets of a viewer that joins after `count` of them, on a server without a GOP cache. */
export async function joinWithoutCache(packets: readonly WirePacket[], count: number): Promise<WirePacket[]> {
  const server = await startServer({ config: { gop_num: 0 } });
  const publisher = await publishTo(server.rtmp('live/movie'));
  const early = await playFrom(server.rtmp('live/movie'));
  await publisher.sendAll(packets.slice(0, count));
  await early.received(count);
  const joined = server.saw('playStart');
  const late = await playFrom(server.rtmp('live/movie'));
  await joined;
  await publisher.sendAll(packets.slice(count));
  await publisher.leave();
  return late.all();
}
