// Texts of any length as responses: written, made into bytes and sent in several turns of the event loop.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { eachInTurns } from '../../time/in-turns.ts';
import { JSON_TYPE, type JsonReply } from './reply.ts';

export interface TextReply {
  /** Default: 200. */
  readonly status?: number;
  readonly type: string;
  /** One after the other they are the text. They are made as they are needed. */
  readonly parts: Iterable<string>;
  readonly headers?: OutgoingHttpHeaders;
}

/** Parts are put together up to about this length. */
const PIECE_LENGTH = 64 * 1024;

/** Sends a text with its length. A HEAD request gets the headers alone. */
export async function replyText(
  request: IncomingMessage,
  response: ServerResponse,
  { status = 200, type, parts, headers }: TextReply,
): Promise<void> {
  const pieces = await encode(parts);
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  response.writeHead(status, {
    'content-type': type,
    'content-length': length,
    'cache-control': 'no-store',
    ...headers,
  });
  const [last] = pieces.splice(-1);
  if (request.method === 'HEAD') return void response.end();
  await eachInTurns(pieces, (piece) => void (response.destroyed || response.write(piece)));
  response.end(last);
}

/** As `replyJson`, for lists of any length. */
export function replyLongJson(
  request: IncomingMessage,
  response: ServerResponse,
  { status = 200, body, headers = {} }: JsonReply,
): Promise<void> {
  return replyText(request, response, { status, type: JSON_TYPE, parts: linesOf(body), headers });
}

/** JSON in parts: an element of a list each. */
export function* jsonParts(value: unknown): Generator<string> {
  if (Array.isArray(value)) {
    let before = '[';
    for (const each of value) {
      yield `${before}${JSON.stringify(each) ?? 'null'}`;
      before = ',';
    }
    yield before === '[' ? '[]' : ']';
  } else if (isRecord(value)) {
    let before = '{';
    for (const [name, member] of Object.entries(value)) {
      if (member === undefined) continue;
      yield `${before}${JSON.stringify(name)}:`;
      yield* jsonParts(member);
      before = ',';
    }
    yield before === '{' ? '{}' : '}';
  } else yield JSON.stringify(value) ?? 'null';
}

function* linesOf(body: unknown): Generator<string> {
  yield* jsonParts(body);
  yield '\n';
}

async function encode(parts: Iterable<string>): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  let text = '';
  await eachInTurns(parts, (part) => {
    text += part;
    if (text.length < PIECE_LENGTH) return;
    pieces.push(Buffer.from(text));
    text = '';
  });
  return [...pieces, Buffer.from(text)];
}

/** An object that JSON writes member by member. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
