// GET /vod/APP/FILE: the file itself, from a time on, or as HLS; the play gates are asked as for a live stream.
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Denial, messageOf, type Arrival, type EndCause, type ServerContext } from 'livego';
import {
  describeHttpClient,
  limitWriteTime,
  replyDenial,
  replyFile,
  replyJson,
  sendRead,
  type FileReply,
  type ReadableBytes,
  type RouteMatch,
} from 'livego/http';
import type { RecordingsElsewhere } from './elsewhere.ts';
import { placeBefore } from './flv-entry.ts';
import { HlsRecording } from './hls-recording.ts';
import type { Outlines } from './outlines.ts';
import { describeRecording, type Recording } from './recording.ts';
import { denialOf, type RecordingFiles } from './recording-files.ts';
import type { Recordings } from './recordings.ts';
import type { ReplayOptions } from './schema.ts';
import type { SegmentCache } from './segment-cache.ts';

const LEFT: EndCause = { code: 'left', message: 'the viewer has disconnected' };
const SERVED: EndCause = { code: 'left', message: 'the request has been answered' };
const MAX_LISTED = 1000;
const CACHE_CONTROL = 'private, max-age=3600';

/** What a URL asks for. */
type Wanted =
  | { readonly as: 'file'; readonly recording: Recording }
  | { readonly as: 'playlist'; readonly recording: Recording; readonly base: string }
  | { readonly as: 'segment'; readonly recording: Recording; readonly number: number };

export interface VodServices {
  readonly context: Pick<ServerContext, 'admission' | 'log'>;
  readonly options: ReplayOptions;
  readonly recordings: Recordings;
  readonly elsewhere: RecordingsElsewhere;
  readonly files: RecordingFiles;
  readonly outlines: Outlines;
  readonly cache: SegmentCache;
}

export class VodRequests {
  readonly #services: VodServices;

  constructor(services: VodServices) {
    this.#services = services;
  }

  /** GET /vod: everything, or ?app=APP&name=NAME. */
  async list(request: IncomingMessage, response: ServerResponse, { query }: RouteMatch): Promise<void> {
    const { recordings, elsewhere } = this.#services;
    const { found, total } = recordings.list({
      app: query.get('app') ?? undefined,
      name: query.get('name') ?? undefined,
      most: MAX_LISTED,
    });
    const sums = await elsewhere.sumsOf(found);
    const body = { recordings: found.map((each, index) => describeRecording(each, sums[index])), total };
    replyJson(request, response, { body });
  }

  async serve(request: IncomingMessage, response: ServerResponse, match: RouteMatch): Promise<void> {
    const { context } = this.#services;
    const wanted = this.#find(match);
    if (!wanted) return replyDenial(request, response, new Denial('not-found', 'there is no such recording'));
    const arrival = context.admission.arrive(describeHttpClient(request, 'vod'));
    response.once('close', () => arrival.leave(LEFT));
    const denial = await this.#ask(arrival, wanted.recording, match, response);
    if (denial) return replyDenial(request, response, denial);
    limitWriteTime(response, context.admission.writeTimeoutMs, () => {});
    try {
      await this.#answer(wanted, { request, response, match });
    } catch (error) {
      const told = denialOf(error);
      if (!(told instanceof Denial)) throw error;
      replyDenial(request, response, told);
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

  async #answer(wanted: Wanted, exchange: Exchange): Promise<void> {
    const { recording } = wanted;
    const { request, response, match } = exchange;
    if (wanted.as === 'file' && recording.kind === 'recording' && match.query.has('start'))
      return this.#sendFrom(recording, exchange);
    if (wanted.as === 'file') {
      const source = { ...this.#reading(recording), length: recording.bytes };
      // What cannot be read is denied, before a response has begun.
      await source.readAt(0, 1);
      const type = recording.kind === 'recording' ? 'video/x-flv' : 'video/mp2t';
      return void replyFile(request, response, source, { type, ...replyFor(recording) });
    }
    const { outlines, options } = this.#services;
    const outline = await outlines.get(recording);
    const hls = new HlsRecording(outline, recording.bytes, options.segmentSeconds);
    if (wanted.as === 'segment') return this.#sendSegment(hls, wanted, exchange);
    const bytes = Buffer.from(hls.buildPlaylist(wanted.base, match.search));
    const type = 'application/vnd.apple.mpegurl';
    // The query of the request stands in the playlist.
    replyFile(request, response, { bytes }, { type, ...replyFor(recording, `p${digest(bytes)}`) });
  }

  async #sendSegment(
    hls: HlsRecording,
    { recording, number }: Extract<Wanted, { as: 'segment' }>,
    { request, response }: Exchange,
  ): Promise<void> {
    const { cache } = this.#services;
    const reply = replyFor(recording, String(number));
    const { readAt } = this.#reading(recording);
    const bytes = await cache.get(`${recording.path} ${reply.etag}`, () => hls.buildSegment(readAt, number));
    if (bytes) replyFile(request, response, { bytes }, { type: 'video/mp2t', ...reply });
    else replyDenial(request, response, new Denial('not-found', 'there is no such segment'));
  }

  async #sendFrom(recording: Recording, { request, response, match }: Exchange): Promise<void> {
    const start = match.query.get('start') ?? '';
    const seconds = Number(start);
    if (!Number.isFinite(seconds) || seconds < 0)
      throw new Denial('invalid', `start=${start} is no number of seconds`);
    const { fileHeader, headerTags, places } = await this.#services.outlines.get(recording);
    const from = placeBefore(places, seconds * 1000)?.position ?? fileHeader.length + headerTags.length;
    const head = Buffer.concat([fileHeader, headerTags]);
    response.writeHead(200, {
      'content-type': 'video/x-flv',
      'content-length': head.length + recording.bytes - from,
      'cache-control': CACHE_CONTROL,
    });
    if (request.method === 'HEAD') return void response.end();
    response.write(head);
    await sendRead(response, this.#reading(recording), from, recording.bytes);
  }

  #reading(recording: Recording): Pick<ReadableBytes, 'readAt' | 'onError'> {
    const { files, context } = this.#services;
    return {
      readAt: files.reader(recording),
      onError: (error) =>
        context.log.info(`${recording.path} could not be sent to its end: ${messageOf(error)}`),
    };
  }
}

function replyFor({ bytes, modifiedMs }: Recording, part?: string): Omit<FileReply, 'type'> {
  const version = `${bytes.toString(16)}-${Math.round(modifiedMs).toString(16)}`;
  return { etag: part === undefined ? `"${version}"` : `"${version}-${part}"`, cacheControl: CACHE_CONTROL };
}

function digest(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('hex').slice(0, 16);
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
