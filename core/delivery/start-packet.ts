// Packets with which a viewer or a sink can start.
import type { MediaPacket } from '../media/packet.ts';

/** Whether a decoder that has the headers can start with the packet. */
export function canStartAt(packet: MediaPacket, expectsVideo: boolean): boolean {
  // Every player decodes the first of several video tracks.
  if (packet.keyframe) return packet.track === 0;
  return packet.kind === 'audio' && !packet.header && !expectsVideo;
}
