// Parameters of a classic request: of the query, or of a form in the body.
import type { IncomingMessage } from 'node:http';
import type { RouteMatch } from 'livego/http';
import { readBody } from '../http/read-body.ts';

const FORM = 'application/x-www-form-urlencoded';

/** A parameter of the body comes first, as the classic server had it. */
export async function readForm(request: IncomingMessage, { query }: RouteMatch): Promise<URLSearchParams> {
  const { method } = request;
  if (method === 'GET' || method === 'HEAD' || method === 'DELETE') return query;
  const { type, text } = await readBody(request);
  return type === FORM ? new URLSearchParams([...new URLSearchParams(text), ...query]) : query;
}
