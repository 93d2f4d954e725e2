// The classic list of streams: GET /stat/livestat.
import { eachInTurns, mapInTurns } from 'livego';
import type { ListedViewer } from '../figures/session-figures.ts';
import type { ListedStream, StreamFigures } from '../figures/stream-figures.ts';

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
  readonly streams: readonly ListedStream[];
  readonly viewers: readonly ListedViewer[];
  /** The host of addresses. */
  readonly host: string;
}

/** @param room - "app/name": this stream alone */
export async function classicList(
  { streams, viewers, host }: ClassicSource,
  room: string | null,
): Promise<ClassicReply> {
  const wanted = streams.filter(({ key }) => room === null || key === room);
  const published = wanted.filter(({ figures }) => figures.publisher);
  if (room !== null && published.length === 0) return { status: 404, data: 'room not found or inactive' };
  const publishers = await mapInTurns(published, ({ figures }) => publisherOf(figures, host));
  const byKey = new Map(wanted.map(({ key, figures }) => [key, figures]));
  const players: ClassicStream[] = [];
  await eachInTurns(viewers, (viewer) => {
    const stream = byKey.get(viewer.key);
    if (stream) players.push(playerOf(viewer, stream, host));
  });
  return { status: 200, data: { publishers: orNull(publishers), players: orNull(players) } };
}

function publisherOf(stream: StreamFigures, host: string): ClassicStream {
  const { video, audio } = stream.bytes;
  return describe(stream, host, { video, audio });
}

// Viewers are sent both kinds in one piece, so their bytes are divided as those of the stream are.
function playerOf({ sentBytes }: ListedViewer, stream: StreamFigures, host: string): ClassicStream {
  const { video, audio } = stream.bytes;
  const share = video / Math.max(1, video + audio);
  return describe(stream, host, {
    video: Math.round(sentBytes * share),
    audio: Math.round(sentBytes * (1 - share)),
  });
}

function describe(
  { stream, video, audio }: StreamFigures,
  host: string,
  bytes: { readonly video: number; readonly audio: number },
): ClassicStream {
  return {
    key: stream,
    url: `rtmp://${host}/${stream}`,
    stream_id: STREAM_ID,
    video_total_bytes: bytes.video,
    video_speed: Math.round(video?.kbps.last5Seconds ?? 0),
    audio_total_bytes: bytes.audio,
    audio_speed: Math.round(audio?.kbps.last5Seconds ?? 0),
  };
}

function orNull<Item>(items: readonly Item[]): readonly Item[] | null {
  return items.length > 0 ? items : null;
}
