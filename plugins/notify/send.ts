// One request to a web service. It goes where the operator said and nowhere else.
import { timeoutSignal } from 'livego';
import { splitCredentials } from 'livego/http';
import type { Answer, OutgoingRequest } from './events.ts';
import { webhookHeaders } from './signature.ts';

export interface SendSettings {
  readonly secret: string;
  readonly timeoutMs: number;
  readonly followRedirects: boolean;
}

/** More of an answer is not read: a decision is short. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Rejects when nothing was answered in time. */
export async function send(
  id: string,
  { method, url, contentType, body }: OutgoingRequest,
  { secret, timeoutMs, followRedirects }: SendSettings,
): Promise<Answer> {
  const target = splitCredentials(url);
  const headers = {
    'user-agent': 'livego',
    accept: '*/*',
    ...target.headers,
    ...webhookHeaders(id, secret, body),
    ...(method === 'POST' && { 'content-type': contentType }),
  };
  const timeout = timeoutSignal(timeoutMs);
  try {
    const response = await fetch(target.url, {
      method,
      headers,
      redirect: followRedirects ? 'follow' : 'manual',
      signal: timeout.signal,
      ...(method === 'POST' && { body }),
    });
    const location = response.headers.get('location') ?? undefined;
    return { status: response.status, body: await readBody(response), location };
  } finally {
    timeout.release();
  }
}

async function readBody(response: Response): Promise<string> {
  if (!response.body) return '';
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
    parts.push(part);
    length += part.length;
    // Leaving the loop cancels the rest.
    if (length > MAX_ANSWER_BYTES) break;
  }
  return Buffer.concat(parts).toString('utf8', 0, MAX_ANSWER_BYTES);
}
