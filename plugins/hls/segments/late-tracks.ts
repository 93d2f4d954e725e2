// Tracks that have yet to come. Silence and a black picture stand in for them, because no browser adds a track to what it
// plays: hls.js fails when one joins.
import { LivegoError } from 'livego';
import {
  announcedTracks,
  describeAudio,
  describeVideo,
  expectedAac,
  MediaPacket,
  parseMetadata,
  type AnnouncedTracks,
} from 'livego/media';
import type { HlsOptions } from '../schema.ts';

/** An audio encoder that is there has sent its sequence header by then. */
const AUDIO_PATIENCE_MS = 1000;
/** A camera may need longer. */
const VIDEO_PATIENCE_MS = 4000;
/** SoundFormat 10, 44 kHz, 16 bit, stereo, as for all AAC; then AACPacketType 0 (FLV spec E.4.2). */
const AAC_SEQUENCE_HEADER = Buffer.of(0xaf, 0);
/** A black picture of 160x90 in H.264 (baseline), as bodies of video tags. */
const BLACK_HEADER = Buffer.from(
  '17000000000142c00affe100186742c00ada0a37e4c044000003000400000300083c489a8001000568ce0f2c80',
  'hex',
);
const BLACK_KEYFRAME = Buffer.from(
  `17010000000000003c658884057fffff0f45000142df${'27'.repeat(10)}${'5d75d7'.repeat(12)}5d78`,
  'hex',
);

export interface BlackPicture {
  readonly header: MediaPacket;
  readonly keyframe: MediaPacket;
}

export class LateTracks {
  /** Undefined while the publisher has said nothing of its tracks. */
  #announced: AnnouncedTracks | undefined;
  /** Undefined for a codec that has no silence here. */
  #config = expectedAac({});
  /** Timestamp of the first frame of the track that does not wait for the other. */
  #firstPicture: number | undefined;
  #firstSound: number | undefined;
  /** Tracks that have come, or will not be waited for. */
  readonly #settled = new Set<'audio' | 'video'>();

  /** Takes the publisher's metadata. */
  noteMetadata(payload: Buffer): void {
    const properties = readProperties(payload);
    if (!properties) return;
    this.#announced = announcedTracks(payload);
    this.#config = expectedAac(properties);
  }

  /** Whether segments wait for video. */
  expectsVideo({ tracksFromStart }: HlsOptions): boolean {
    if (this.#settled.has('video')) return false;
    if (tracksFromStart === 'auto') return this.#announced?.video === true;
    return tracksFromStart === 'both';
  }

  /** The track has come. */
  settle(kind: 'audio' | 'video'): void {
    this.#settled.add(kind);
  }

  /** The sequence header by which silence begins, if it is time for it before this picture. */
  silenceBefore({ timestamp }: MediaPacket, options: HlsOptions): MediaPacket | undefined {
    if (this.#settled.has('audio')) return undefined;
    this.#firstPicture ??= timestamp;
    const patience = Math.min(AUDIO_PATIENCE_MS, options.segmentSeconds * 500);
    if (timestamp - this.#firstPicture < patience) return undefined;
    this.settle('audio');
    if (!this.#config || !this.#expectsAudio(options)) return undefined;
    const payload = Buffer.concat([AAC_SEQUENCE_HEADER, this.#config]);
    return new MediaPacket(describeAudio(payload), timestamp, payload);
  }

  /** The picture to begin with, if it is time for it before this sound. */
  blackBefore({ timestamp }: MediaPacket, options: HlsOptions): BlackPicture | undefined {
    if (!this.expectsVideo(options)) return undefined;
    this.#firstSound ??= timestamp;
    if (timestamp - this.#firstSound < VIDEO_PATIENCE_MS) return undefined;
    this.settle('video');
    return {
      header: new MediaPacket(describeVideo(BLACK_HEADER), timestamp, BLACK_HEADER),
      keyframe: new MediaPacket(describeVideo(BLACK_KEYFRAME), timestamp, BLACK_KEYFRAME),
    };
  }

  #expectsAudio({ tracksFromStart }: HlsOptions): boolean {
    if (tracksFromStart === 'auto') return this.#announced?.audio !== false;
    return tracksFromStart === 'both';
  }
}

function readProperties(payload: Buffer): ReturnType<typeof parseMetadata> {
  try {
    return parseMetadata(payload);
  } catch (error) {
    if (error instanceof LivegoError) return undefined;
    throw error;
  }
}
