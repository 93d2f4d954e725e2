// FLV packets into MPEG-TS segments: H.264 and HEVC, AAC, MP3, AC-3 and E-AC-3, each with or without the other kind.
// The caller decides where one segment ends and the next begins; timestamps and counters continue across the cut.
import type { MediaPacket } from '../packet.ts';
import { parseAudioBody, parseVideoBody } from '../flv/tag-body.ts';
import { AUDIO_PID, RANDOM_ACCESS_INDICATOR, VIDEO_PID } from './packet-layout.ts';
import { pesHeaderLength, writePesHeader, type PesHeader } from './pes-header.ts';
import { ProgramClock } from './program-clock.ts';
import { ProgramTables, TABLES_BYTES } from './program-tables.ts';
import type { ProgramStream } from './psi.ts';
import { SegmentBuffer } from './segment-buffer.ts';
import { streamTypeOf, type StreamType } from './stream-type.ts';
import { TICKS_PER_MS } from './timestamp.ts';
import type { AccessUnitWriter } from './tracks/access-unit.ts';
import { readCodedAudio, readCodedVideo, type CodedAudio, type CodedVideo } from './tracks/coded-data.ts';
import { PendingAudio } from './tracks/pending-audio.ts';
import { VideoTrack } from './tracks/video-track.ts';
import { TransportPid } from './transport-pid.ts';
import { TransportWriter } from './transport-writer.ts';

export interface SegmentMuxerOptions {
  /** Most bytes of one segment; frames that would exceed it are dropped and counted. Default: 64 MiB. */
  readonly maxSegmentBytes?: number;
  /** Enhanced RTMP tracks to carry; all others are ignored. Default: 0. */
  readonly videoTrack?: number;
  readonly audioTrack?: number;
}

/**
 * Added to every time of the source, in ticks: 10 s, as Apple's segmenter does. The clock runs ahead of the frames and
 * decoding ahead of presentation, and neither may be negative.
 */
export const TIMESTAMP_OFFSET = 10_000 * TICKS_PER_MS;

const DEFAULT_MAX_SEGMENT_BYTES = 64 * 1024 * 1024;

/**
 * Builds one segment at a time. `push` packets into it, `cut` takes it.
 *
 * Frames that cannot be carried (another codec, no decoder configuration yet, a damaged frame) are dropped and counted.
 * So are frames of a codec that changes within a segment, until the cut. Audio that is configured and missing beside video
 * is replaced by silence.
 */
export class SegmentMuxer {
  readonly #segment: SegmentBuffer;
  readonly #writer: TransportWriter;
  readonly #clock: ProgramClock;
  readonly #videoTrack: number;
  readonly #audioTrack: number;
  readonly #video = new VideoTrack();
  readonly #audio = new PendingAudio(() => this.#flushAudio());
  readonly #tables = new ProgramTables();
  readonly #videoPid = new TransportPid(VIDEO_PID);
  readonly #audioPid = new TransportPid(AUDIO_PID);
  /** Records that are filled again for each packet, so that none allocates. */
  readonly #codedVideo: CodedVideo = { start: 0, end: 0, compositionTime: 0, timestampOffsetNano: 0 };
  readonly #codedAudio: CodedAudio = { codec: undefined, start: 0, end: 0, timestampOffsetNano: 0 };
  readonly #pes: PesHeader = { streamId: 0, payloadLength: 0, pts: 0, dts: 0 };
  /** Types of the last segment that had the kind. */
  #videoType: StreamType | undefined;
  #audioType: StreamType | undefined;
  /** Type of this segment's frames. */
  #segmentVideo: StreamType | undefined;
  #dropped = 0;

  constructor(options: SegmentMuxerOptions = {}) {
    this.#segment = new SegmentBuffer(options.maxSegmentBytes ?? DEFAULT_MAX_SEGMENT_BYTES);
    this.#writer = new TransportWriter(this.#segment);
    this.#clock = new ProgramClock(this.#writer);
    this.#videoTrack = options.videoTrack ?? 0;
    this.#audioTrack = options.audioTrack ?? 0;
  }

  /** Bytes of the segment so far, without the audio that still waits for its PES packet. */
  get byteLength(): number {
    return this.#segment.length;
  }

  /** Frames dropped since the muxer was made. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Adds a packet to the segment; data packets are ignored. Throws `LVG_FLV` and `LVG_MEDIA` for a malformed message or
   * decoder configuration; the muxer can continue with the next packet.
   */
  push(packet: MediaPacket): void {
    if (packet.kind === 'video') {
      if (packet.track === this.#videoTrack) this.#pushVideo(packet);
    } else if (packet.kind === 'audio' && packet.track === this.#audioTrack) {
      this.#pushAudio(packet);
    }
  }

  /** The segment is to have silence from its first picture on, in place of audio that has been configured late or not come. */
  expectAudio(): void {
    this.#audio.expect();
  }

  /**
   * Ends the segment: its bytes, which begin with PAT and PMT, or undefined if no frame was in it.
   *
   * @param next 'discontinuity' if the next times are unrelated to those so far
   */
  cut(next: 'continue' | 'discontinuity' = 'continue'): Buffer | undefined {
    this.#audio.finish();
    const segment = this.#segment.length <= TABLES_BYTES ? undefined : this.#finish();
    this.#segmentVideo = undefined;
    this.#audio.endSegment();
    this.#clock.beginSegment();
    if (next === 'discontinuity') this.#restart();
    return segment;
  }

  /** After a cut: gives up the memory in which the next segment would begin, because none follows for now. */
  release(): void {
    this.#segment.release();
    this.#video.release();
    this.#audio.queue.release();
  }

  #finish(): Buffer {
    const streams: ProgramStream[] = [];
    // A stream that pauses for a segment stays in the map: players stumble over maps that change.
    this.#videoType = this.#segmentVideo ?? this.#videoType;
    this.#audioType = this.#audio.type ?? this.#audioType;
    if (this.#videoType !== undefined) streams.push({ pid: VIDEO_PID, streamType: this.#videoType });
    if (this.#audioType !== undefined) streams.push({ pid: AUDIO_PID, streamType: this.#audioType });
    this.#tables.write(this.#segment.bytes, { pcrPid: this.#clock.pid ?? VIDEO_PID, streams });
    return this.#segment.take();
  }

  #restart(): void {
    this.#clock.restart();
    this.#video.resetTimes();
    this.#audio.reset();
    // The source may continue with other streams.
    this.#videoType = undefined;
    this.#audioType = undefined;
  }

  #pushVideo(packet: MediaPacket): void {
    const { codec, payload } = packet;
    if (codec !== 'avc' && codec !== 'hevc') {
      this.#dropped++;
      return;
    }
    if (packet.header) {
      this.#video.configure(codec, parseVideoBody(payload).data);
      return;
    }
    const coded = this.#codedVideo;
    if (!readCodedVideo(payload, coded)) return;
    const type = streamTypeOf(codec);
    const unit = this.#video.writerOf(codec);
    const place = packet.keyframe ? 'keyframe' : 'inter';
    const size = unit?.measure(payload, coded.start, coded.end, place) ?? 0;
    if (type === undefined || unit === undefined || size === 0 || !this.#begin()) {
      this.#dropped++;
      return;
    }
    this.#segmentVideo ??= type;
    if (this.#segmentVideo === type) this.#writeVideo(packet, unit, size);
    else this.#dropped++;
  }

  #writeVideo(packet: MediaPacket, unit: AccessUnitWriter, size: number): void {
    this.#video.time(packet.timestamp * TICKS_PER_MS + TIMESTAMP_OFFSET, this.#codedVideo);
    const { pts, dts } = this.#video;
    this.#audio.fillUpTo(dts);
    if (this.#audio.queue.isDue(dts)) this.#flushAudio();
    const clock = this.#clock.advance(this.#videoPid, this.#videoPid, dts);
    const pes = this.#pes;
    pes.streamId = this.#segmentVideo?.streamId ?? 0;
    pes.payloadLength = size;
    pes.pts = pts;
    pes.dts = dts;
    const header = pesHeaderLength(pes);
    const flags = packet.keyframe ? clock | RANDOM_ACCESS_INDICATOR : clock;
    const offset = this.#writer.begin(header + size, flags, this.#clock.value);
    if (offset < 0) {
      this.#dropped++;
      return;
    }
    const { target } = this.#writer;
    // The access unit first: writing it spoils bytes before its place.
    unit.write(target, offset + header);
    writePesHeader(target, offset, pes);
    this.#writer.end(this.#videoPid);
  }

  #pushAudio(packet: MediaPacket): void {
    const { payload } = packet;
    if (packet.header) return this.#configureAudio(payload);
    const coded = this.#codedAudio;
    if (!readCodedAudio(payload, coded)) return;
    const { track } = this.#audio;
    const kind = track.kindOf(payload, coded);
    if (kind === undefined || track.sizeOf(payload, coded) === 0 || !this.#begin()) {
      this.#dropped++;
      return;
    }
    const source =
      packet.timestamp * TICKS_PER_MS + TIMESTAMP_OFFSET + (coded.timestampOffsetNano * 9) / 100_000;
    if (!this.#audio.add(payload, coded, kind, Math.round(source))) this.#dropped++;
  }

  #configureAudio(payload: Buffer): void {
    this.#flushAudio();
    const { codec, data } = parseAudioBody(payload);
    if (codec === 'aac') this.#audio.configure(data);
  }

  /** Leaves room for the tables before the first frame; false if the segment's limit has no place even for them. */
  #begin(): boolean {
    if (this.#segment.length > 0) return true;
    if (!this.#segment.reserve(TABLES_BYTES)) return false;
    this.#segment.append(TABLES_BYTES);
    this.#audio.beginSegment();
    return true;
  }

  /** Writes the frames that wait, as one PES packet. */
  #flushAudio(): void {
    const { queue, type } = this.#audio;
    const { frames, length, pts, bytes } = queue;
    if (length === 0 || type === undefined) return;
    queue.clear();
    // Audio carries the clock only if the stream has had no video so far.
    const video = this.#segmentVideo ?? this.#videoType;
    const preferred = video === undefined ? this.#audioPid : this.#videoPid;
    const clock = this.#clock.advance(this.#audioPid, preferred, pts);
    const flags = this.#clock.pid === AUDIO_PID ? clock | RANDOM_ACCESS_INDICATOR : 0;
    const pes = this.#pes;
    pes.streamId = type.streamId;
    pes.payloadLength = length;
    pes.pts = pts;
    pes.dts = pts;
    const offset = this.#writer.begin(pesHeaderLength(pes) + length, flags, this.#clock.value);
    if (offset < 0) {
      this.#dropped += frames;
      return;
    }
    const { target } = this.#writer;
    bytes.copy(target, writePesHeader(target, offset, pes), 0, length);
    this.#writer.end(this.#audioPid);
  }
}
