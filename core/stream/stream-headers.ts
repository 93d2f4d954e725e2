// Metadata and sequence headers of a stream, and the tracks that follow from them.
import type { Logger } from '../log/log.ts';
import { announcedTracks, NOTHING_ANNOUNCED, type AnnouncedTracks } from '../media/flv/announced-tracks.ts';
import type { AudioCodec, MediaKind, MediaPacket, VideoCodec } from '../media/packet.ts';

/** Metadata and sequence headers of all tracks together; real ones have a few kilobytes. */
const MAX_HEADERS_BYTES = 1024 * 1024;

/** A track that is announced but sends nothing for this much stream time is not waited for. */
const ANNOUNCEMENT_TRUST_MS = 2000;

const RANK: Readonly<Record<MediaKind, number>> = { data: 0, video: 1, audio: 2 };

/** The codec of each track that the stream has carried. */
export interface StreamTracks {
  readonly video: VideoCodec | undefined;
  readonly audio: AudioCodec | undefined;
}

export class StreamHeaders {
  readonly #displayKey: string;
  readonly #log: Logger;
  #packets: readonly MediaPacket[] = [];
  #version = 0;
  #omitted = 0;
  #video: VideoCodec | undefined;
  #audio: AudioCodec | undefined;
  #announced: AnnouncedTracks = NOTHING_ANNOUNCED;

  constructor(displayKey: string, log: Logger) {
    this.#displayKey = displayKey;
    this.#log = log;
  }

  /** Metadata, and the newest sequence header and supplement of each track, in the order a player wants them. */
  get packets(): readonly MediaPacket[] {
    return this.#packets;
  }

  /** Changes whenever `packets` does. */
  get version(): number {
    return this.#version;
  }

  /** A track is known from its first packet on. */
  get tracks(): StreamTracks {
    return { video: this.#video, audio: this.#audio };
  }

  /**
   * The tracks a viewer can count on: those that have arrived, and in the publisher's first moments those that its metadata
   * announces. Later an announcement is not trusted any more: some publishers announce audio and never send it.
   *
   * @param ageMs - stream time since the publisher's first packet
   */
  expectedTracks(ageMs: number): AnnouncedTracks {
    const announced = ageMs < ANNOUNCEMENT_TRUST_MS ? this.#announced : NOTHING_ANNOUNCED;
    return {
      video: this.#video !== undefined || announced.video,
      audio: this.#audio !== undefined || announced.audio,
    };
  }

  /** Notes the codec of a track's first packet. */
  noteTrack(packet: MediaPacket): void {
    if (packet.kind === 'video') this.#video ??= packet.codec as VideoCodec | undefined;
    else if (packet.kind === 'audio') this.#audio ??= packet.codec as AudioCodec | undefined;
  }

  /** Keeps a header in place of the one before it. One with the same bytes changes nothing. */
  keep(packet: MediaPacket): void {
    const same = (each: MediaPacket) =>
      each.kind === packet.kind && each.track === packet.track && each.supplement === packet.supplement;
    const old = this.#packets.find(same);
    if (old?.payload.equals(packet.payload)) return;
    if (packet.kind === 'data') this.#announced = announcedTracks(packet.payload);
    if (!packet.supplement) this.#noteCodec(packet);
    const rest = this.#packets.filter((each) => !same(each));
    if (rest.reduce((sum, each) => sum + each.payload.length, packet.payload.length) > MAX_HEADERS_BYTES) {
      return this.#leaveOut(packet);
    }
    this.#packets = [...rest, packet].toSorted((one, other) => RANK[one.kind] - RANK[other.kind]);
    this.#version++;
  }

  #noteCodec({ kind, codec, track }: MediaPacket): void {
    if (kind === 'video' && track === 0) this.#video = codec as VideoCodec;
    if (kind === 'audio' && track === 0) this.#audio = codec as AudioCodec;
  }

  /** Another publisher follows, with headers of its own. */
  reset(): void {
    this.#packets = [];
    this.#omitted = 0;
    this.#version++;
    this.#video = undefined;
    this.#audio = undefined;
    this.#announced = NOTHING_ANNOUNCED;
  }

  // Logged once for each publisher, which could fill the log otherwise.
  #leaveOut({ kind, track }: MediaPacket): void {
    if (this.#omitted++ > 0) return;
    this.#log.warn(
      { stream: this.#displayKey, kind, track },
      `the publisher’s headers exceed ${MAX_HEADERS_BYTES} bytes; late joiners do not get the newest`,
    );
  }
}
