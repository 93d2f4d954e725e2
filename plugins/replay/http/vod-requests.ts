// GET /vod/APP/FILE: the file itself, from a time on, or as HLS; the play gates are asked as for a live stream.
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Denial, messageOf, type PausedViewers, type ServerContext } from 'livego';
import {
  clientAddressOf,
  limitWriteTime,
  replyDenial,
  replyFile,
  sendRead,
  type FileReply,
  type ReadableBytes,
  type RouteMatch,
} from 'livego/http';
import { placeBefore } from '../outlines/outline.ts';
import { askGates, type Exchange } from './gates.ts';
import { HlsRecording } from './hls-recording.ts';
import type { Outlines } from '../outlines/outlines.ts';
import type { Recording } from '../recordings/recording.ts';
import { denialOf, type RecordingFiles } from '../recordings/recording-files.ts';
import type { Recordings } from '../recordings/recordings.ts';
import type { ReplayOptions } from '../schema.ts';
import type { SegmentCache } from './segment-cache.ts';
import { watchResponse } from './watch-response.ts';

const CONTENT_TYPES = { recording: 'video/x-flv', replay: 'video/mp2t' } as const;
const CACHE_CONTROL = 'private, max-age=3600';

/** What a URL asks for. */
type Wanted =
  | { readonly as: 'file'; readonly recording: Recording }
  | { readonly as: 'playlist'; readonly recording: Recording; readonly base: string }
  | { readonly as: 'segment'; readonly recording: Recording; readonly number: number };

type Reading = Pick<ReadableBytes, 'readAt' | 'onError'>;

export interface VodServices {
  readonly context: Pick<ServerContext, 'admission' | 'peerLog'>;
  readonly options: ReplayOptions;
  readonly recordings: Recordings;
  readonly files: RecordingFiles;
  readonly outlines: Outlines;
  readonly cache: SegmentCache;
  readonly pauses: PausedViewers;
}

export class VodRequests {
  readonly #services: VodServices;

  constructor(services: VodServices) {
    this.#services = services;
  }

  async serve(request: IncomingMessage, response: ServerResponse, match: RouteMatch): Promise<void> {
    const { context, pauses } = this.#services;
    const wanted = this.#find(match);
    if (!wanted) return replyDenial(request, response, new Denial('not-found', 'there is no such recording'));
    const viewer = await askGates(context, wanted.recording, { request, response, match });
    if (viewer instanceof Denial) return replyDenial(request, response, viewer);
    if (wanted.as === 'file') watchResponse(response, viewer, { pauses, context });
    // Playlists and segments are held in memory.
    else limitWriteTime(response, context.admission.writeTimeoutMs, () => {});
    try {
      await this.#answer(wanted, { request, response, match }, viewer.playback.displayKey);
    } catch (error) {
      const told = denialOf(error);
      if (!(told instanceof Denial)) throw error;
      replyDenial(request, response, told);
    }
  }

  #find({ path }: RouteMatch): Wanted | undefined {
    const { recordings } = this.#services;
    const wanted = decode(path.replace(/^\/vod\//, ''));
    if (wanted === undefined) return undefined;
    const file = recordings.find(wanted);
    if (file) return { as: 'file', recording: file };
    const playlist = /^(.+)\.m3u8$/.exec(wanted)?.[1];
    const segment = /^(.+)\/(\d{1,6})\.ts$/.exec(wanted);
    const recording = recordings.findByName(playlist ?? segment?.[1] ?? '');
    if (!recording) return undefined;
    if (playlist !== undefined) return { as: 'playlist', recording, base: playlist.split('/').at(-1) ?? '' };
    return { as: 'segment', recording, number: Number(segment?.[2]) };
  }

  async #answer(wanted: Wanted, exchange: Exchange, stream: string): Promise<void> {
    const { recording } = wanted;
    const { request, response, match } = exchange;
    if (wanted.as === 'file') {
      const reading = this.#reading(recording, request, stream);
      if (match.query.has('start')) return this.#sendFrom(recording, exchange, reading);
      const source = { ...reading, length: recording.bytes };
      // What cannot be read is denied, before a response has begun.
      await source.readAt(0, 1);
      const reply = { type: CONTENT_TYPES[recording.kind], ...replyFor(recording) };
      return void replyFile(request, response, source, reply);
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
    const { cache, options } = this.#services;
    // Of another length, the segment of that number is another one.
    const reply = replyFor(recording, `${options.segmentSeconds}-${number}`);
    const readAt = this.#services.files.reader(recording);
    const bytes = await cache.get(`${recording.path} ${reply.etag}`, () => hls.buildSegment(readAt, number));
    if (bytes) replyFile(request, response, { bytes }, { type: 'video/mp2t', ...reply });
    else replyDenial(request, response, new Denial('not-found', 'there is no such segment'));
  }

  async #sendFrom(
    recording: Recording,
    { request, response, match }: Exchange,
    reading: Reading,
  ): Promise<void> {
    const start = match.query.get('start') ?? '';
    const seconds = Number(start);
    if (!Number.isFinite(seconds) || seconds < 0)
      throw new Denial('invalid', `start=${start} is no number of seconds`);
    const { head, beginning, places } = await this.#services.outlines.get(recording);
    const from = (placeBefore(places, seconds * 1000) ?? beginning).position;
    response.writeHead(200, {
      'content-type': CONTENT_TYPES[recording.kind],
      'content-length': head.length + recording.bytes - from,
      'cache-control': CACHE_CONTROL,
    });
    if (request.method === 'HEAD') return void response.end();
    response.write(head);
    await sendRead(response, reading, from, recording.bytes);
  }

  /** @param stream - as it is shown: a path holds the name, which may be a secret */
  #reading(recording: Recording, request: IncomingMessage, stream: string): Reading {
    const { files, context } = this.#services;
    return {
      readAt: files.reader(recording),
      onError: (error) =>
        context.peerLog.info(
          { remote: clientAddressOf(request), stream },
          `${stream}: a recording could not be sent to its end: ${messageOf(error)}`,
        ),
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

/** Undefined for bytes that are no UTF-8. */
function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
