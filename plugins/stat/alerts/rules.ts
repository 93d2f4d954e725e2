// What may be wrong with a publisher, each in one sentence with the way out.
import type { StreamView } from 'livego';
import { isCarriedByTs } from 'livego/media';
import type { Rates, StreamMeter } from '../figures/stream-meter.ts';
import type { AlertOptions } from '../schema.ts';

export interface Finding {
  /** "keyframe-interval" */
  readonly code: string;
  readonly message: string;
}

/** All that rules look at. */
interface Facts {
  readonly stream: StreamView;
  readonly options: AlertOptions;
  readonly short: Rates;
  readonly long: Rates;
  readonly hlsIsOn: boolean;
  readonly metadata: StreamMeter['metadata'];
  readonly earlierLows: StreamMeter['earlierLows'];
  /** Since the publisher came. */
  readonly seconds: number;
}

type Rule = (facts: Facts) => Finding | undefined;

/** Codecs that cannot be decoded without a sequence header. */
const NEED_HEADERS: ReadonlySet<string> = new Set(['avc', 'hevc', 'vvc', 'av1', 'aac']);
/** Codecs whose frames are small when there is nothing to be heard. */
const SHRINKING: ReadonlySet<string> = new Set(['aac', 'opus']);
/** Rates of the first moments say nothing. */
const SETTLING_SECONDS = 20;
const MIN_KBPS = 50;

export function findFaults(
  stream: StreamView,
  meter: StreamMeter,
  options: AlertOptions,
  hlsIsOn: boolean,
): readonly Finding[] {
  const { publisher } = stream;
  if (!publisher) return [];
  const seconds = (Date.now() - publisher.startedAt.getTime()) / 1000;
  const { metadata, earlierLows, rates } = meter;
  const facts = { stream, options, hlsIsOn, seconds, metadata, earlierLows, ...rates };
  return RULES.flatMap((rule) => rule(facts) ?? []);
}

const keyframeInterval: Rule = ({ stream, options: { maxKeyframeSeconds } }) => {
  const { gopMs = 0, keyframeTimestamp, videoTimestamp } = stream.timing;
  if (maxKeyframeSeconds === 0 || videoTimestamp === undefined) return undefined;
  const since = keyframeTimestamp === undefined ? 0 : videoTimestamp - keyframeTimestamp;
  const worst = Math.max(gopMs, since) / 1000;
  if (worst <= maxKeyframeSeconds) return undefined;
  const message = `keyframes are ${worst.toFixed(1)} s apart; viewers wait that long for a picture. Set the encoder’s keyframe interval to 2 s`;
  return { code: 'keyframe-interval', message };
};

const bitrateLow: Rule = ({ short, long, earlierLows, options: { minBitrateShare } }) => {
  if (!earlierLows || long.totalKbps < MIN_KBPS || short.totalKbps >= earlierLows.totalKbps * minBitrateShare)
    return undefined;
  const message = `the bitrate has fallen from ${kbps(long)} to ${kbps(short)}; check the publisher’s upload and its encoder, and whether its picture stands still`;
  return { code: 'bitrate-low', message };
};

const bitrateHigh: Rule = ({ metadata, long, seconds, options: { maxBitrateShare } }) => {
  if (maxBitrateShare === 0 || seconds < SETTLING_SECONDS) return undefined;
  const { announced, received } = announcedRates(metadata, long);
  if (announced < MIN_KBPS || received <= announced * maxBitrateShare) return undefined;
  const message = `the bitrate is ${Math.round(received)} kbit/s, and the publisher announces ${Math.round(announced)} kbit/s; set a constant bitrate in the encoder`;
  return { code: 'bitrate-high', message };
};

const frameRate: Rule = ({ short, long, earlierLows, options: { maxFrameRateChange } }) => {
  // A track that has stopped is another fault.
  if (maxFrameRateChange === 0 || !earlierLows || short.videoFrames === 0) return undefined;
  if (short.videoFrames >= earlierLows.videoFrames * (1 - maxFrameRateChange)) return undefined;
  const message = `the frame rate has fallen from ${long.videoFrames.toFixed(1)} to ${short.videoFrames.toFixed(1)} frames/s; the encoder or its computer may be overloaded`;
  return { code: 'frame-rate', message };
};

const noAudio: Rule = ({ stream, metadata, short, seconds, options: { audioTimeoutSeconds } }) => {
  if (audioTimeoutSeconds === 0 || seconds < audioTimeoutSeconds) return undefined;
  const isExpected = stream.tracks.audio !== undefined || announces(metadata['audiocodecid']);
  if (!isExpected || short.audioFrames > 0 || short.videoFrames === 0) return undefined;
  const message = 'video arrives and audio does not; check the audio source of the encoder';
  return { code: 'no-audio', message };
};

const noVideo: Rule = ({ stream, metadata, short, seconds, options: { audioTimeoutSeconds } }) => {
  if (audioTimeoutSeconds === 0 || seconds < audioTimeoutSeconds) return undefined;
  const isExpected = stream.tracks.video !== undefined || announces(metadata['videocodecid']);
  if (!isExpected || short.videoFrames > 0 || short.audioFrames === 0) return undefined;
  return {
    code: 'no-video',
    message: 'audio arrives and video does not; check the camera or the scene of the encoder',
  };
};

const silentAudio: Rule = ({ stream, short, seconds, options: { minAudioFrameBytes } }) => {
  if (seconds < SETTLING_SECONDS || !SHRINKING.has(stream.tracks.audio ?? '') || short.audioFrames === 0)
    return undefined;
  if (short.audioFrameBytes >= minAudioFrameBytes) return undefined;
  return {
    code: 'silent-audio',
    message: 'the audio track is silent; check that the microphone is not muted',
  };
};

const drift: Rule = ({ stream, short, options: { maxDriftMs } }) => {
  const { audioTimestamp, videoTimestamp } = stream.timing;
  if (maxDriftMs === 0 || audioTimestamp === undefined || videoTimestamp === undefined) return undefined;
  // A track that has stopped is another fault.
  if (short.audioFrames === 0 || short.videoFrames === 0) return undefined;
  const driftMs = videoTimestamp - audioTimestamp;
  if (Math.abs(driftMs) <= maxDriftMs) return undefined;
  const message = `audio is ${(Math.abs(driftMs) / 1000).toFixed(1)} s ${driftMs > 0 ? 'behind' : 'ahead of'} video; restart the encoder, and give both the same clock`;
  return { code: 'drift', message };
};

const jumps: Rule = ({ long }) => {
  if (long.timestampJumps === 0) return undefined;
  const times = long.timestampJumps === 1 ? 'once' : `${long.timestampJumps} times`;
  const message = `timestamps have jumped ${times} in the last minute; the clock of the encoder or of its source is not steady`;
  return { code: 'timestamp-jumps', message };
};

const noHeaders: Rule = ({ stream, seconds }) => {
  if (seconds < 5) return undefined;
  const { video, audio } = stream.tracks;
  const lacks = (kind: 'video' | 'audio', codec: string | undefined): boolean =>
    NEED_HEADERS.has(codec ?? '') && !stream.headers.some((header) => header.kind === kind);
  const kind = lacks('video', video) ? 'video' : lacks('audio', audio) ? 'audio' : undefined;
  if (!kind) return undefined;
  const message = `the publisher has sent no sequence header for its ${kind}, so nobody can decode it; start it again`;
  return { code: 'no-headers', message };
};

const codecForHls: Rule = ({ stream, hlsIsOn }) => {
  if (!hlsIsOn) return undefined;
  const { video, audio } = stream.tracks;
  const unfit = [video, audio].find((codec) => codec !== undefined && !isCarriedByTs(codec));
  if (unfit === undefined) return undefined;
  const message = `HLS is on and cannot carry ${unfit}; publish H.264 or HEVC with AAC, or switch HLS off for this application`;
  return { code: 'codec-hls', message };
};

const RULES: readonly Rule[] = [
  keyframeInterval,
  bitrateLow,
  bitrateHigh,
  frameRate,
  noAudio,
  noVideo,
  silentAudio,
  drift,
  jumps,
  noHeaders,
  codecForHls,
];

function kbps({ totalKbps }: Rates): string {
  return `${Math.round(totalKbps)} kbit/s`;
}

/** In kbit/s, of the tracks whose rate is announced: encoders with a constant quality announce 0 for video. */
function announcedRates(
  { videodatarate, audiodatarate }: StreamMeter['metadata'],
  { videoKbps, audioKbps }: Rates,
): { readonly announced: number; readonly received: number } {
  const [video, audio] = [numberOf(videodatarate), numberOf(audiodatarate)];
  const received = (video > 0 ? videoKbps : 0) + (audio > 0 ? audioKbps : 0);
  return { announced: video + audio, received };
}

function announces(value: unknown): boolean {
  return value !== undefined && value !== null && value !== 0 && value !== '';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
