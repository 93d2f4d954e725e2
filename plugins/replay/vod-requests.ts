// GET /vod/APP/FILE: the file itself, from a time on, or as HLS; the play gates are asked as for a live stream.
import type { FileHandle } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Denial, type Arrival, type EndCause, type ServerContext } from 'livego';
import { readerOf } from 'livego/files';
import {
  describeHttpClient,
  limitWriteTime,
  replyDenial,
  replyFile,
  replyJson,
  type RouteMatch,
} from 'livego/http';
import { placeBefore, readOutline } from './flv-entry.ts';
import { buildPlaylist, buildSegment, readHlsOutline } from './hls-recording.ts';
import { describeRecording, type Recording } from './recording.ts';
import type { Recordings } from './recordings.ts';
import type { ReplayOptions } from './schema.ts';
import type { SegmentCache } from './segment-cache.ts';
import { sendFrom } from './send-from.ts';

const LEFT: EndCause = { code: 'left', message: 'the viewer has disconnected' };
const SERVED: EndCause = { code: 'left', message: 'the request has been answered' };
const MAX_LISTED = 1000;

/** What a URL asks for. */
type Wanted =
  | { readonly as: 'file'; readonly recording: Recording }
  | { readonly as: 'playlist'; readonly recording: Recording; readonly base: string }
  | { readonly as: 'segment'; readonly recording: Recording; readonly number: number };

export interface VodServices {
  readonly context: Pick<ServerContext, 'admission' | 'log'>;
  readonly options: ReplayOptions;
  readonly recordings: Recordings;
  readonly cache: SegmentCache;
}

export class VodRequests {
  readonly #services: VodServices;

  constructor(services: VodServices) {
    this.#services = services;
  }

  /** GET /vod: everything, or ?app=APP&name=NAME. */
  list(request: IncomingMessage, response: ServerResponse, { query }: RouteMatch): void {
    const { recordings } = this.#services;
    const all = recordings.list(query.get('app') ?? undefined, query.get('name') ?? undefined);
    const body = {
      recordings: all.slice(0, MAX_LISTED).map((each) => describeRecording(each, recordings.md5Of(each))),
      total: all.length,
    };
    replyJson(request, response, { body });
  }

  async serve(request: IncomingMessage, response: ServerResponse, match: RouteMatch): Promise<void> {
    const { context, recordings } = this.#services;
    const wanted = this.#find(match);
    if (!wanted) return replyDenial(request, response, new Denial('not-found', 'there is no such recording'));
    const arrival = context.admission.arrive(describeHttpClient(request, 'vod'));
    response.once('close', () => arrival.leave(LEFT));
    const denial = await this.#ask(arrival, wanted.recording, match, response);
    if (denial) return replyDenial(request, response, denial);
    const handle = await recordings.open(wanted.recording);
    if (!handle) return replyDenial(request, response, new Denial('not-found', 'the recording was removed'));
    let streaming = false;
    try {
      streaming = await this.#answer(wanted, handle, { request, response, match });
    } finally {
      if (!streaming) await handle.close();
    }
  }

  async #ask(
    arrival: Arrival,
    { app, name }: Recording,
    { query }: RouteMatch,
    response: ServerResponse,
  ): Promise<Denial | undefined> {
    const close = (): void => void response.destroy();
    const connection = await arrival.enter(app, query, close);
    if (connection instanceof Denial) return connection;
    const playback = await connection.play({ app, name, query }, close);
    if (playback instanceof Denial) return playback;
    response.once('close', () => playback.stop(SERVED));
    return undefined;
  }

  #find({ path }: RouteMatch): Wanted | undefined {
    const { recordings } = this.#services;
    const wanted = decode(path.replace(/^\/vod\//, ''));
    if (wanted === undefined) return undefined;
    const file = recordings.find(wanted);
    if (file) return { as: 'file', recording: file };
    const playlist = /^(.+)\.m3u8$/.exec(wanted)?.[1];
    const segment = /^(.+)\/(\d{1,6})\.ts$/.exec(wanted);
    const recording = recordings.find(`${playlist ?? segment?.[1] ?? ''}.flv`);
    if (!recording) return undefined;
    if (playlist !== undefined) return { as: 'playlist', recording, base: playlist.split('/').at(-1) ?? '' };
    return { as: 'segment', recording, number: Number(segment?.[2]) };
  }

  /** Resolves with whether the file is still being read when this returns. */
  async #answer(wanted: Wanted, handle: FileHandle, exchange: Exchange): Promise<boolean> {
    const { request, response, match } = exchange;
    const { recording } = wanted;
    const { options, cache, context } = this.#services;
    limitWriteTime(response, context.admission.writeTimeoutMs, () => {});
    const etag = `"${recording.bytes.toString(16)}-${Math.round(recording.modifiedMs).toString(16)}"`;
    const reply = { etag, cacheControl: 'private, max-age=3600' };
    if (wanted.as === 'file') {
      const start = match.query.get('start');
      if (start !== null && recording.kind === 'recording')
        return this.#sendFrom(start, recording, handle, exchange);
      const type = recording.kind === 'recording' ? 'video/x-flv' : 'video/mp2t';
      replyFile(request, response, { file: recording.path, length: recording.bytes }, { type, ...reply });
      return false;
    }
    const outline = await readHlsOutline(handle, recording, options.segmentSeconds);
    if (wanted.as === 'playlist') {
      const text = Buffer.from(buildPlaylist(outline, wanted.base, match.search));
      replyFile(
        request,
        response,
        { bytes: text },
        { type: 'application/vnd.apple.mpegurl', ...reply, etag: `${etag.slice(0, -1)}-p"` },
      );
      return false;
    }
    const key = `${recording.path} ${etag} ${wanted.number}`;
    const bytes = await cache.get(key, () => buildSegment(handle, outline, wanted.number));
    if (bytes)
      replyFile(
        request,
        response,
        { bytes },
        { type: 'video/mp2t', ...reply, etag: `${etag.slice(0, -1)}-${wanted.number}"` },
      );
    else replyDenial(request, response, new Denial('not-found', 'there is no such segment'));
    return false;
  }

  async #sendFrom(
    start: string,
    recording: Recording,
    handle: FileHandle,
    { request, response }: Exchange,
  ): Promise<boolean> {
    const seconds = Number(start);
    if (!Number.isFinite(seconds) || seconds < 0) {
      replyDenial(request, response, new Denial('invalid', `start=${start} is no number of seconds`));
      return false;
    }
    const { head, places } = await readOutline(readerOf(handle));
    const from = placeBefore(places, seconds * 1000)?.position ?? head.length;
    return sendFrom({ request, response, handle, head, from, to: recording.bytes });
  }
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly match: RouteMatch;
}

/** Undefined for bytes that are no UTF-8. */
function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
