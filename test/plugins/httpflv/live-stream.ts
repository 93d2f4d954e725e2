// A live stream for the viewers of a test.
import { isKeyframe } from '../../helpers/media/media.ts';
import { playFrom, publishTo, type WirePacket } from '../../helpers/rtmp-client.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';

/** A stream that is live. These packets of it have been published. */
export async function liveStream(
  packets: readonly WirePacket[] = [],
  config = {},
): Promise<{ server: TestServer; publisher: Awaited<ReturnType<typeof publishTo>> }> {
  const server = await startServer({ config });
  const publisher = await publishTo(server.rtmp('live/movie'));
  const witness = await playFrom(server.rtmp('live/movie'));
  await publisher.sendAll(packets);
  const media = packets.filter((packet) => packet.kind !== 'data').length;
  if (packets.some(isKeyframe)) await witness.received(media);
  witness.vanish();
  return { server, publisher };
}
