// Responses with files, as players and caches expect them: validators, ranges, compression (RFC 9110).
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CachedBody } from './cached-body.ts';
import { varyWith } from '../cors.ts';
import { writeHeadList, type HeaderList } from '../http-response.ts';
import { filesOf, type FileInUse } from './open-files.ts';
import { replyJson } from '../replies/reply.ts';
import { sendRead, type ReadableBytes } from './send-read.ts';

/** A TLS connection is handed this much at a time. */
const SLICE_BYTES = 64 * 1024;

/** A text of this size is sent together with the headers, which copies it. */
const MAX_TEXT_BYTES = 16 * 1024;

export interface FileReply {
  /** Media type. */
  readonly type: string;
  /** Includes its quotation marks. */
  readonly etag: string;
  readonly cacheControl: string;
}

/** The bytes of a file: in memory, on the disk, or behind a function that reads them. */
export type FileSource =
  { readonly bytes: Buffer } | { readonly file: string; readonly length: number } | ReadableBytes;

/** Sends a text that is kept in memory, compressed if the client accepts that. Returns the bytes of the body. */
export function replyCachedBody(
  request: IncomingMessage,
  response: ServerResponse,
  text: CachedBody,
  reply: Omit<FileReply, 'etag'>,
): number {
  const chosen = acceptsGzip(request) ? text.gzip() : text;
  const { etag, body } = chosen;
  const vary = varyWith(response, 'Accept-Encoding');
  const headers: HeaderList = ['vary', vary, 'etag', etag, 'cache-control', reply.cacheControl];
  if (isKnown(request, etag)) return endUnchanged(response, headers);
  const content = ['content-type', reply.type, 'content-length', body.length];
  const encoding = chosen.compressed ? ['content-encoding', 'gzip'] : [];
  writeHeadList(response, 200, headers.concat(content, encoding));
  return endWith(request, response, body, chosen.latin1);
}

/** Sends a file, whole or a range of it. Returns the bytes of the body. */
export function replyFile(
  request: IncomingMessage,
  response: ServerResponse,
  source: FileSource,
  reply: FileReply,
): number {
  const headers: HeaderList = [
    'etag',
    reply.etag,
    'cache-control',
    reply.cacheControl,
    'accept-ranges',
    'bytes',
  ];
  if (isKnown(request, reply.etag)) return endUnchanged(response, headers);
  const length = 'bytes' in source ? source.bytes.length : source.length;
  const range = readRange(request, reply.etag, length);
  if (range === 'unsatisfiable') return replyUnsatisfiable(request, response, length);
  const { start, end } = range ?? { start: 0, end: length };
  const content = ['content-type', reply.type, 'content-length', end - start];
  const place = range ? ['content-range', `bytes ${start}-${end - 1}/${length}`] : [];
  writeHeadList(response, range ? 206 : 200, headers.concat(content, place));
  if ('bytes' in source) return endWith(request, response, source.bytes.subarray(start, end));
  if (request.method === 'HEAD' || start === end) {
    response.end();
    return 0;
  }
  if ('readAt' in source) void sendRead(response, source, start, end);
  else sendFile(response, filesOf(request).use(source.file), { start, end });
  return end - start;
}

interface FileRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** Reads as the client does. A file that has vanished, or is shorter than it was, ends the connection. */
function sendFile(response: ServerResponse, file: FileInUse, { start, end }: FileRange): void {
  let at = start;
  let state: 'reading' | 'sending' | 'over' = 'sending';
  const finish = (): void => {
    if (state !== 'over') file.close(state === 'reading');
    state = 'over';
  };
  const proceed = async (): Promise<void> => {
    for (;;) {
      state = 'reading';
      const bytes = await file.read(at, Math.min(SLICE_BYTES, end - at));
      if (isOver()) return;
      state = 'sending';
      at += bytes.length;
      if (bytes.length === 0) throw new Error('the file is shorter than it was');
      if (at === end) return (finish(), void response.end(bytes));
      if (!response.write(bytes)) return void response.once('drain', run);
    }
  };
  const run = (): void => {
    proceed().catch(() => {
      if (!isOver()) state = 'sending';
      response.destroy();
    });
  };
  const isOver = (): boolean => state === 'over';
  response.once('close', finish);
  run();
}

function replyUnsatisfiable(request: IncomingMessage, response: ServerResponse, length: number): number {
  const body = { error: 'invalid', reason: `the file has ${length} bytes` };
  replyJson(request, response, { status: 416, body, headers: { 'content-range': `bytes */${length}` } });
  return 0;
}

function endUnchanged(response: ServerResponse, headers: HeaderList): 0 {
  writeHeadList(response, 304, headers);
  response.end();
  return 0;
}

function endWith(request: IncomingMessage, response: ServerResponse, body: Buffer, latin1?: string): number {
  if (request.method === 'HEAD') {
    response.end();
    return 0;
  }
  if (latin1 !== undefined && body.length <= MAX_TEXT_BYTES) endWithText(response, latin1);
  else if (response.socket && 'encrypted' in response.socket) endInSlices(response, body);
  else response.end(body);
  return body.length;
}

/**
 * Head and text are one string here, and one write. `end` alone would make a list of it and an empty string, which Node
 * copies into memory that it allocates first.
 */
function endWithText(response: ServerResponse, latin1: string): void {
  const { socket } = response;
  socket?.cork();
  response.write(latin1, 'latin1');
  socket?.uncork();
  response.end();
}

/**
 * A TLS connection reports a write only when it has taken all of it. A large one would look like a client that reads
 * nothing (`write-timeout.ts`).
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

/** One range; undefined if the whole file is to be sent, as for several ranges, which a server may ignore (14.2). */
function readRange(
  request: IncomingMessage,
  etag: string,
  length: number,
): Range | 'unsatisfiable' | undefined {
  const { range } = request.headers;
  const condition = request.headers['if-range'];
  if (range === undefined || length === 0) return undefined;
  if (condition !== undefined && condition !== etag) return undefined;
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
