// Sources: RTMP plays, and FLV by HTTP or WebSocket. Whatever the protocol, out come packets.
import { FlvLink } from './flv-link.ts';
import type { Link, LinkSettings, SourceEvents } from './link.ts';
import { RtmpLink } from './rtmp-link.ts';
import { readMessage } from './source-data.ts';

const PLAY_CHUNK_SIZE = 65_536;

export function openSource(settings: LinkSettings, events: SourceEvents): Link {
  const { scheme } = settings.address;
  if (scheme !== 'rtmp' && scheme !== 'rtmps') return new FlvLink(settings, events);
  let playing = false;
  const link: RtmpLink = new RtmpLink({
    ...settings,
    mode: 'play',
    chunkSize: PLAY_CHUNK_SIZE,
    events,
    media: (message) => {
      const packet = readMessage(message);
      if (packet === undefined) return;
      if (!playing) link.playing();
      playing = true;
      events.packet(packet.info, message.timestamp, packet.payload);
    },
  });
  return link;
}
