// Reads the body of a request, up to a limit.
import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.ts';

const MAX_BODY_BYTES = 1024 * 1024;
/** A body that takes longer is no longer waited for. */
const BODY_TIMEOUT_MS = 10_000;

export interface RequestBody {
  /** In small letters, without parameters; "" if the request does not say. */
  readonly type: string;
  readonly text: string;
}

export async function readBody(request: IncomingMessage): Promise<RequestBody> {
  const parts: Buffer[] = [];
  let bytes = 0;
  const timer = setTimeout(() => request.destroy(), BODY_TIMEOUT_MS);
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > MAX_BODY_BYTES)
        throw new Problem(413, 'too-large', `the body exceeds ${MAX_BODY_BYTES} bytes`);
      parts.push(part);
    }
  } finally {
    clearTimeout(timer);
  }
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
  return { type, text: Buffer.concat(parts).toString('utf8') };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Problem(400, 'invalid', 'the body is not JSON');
  }
}
