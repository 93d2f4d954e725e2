// The classic list of streams: GET /stat/livestat.
import type { SessionView, StreamView } from 'livego';
import { SHORT_SECONDS } from '../figures/stream-meter.ts';
import type { StatState } from '../state.ts';

interface ClassicStream {
  readonly key: string;
  readonly url: string;
  readonly stream_id: number;
  readonly video_total_bytes: number;
  /** kbit/s */
  readonly video_speed: number;
  readonly audio_total_bytes: number;
  readonly audio_speed: number;
}

export interface ClassicReply {
  readonly status: number;
  readonly data: unknown;
}

/** What the classic server's RTMP streams are always called. */
const STREAM_ID = 1;

export interface ClassicSource {
  readonly streams: readonly StreamView[];
  readonly sessions: Iterable<SessionView>;
  readonly state: StatState;
  /** The host of addresses. */
  readonly host: string;
}

/** @param room - "app/name": this stream alone */
export function classicList(source: ClassicSource, room: string | null): ClassicReply {
  const wanted = source.streams.filter(({ key }) => room === null || key === room);
  const publishers = wanted.flatMap((stream) => (stream.publisher ? [publisherOf(stream, source)] : []));
  if (room !== null && publishers.length === 0) return { status: 404, data: 'room not found or inactive' };
  const byKey = new Map(wanted.map((stream) => [stream.key, stream]));
  const players: ClassicStream[] = [];
  for (const session of source.sessions) {
    const stream = byKey.get(session.key);
    if (session.role === 'play' && stream) players.push(playerOf(session, stream, source));
  }
  return { status: 200, data: { publishers: orNull(publishers), players: orNull(players) } };
}

function publisherOf(stream: StreamView, { state, host }: ClassicSource): ClassicStream {
  const { videoKbps, audioKbps } = state.meters.of(stream).rates(SHORT_SECONDS);
  const { videoBytes, audioBytes } = stream.counters;
  return {
    key: stream.displayKey,
    url: `rtmp://${host}/${stream.displayKey}`,
    stream_id: STREAM_ID,
    video_total_bytes: videoBytes,
    video_speed: Math.round(videoKbps),
    audio_total_bytes: audioBytes,
    audio_speed: Math.round(audioKbps),
  };
}

// Viewers are sent both kinds in one piece, so their bytes are divided as those of the stream are.
function playerOf(session: SessionView, stream: StreamView, { state, host }: ClassicSource): ClassicStream {
  const { videoKbps, audioKbps } = state.meters.of(stream).rates(SHORT_SECONDS);
  const { videoBytes, audioBytes } = stream.counters;
  const share = videoBytes / Math.max(1, videoBytes + audioBytes);
  const { sentBytes } = session.counters;
  return {
    key: session.displayKey,
    url: `rtmp://${host}/${session.displayKey}`,
    stream_id: STREAM_ID,
    video_total_bytes: Math.round(sentBytes * share),
    video_speed: Math.round(videoKbps),
    audio_total_bytes: Math.round(sentBytes * (1 - share)),
    audio_speed: Math.round(audioKbps),
  };
}

function orNull<Item>(items: readonly Item[]): readonly Item[] | null {
  return items.length > 0 ? items : null;
}
