// Signatures as Standard Webhooks 1.0 has them (standardwebhooks.com): receivers verify them with a ready library.
import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/** The headers of a request with that body. Without a secret it has an id and a time, and no signature. */
export function webhookHeaders(id: string, secret: string, body: string): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (secret === '') return headers;
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}

/** `whsec_` and Base64, or any text, whose bytes are the key. */
function keyOf(secret: string): Buffer {
  return secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : Buffer.from(secret);
}
