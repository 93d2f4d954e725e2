// The figures of streams, as lists show them.
import type { SessionView, StreamView } from 'livego';
import type { StatState } from '../state.ts';

export type StreamFigures = ReturnType<typeof streamFigures>;

/** A stream's figures, with what its place in lists is found by. */
export interface ListedStream {
  /** It may hold a secret, and is not shown. */
  readonly key: string;
  /** Stream time of the newest frame. */
  readonly timestampMs: number;
  readonly figures: StreamFigures;
}

/** Viewers by the key of their stream and by protocol. */
export type ViewersByStream = ReadonlyMap<string, Readonly<Record<string, number>>>;

export function countViewers(sessions: Iterable<SessionView>): ViewersByStream {
  const counts = new Map<string, Record<string, number>>();
  for (const { role, key, client } of sessions) {
    if (role !== 'play') continue;
    const ofStream = counts.get(key) ?? {};
    ofStream[client.protocol] = (ofStream[client.protocol] ?? 0) + 1;
    counts.set(key, ofStream);
  }
  return counts;
}

export function addViewers(counts: readonly ViewersByStream[]): ViewersByStream {
  const [only] = counts;
  if (only && counts.length === 1) return only;
  const sums = new Map<string, Record<string, number>>();
  for (const [key, byProtocol] of counts.flatMap((each) => [...each])) {
    const sum = sums.get(key) ?? {};
    for (const [protocol, count] of Object.entries(byProtocol)) sum[protocol] = (sum[protocol] ?? 0) + count;
    sums.set(key, sum);
  }
  return sums;
}

export function listStream(stream: StreamView, state: StatState): ListedStream {
  const { videoTimestamp, audioTimestamp } = stream.timing;
  return {
    key: stream.key,
    timestampMs: videoTimestamp ?? audioTimestamp ?? 0,
    figures: streamFigures(stream, state),
  };
}

function streamFigures(stream: StreamView, state: StatState) {
  const { app, displayKey, counters, gopFigures, viewerCount, startedAt, origin } = stream;
  return {
    stream: displayKey,
    app,
    name: displayKey.slice(app.length + 1),
    state: stream.state,
    origin,
    startedAt: startedAt.toISOString(),
    seconds: secondsSince(startedAt),
    publisher: publisherFigures(stream),
    ...trackFigures(stream, state),
    kbps: round(state.meters.of(stream).rates.short.totalKbps),
    bytes: { audio: counters.audioBytes, video: counters.videoBytes, data: counters.dataBytes },
    packets: counters.packets,
    timestampJumps: counters.timestampJumps,
    driftMs: driftOf(stream),
    gopCache: gopFigures,
    viewers: viewerCount,
    // Of all workers: the one that is asked adds them up.
    viewersByProtocol: {} as Readonly<Record<string, number>>,
    alerts: state.alerts.raisedOf(stream).map(({ code, message }) => ({ code, message })),
  };
}

function publisherFigures({ publisher }: StreamView) {
  if (!publisher) return null;
  const { id, client, startedAt } = publisher;
  return {
    session: id,
    client: client.id,
    protocol: client.protocol,
    remote: client.remote,
    userAgent: client.userAgent ?? null,
    startedAt: startedAt.toISOString(),
  };
}

function trackFigures(stream: StreamView, { meters }: StatState) {
  const { timing, counters } = stream;
  const meter = meters.of(stream);
  const { video, audio } = meter.tracks;
  const { short, long } = meter.rates;
  const { gopMs, gopFrames, videoTimestamp, keyframeTimestamp } = timing;
  return {
    video: video
      ? {
          codec: video.codec,
          profile: video.profile,
          level: video.level,
          width: video.width,
          height: video.height,
          announcedFrameRate: video.announcedFrameRate,
          frameRate: round(short.videoFrames),
          kbps: { last5Seconds: round(short.videoKbps), last60Seconds: round(long.videoKbps) },
          keyframes: counters.keyframes,
          gopSeconds: gopMs === undefined ? null : gopMs / 1000,
          gopFrames: gopFrames ?? null,
          keyframeAgeMs:
            keyframeTimestamp === undefined
              ? null
              : (videoTimestamp ?? keyframeTimestamp) - keyframeTimestamp,
          bFrames: timing.reorderedFrames > 0,
        }
      : null,
    audio: audio
      ? {
          codec: audio.codec,
          profile: audio.profile,
          sampleRate: audio.sampleRate,
          channels: audio.channels,
          frameRate: round(short.audioFrames),
          kbps: { last5Seconds: round(short.audioKbps), last60Seconds: round(long.audioKbps) },
        }
      : null,
  };
}

/** How far audio is behind video; null without one of the two. */
export function driftOf({ timing: { audioTimestamp, videoTimestamp } }: StreamView): number | null {
  if (audioTimestamp === undefined || videoTimestamp === undefined) return null;
  return videoTimestamp - audioTimestamp;
}

export function secondsSince(time: Date): number {
  return Math.max(0, Math.round((Date.now() - time.getTime()) / 1000));
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
