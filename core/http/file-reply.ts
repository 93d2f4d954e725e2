// Answers with files as players and caches want them: validators, ranges, compression (RFC 9110).
import { createReadStream } from 'node:fs';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { replyJson } from './reply.ts';
import type { CachedBody } from './cached-body.ts';

/** What a connection by TLS gets at a time. */
const SLICE_BYTES = 64 * 1024;

export interface FileReply {
  readonly type: string;
  readonly etag: string;
  readonly cacheControl: string;
  /** CORS. */
  readonly headers: OutgoingHttpHeaders;
}

/** Sends a playlist; returns the bytes of its body that go out. */
export function replyPlaylist(
  request: IncomingMessage,
  response: ServerResponse,
  playlist: CachedBody,
  reply: Omit<FileReply, 'etag'>,
): number {
  const chosen = acceptsGzip(request) ? playlist.gzip() : playlist;
  const vary = [reply.headers['vary'], 'Accept-Encoding'].filter(Boolean).join(', ');
  const headers = { ...describeFile({ ...reply, etag: chosen.etag }), vary };
  if (isKnown(request, chosen.etag)) {
    response.writeHead(304, headers).end();
    return 0;
  }
  response.writeHead(200, {
    ...headers,
    'content-type': reply.type,
    'content-length': chosen.body.length,
    ...(chosen.etag.endsWith('-gz"') && { 'content-encoding': 'gzip' }),
  });
  return endWith(request, response, chosen.body);
}

/** Sends a segment, whole or a range of it, from memory or from its file. */
export function replySegment(
  request: IncomingMessage,
  response: ServerResponse,
  source: { readonly bytes: Buffer | undefined; readonly file: string | undefined; readonly length: number },
  reply: FileReply,
): number {
  const headers = { ...describeFile(reply), 'accept-ranges': 'bytes' };
  if (isKnown(request, reply.etag)) {
    response.writeHead(304, headers).end();
    return 0;
  }
  const range = readRange(request, reply.etag, source.length);
  if (range === 'unsatisfiable') {
    const refusal = { error: 'invalid', reason: `the segment has ${source.length} bytes` };
    const where = { 'content-range': `bytes */${source.length}` };
    replyJson(request, response, 416, refusal, { ...reply.headers, ...where });
    return 0;
  }
  const { start, end } = range ?? { start: 0, end: source.length };
  response.writeHead(range ? 206 : 200, {
    ...headers,
    'content-type': reply.type,
    'content-length': end - start,
    ...(range && { 'content-range': `bytes ${start}-${end - 1}/${source.length}` }),
  });
  if (source.bytes) return endWith(request, response, source.bytes.subarray(start, end));
  if (request.method === 'HEAD' || source.file === undefined) {
    response.end();
    return 0;
  }
  const file = createReadStream(source.file, { start, end: end - 1 });
  file.once('error', () => response.destroy());
  response.once('close', () => file.destroy());
  file.pipe(response);
  return end - start;
}

function describeFile({ etag, cacheControl, headers }: Omit<FileReply, 'type'>): OutgoingHttpHeaders {
  return { ...headers, etag, 'cache-control': cacheControl };
}

function endWith(request: IncomingMessage, response: ServerResponse, body: Buffer): number {
  if (request.method === 'HEAD') {
    response.end();
    return 0;
  }
  if ('encrypted' in request.socket) endInSlices(response, body);
  else response.end(body);
  return body.length;
}

/**
 * By TLS nothing tells how much of a write the connection has taken until it has taken all of it; so a large one would
 * look like a stall (`stall.ts`).
 */
function endInSlices(response: ServerResponse, body: Buffer): void {
  let at = 0;
  const proceed = (): void => {
    while (at + SLICE_BYTES < body.length)
      if (!response.write(body.subarray(at, (at += SLICE_BYTES))))
        return void response.once('drain', proceed);
    response.end(body.subarray(at));
  };
  proceed();
}

/** If-None-Match (13.1.2), compared weakly. */
function isKnown(request: IncomingMessage, etag: string): boolean {
  const known = request.headers['if-none-match'];
  if (known === undefined) return false;
  return known.trim() === '*' || known.split(',').some((each) => each.trim().replace(/^W\//, '') === etag);
}

function acceptsGzip(request: IncomingMessage): boolean {
  const accepted = request.headers['accept-encoding'];
  if (typeof accepted !== 'string') return false;
  const gzip = /(?:^|,)\s*(?:gzip|x-gzip|\*)\s*(?:;\s*q=([\d.]+))?\s*(?:,|$)/i.exec(accepted);
  return gzip !== null && (gzip[1] === undefined || Number(gzip[1]) > 0);
}

type Range = { readonly start: number; readonly end: number };

/** One range; undefined when the whole is to be sent, as for several ranges, which a server may ignore (14.2). */
function readRange(
  request: IncomingMessage,
  etag: string,
  length: number,
): Range | 'unsatisfiable' | undefined {
  const { range } = request.headers;
  const condition = request.headers['if-range'];
  if (range === undefined || (condition !== undefined && condition !== etag)) return undefined;
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(range.trim());
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  if (match[1] === '') {
    const count = Number(match[2]);
    return count === 0 ? 'unsatisfiable' : { start: Math.max(0, length - count), end: length };
  }
  const start = Number(match[1]);
  const last = match[2] === '' ? length - 1 : Number(match[2]);
  if (match[2] !== '' && last < start) return undefined;
  return start >= length ? 'unsatisfiable' : { start, end: Math.min(last + 1, length) };
}
