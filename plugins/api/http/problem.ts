// Errors of the API, as problem details (RFC 9457).
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { Denial, LivegoError } from 'livego';
import { DENIAL_HTTP_STATUS } from 'livego/http';

/** An answer other than a success. `code` is one of the catalogue, or a word in small letters. */
export class Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly more: Readonly<Record<string, unknown>>;
  #retryAfterSeconds: number | undefined;

  constructor(status: number, code: string, detail: string, more: Readonly<Record<string, unknown>> = {}) {
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.more = more;
  }

  get retryAfterSeconds(): number | undefined {
    return this.#retryAfterSeconds;
  }

  retryAfter(seconds: number | undefined): this {
    this.#retryAfterSeconds = seconds;
    return this;
  }
}

/** The problem that a thrown value stands for; undefined for a fault of this server. */
export function problemOf(thrown: unknown): Problem | undefined {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof Denial) return ofDenial(thrown);
  if (thrown instanceof LivegoError) return new Problem(thrown.status, thrown.code, thrown.message);
  return undefined;
}

/** The rest of the body is not read, so no further request can follow it. */
export const LEAVES_BODY: ReadonlySet<number> = new Set([408, 413]);

function ofDenial({ code, reason, retryAfterSeconds }: Denial): Problem {
  return new Problem(DENIAL_HTTP_STATUS[code], code, reason).retryAfter(retryAfterSeconds);
}

export function replyProblem(
  request: IncomingMessage,
  response: ServerResponse,
  { status, code, detail, more, retryAfterSeconds }: Problem,
): void {
  const title = STATUS_CODES[status] ?? 'Error';
  const bytes = Buffer.from(
    `${JSON.stringify({ type: 'about:blank', title, status, detail, code, ...more })}\n`,
  );
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    'content-length': bytes.length,
    'cache-control': 'no-store',
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(Math.ceil(retryAfterSeconds)) }),
    ...(LEAVES_BODY.has(status) && { connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** Tells a client that may not use the API. */
export function denyByProblem(request: IncomingMessage, response: ServerResponse, denial: Denial): void {
  if (denial.code === 'unauthorized') response.setHeader('www-authenticate', 'Bearer');
  replyProblem(request, response, ofDenial(denial));
}
