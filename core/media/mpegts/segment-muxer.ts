// FLV packets into MPEG-TS segments: H.264 and HEVC, AAC, MP3, AC-3 and E-AC-3, each with or without the other kind.
// The caller decides where one segment ends and the next begins; timestamps and counters go on across the cut.
import type { MediaPacket } from '../packet.ts';
import { parseAudioBody, parseVideoBody } from '../flv/tag-body.ts';
import { AudioQueue } from './tracks/audio-queue.ts';
import { AudioTrack } from './tracks/audio-track.ts';
import { readCodedFrame, type CodedFrame } from './tracks/coded-frame.ts';
import { readCodedSound, type CodedSound } from './tracks/coded-sound.ts';
import { AUDIO_PID, RANDOM_ACCESS_INDICATOR, TS_PACKET, VIDEO_PID } from './packet-layout.ts';
import { pesHeaderLength, writePesHeader } from './pes-header.ts';
import { ProgramClock } from './program-clock.ts';
import { sameProgramMap, writePat, writePmt, type ProgramMap, type ProgramStream } from './psi.ts';
import { SegmentBuffer } from './segment-buffer.ts';
import { streamTypeOf, type StreamType } from './stream-type.ts';
import { TICKS_PER_MS } from './timestamp.ts';
import { TransportWriter, type TransportPid } from './transport-writer.ts';
import { VideoTrack } from './tracks/video-track.ts';

export interface SegmentMuxerOptions {
  /** Most bytes of one segment; frames that would pass it are dropped and counted. Default: 64 MiB. */
  readonly maxSegmentBytes?: number;
  /** Enhanced RTMP tracks to carry; all others are passed over. Default: 0. */
  readonly videoTrack?: number;
  readonly audioTrack?: number;
}

/**
 * What is added to every time of the source, in ticks: 10 s, as Apple's segmenter does. The clock runs ahead of the
 * frames and decoding ahead of presentation, and neither may be negative.
 */
export const TIMESTAMP_OFFSET = 10_000 * TICKS_PER_MS;

const DEFAULT_MAX_SEGMENT_BYTES = 64 * 1024 * 1024;
/** The PAT and PMT that begin a segment; written last, when it is known what it contains. */
const TABLES_BYTES = 2 * TS_PACKET;

/**
 * Builds one segment at a time. `push` packets into it, `cut` takes it.
 *
 * Frames that cannot be carried (another codec, no decoder configuration yet, a damaged frame) are dropped and
 * counted; a codec that changes within a segment has to wait for the cut.
 */
export class SegmentMuxer {
  readonly #segment: SegmentBuffer;
  readonly #writer: TransportWriter;
  readonly #clock: ProgramClock;
  readonly #videoTrack: number;
  readonly #audioTrack: number;
  readonly #video = new VideoTrack();
  readonly #audio = new AudioTrack();
  readonly #queue = new AudioQueue();
  readonly #frame: CodedFrame = { start: 0, end: 0, compositionTime: 0, timestampOffsetNano: 0 };
  readonly #sound: CodedSound = { codec: undefined, start: 0, end: 0, timestampOffsetNano: 0 };
  readonly #videoPid: TransportPid = { pid: VIDEO_PID, continuity: 0 };
  readonly #audioPid: TransportPid = { pid: AUDIO_PID, continuity: 0 };
  #videoType: StreamType | undefined;
  #audioType: StreamType | undefined;
  /** Types latched by this segment's frames. */
  #segmentVideo: StreamType | undefined;
  #segmentAudio: StreamType | undefined;
  #tableContinuity = 0;
  #version = 0;
  #map: ProgramMap | undefined;
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

  /** Frames that were dropped, since the muxer was made. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Adds a packet to the segment; data packets are passed over. Throws `LVG_FLV` and `LVG_MEDIA` for a malformed
   * message or decoder configuration, after which the muxer can go on with the next packet.
   */
  push(packet: MediaPacket): void {
    if (packet.kind === 'video') {
      if (packet.track === this.#videoTrack) this.#pushVideo(packet);
    } else if (packet.kind === 'audio' && packet.track === this.#audioTrack) {
      this.#pushAudio(packet);
    }
  }

  /**
   * Ends the segment: its bytes, which begin with PAT and PMT, or undefined when no frame was in it.
   *
   * @param next 'discontinuity' when the times of what follows have nothing to do with those before
   */
  cut(next: 'continue' | 'discontinuity' = 'continue'): Buffer | undefined {
    this.#flushAudio();
    const segment = this.#segment.length <= TABLES_BYTES ? undefined : this.#finish();
    this.#segmentVideo = undefined;
    this.#segmentAudio = undefined;
    this.#clock.beginSegment();
    if (next === 'discontinuity') this.#restart();
    return segment;
  }

  #finish(): Buffer {
    const streams: ProgramStream[] = [];
    // A stream that pauses for a segment stays in the map: players stumble over maps that change.
    this.#videoType = this.#segmentVideo ?? this.#videoType;
    this.#audioType = this.#segmentAudio ?? this.#audioType;
    if (this.#videoType !== undefined) streams.push({ pid: VIDEO_PID, streamType: this.#videoType });
    if (this.#audioType !== undefined) streams.push({ pid: AUDIO_PID, streamType: this.#audioType });
    const map: ProgramMap = { pcrPid: this.#clock.pid ?? VIDEO_PID, streams };
    if (this.#map !== undefined && !sameProgramMap(map, this.#map))
      this.#version = (this.#version + 1) & 0x1f;
    this.#map = map;
    writePat(this.#segment.bytes, 0, this.#tableContinuity, 0);
    writePmt(this.#segment.bytes, TS_PACKET, this.#tableContinuity, this.#version, map);
    this.#tableContinuity = (this.#tableContinuity + 1) & 0x0f;
    return this.#segment.take();
  }

  #restart(): void {
    this.#clock.restart();
    this.#video.resetTimes();
    this.#audio.timeline.reset();
    // What the source goes on with may have other streams.
    this.#videoType = undefined;
    this.#audioType = undefined;
  }

  #pushVideo(packet: MediaPacket): void {
    const { codec } = packet;
    if (codec !== 'avc' && codec !== 'hevc') {
      this.#dropped++;
      return;
    }
    if (packet.header) {
      this.#video.configure(codec, parseVideoBody(packet.payload).data);
      return;
    }
    const frame = this.#frame;
    if (!readCodedFrame(packet.payload, frame)) return;
    const type = streamTypeOf(codec);
    const unit = this.#video.writerOf(codec);
    const size =
      unit?.measure(packet.payload, frame.start, frame.end, packet.keyframe ? 'keyframe' : 'inter') ?? 0;
    if (type === undefined || unit === undefined || size === 0 || !this.#begin()) {
      this.#dropped++;
      return;
    }
    this.#segmentVideo ??= type;
    if (this.#segmentVideo !== type) {
      this.#dropped++;
      return;
    }
    this.#video.time(packet.timestamp * TICKS_PER_MS + TIMESTAMP_OFFSET, frame);
    const { pts, dts } = this.#video;
    if (this.#queue.isDue(dts)) this.#flushAudio();
    const clock = this.#clock.advance(this.#videoPid, this.#videoPid, dts);
    const flags = packet.keyframe ? clock | RANDOM_ACCESS_INDICATOR : clock;
    const header = pesHeaderLength(pts, dts);
    const offset = this.#writer.begin(header + size, flags, this.#clock.value);
    if (offset < 0) {
      this.#dropped++;
      return;
    }
    const bytes = this.#writer.target;
    // The access unit first: writing it spoils bytes before its place.
    unit.write(bytes, offset + header);
    writePesHeader(bytes, offset, type.streamId, size, pts, dts);
    this.#writer.end(this.#videoPid);
  }

  #pushAudio(packet: MediaPacket): void {
    const { payload } = packet;
    if (packet.header) return this.#configureAudio(payload);
    const sound = this.#sound;
    if (!readCodedSound(payload, sound)) return;
    const kind = this.#audio.kindOf(payload, sound);
    const size = this.#audio.sizeOf(sound);
    if (kind === undefined || size === 0 || !this.#begin()) {
      this.#dropped++;
      return;
    }
    this.#segmentAudio ??= kind.streamType;
    if (this.#segmentAudio !== kind.streamType) {
      this.#dropped++;
      return;
    }
    const source =
      packet.timestamp * TICKS_PER_MS + TIMESTAMP_OFFSET + (sound.timestampOffsetNano * 9) / 100_000;
    const { timeline } = this.#audio;
    const queue = this.#queue;
    const pts = timeline.advance(Math.round(source), kind.samples, kind.frequency);
    if (timeline.restarted || !queue.fits(size, pts, kind.duration)) this.#flushAudio();
    this.#audio.write(payload, sound, queue.bytes, queue.length);
    queue.add(size, pts, kind.duration);
  }

  #configureAudio(payload: Buffer): void {
    this.#flushAudio();
    const { codec, data } = parseAudioBody(payload);
    if (codec === 'aac') this.#audio.configure(data);
  }

  /** Leaves room for the tables before the first frame; false when the segment's limit has no place even for them. */
  #begin(): boolean {
    if (this.#segment.length > 0) return true;
    if (!this.#segment.reserve(TABLES_BYTES)) return false;
    this.#segment.length = TABLES_BYTES;
    return true;
  }

  #flushAudio(): void {
    const { frames, length, pts, bytes } = this.#queue;
    const type = this.#segmentAudio;
    if (length === 0 || type === undefined) return;
    this.#queue.clear();
    // Without video the clock is audio's. A stream that has shown video keeps its clock there.
    const video = this.#segmentVideo ?? this.#videoType;
    const preferred = video === undefined ? this.#audioPid : this.#videoPid;
    const clock = this.#clock.advance(this.#audioPid, preferred, pts);
    const flags = this.#clock.pid === AUDIO_PID ? clock | RANDOM_ACCESS_INDICATOR : 0;
    const offset = this.#writer.begin(pesHeaderLength(pts, pts) + length, flags, this.#clock.value);
    if (offset < 0) {
      this.#dropped += frames;
      return;
    }
    const { target } = this.#writer;
    bytes.copy(target, writePesHeader(target, offset, type.streamId, length, pts, pts), 0, length);
    this.#writer.end(this.#audioPid);
  }
}
