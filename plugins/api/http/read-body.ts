// Reads the body of a request, up to a limit.
import type { IncomingMessage } from 'node:http';
import { after } from 'livego';
import { Problem } from './problem.ts';

const MAX_BODY_BYTES = 1024 * 1024;
/** A body that takes longer is no longer waited for. */
const BODY_TIMEOUT_MS = 10_000;
/** No config and no request is nested as deeply as this. */
const MAX_DEPTH = 100;
/** Each costs time in which nothing else happens. A longer config can be sent as a text. */
const MAX_VALUES = 10_000;

export interface RequestBody {
  /** In small letters, without parameters; "" if the request does not say. */
  readonly type: string;
  readonly text: string;
}

/** Throws a problem for a body that is too large, comes too slowly, or ends too early. */
export async function readBody(request: IncomingMessage): Promise<RequestBody> {
  if (Number(request.headers['content-length']) > MAX_BODY_BYTES) throw tooLarge();
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
  return { type, text: (await readBytes(request)).toString('utf8') };
}

// The request is not destroyed: its connection still has to carry the answer.
function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    const settle = (): void => {
      cancel();
      request.off('data', take).off('end', end).off('close', cut).off('error', cut);
      // Nobody wants the rest, and it must not stop the connection.
      request.on('error', () => {}).resume();
    };
    const fail = (problem: Problem): void => {
      settle();
      reject(problem);
    };
    const take = (part: Buffer): void => {
      bytes += part.length;
      if (bytes > MAX_BODY_BYTES) fail(tooLarge());
      else parts.push(part);
    };
    const end = (): void => {
      settle();
      resolve(Buffer.concat(parts));
    };
    const cut = (): void => fail(new Problem(400, 'invalid', 'the request ended within its body'));
    const cancel = after(BODY_TIMEOUT_MS, () =>
      fail(new Problem(408, 'too-slow', `the body did not arrive within ${BODY_TIMEOUT_MS / 1000} s`)),
    );
    request.on('data', take).on('end', end).on('close', cut).on('error', cut);
  });
}

function tooLarge(): Problem {
  return new Problem(413, 'too-large', `the body exceeds ${MAX_BODY_BYTES} bytes`);
}

/** Throws a problem for what is no JSON, or is nested too deeply. */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Problem(400, 'invalid', 'the body is not JSON');
  }
  if (isDeeper(value, MAX_DEPTH))
    throw new Problem(400, 'too-deep', `the body is nested more than ${MAX_DEPTH} times`);
  if (countValues(value) > MAX_VALUES)
    throw new Problem(400, 'too-many', `the body has more than ${MAX_VALUES} values`);
  return value;
}

function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, each) => sum + countValues(each), 1);
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((each) => isDeeper(each, depth - 1));
}
