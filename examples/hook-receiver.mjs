// A complete receiver of web hooks: verifies each request, decides who may publish, and prints what happens.
//
//   HOOK_SECRET=whsec_… node examples/hook-receiver.mjs [port]
//
// In livego.json5: notify: { url: "http://127.0.0.1:9000/", secret: "${HOOK_SECRET}", gate: ["publish"] }
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const PORT = Number(process.argv[2] ?? 9000);
const SECRET = secretBytes(process.env.HOOK_SECRET ?? '');
/** Names that may be published. */
const ALLOWED = new Set(['movie']);
/** An older request may be a repetition by somebody who has recorded it. */
const MAX_AGE_SECONDS = 300;
const MAX_BODY_BYTES = 65_536;

const server = createServer((request, response) => {
  receive(request, response).catch((error) => {
    console.error(error);
    response.destroy();
  });
});
server.listen(PORT, '127.0.0.1', () => console.log(`waits for web hooks on port ${server.address().port}`));

async function receive(request, response) {
  const body = await readBody(request);
  if (body === undefined || !isSigned(request.headers, body))
    return answer(response, 401, { reason: 'the signature is wrong' });
  const { type, data } = JSON.parse(body);
  if (type === 'publish_request') {
    const allow = ALLOWED.has(data.name);
    return answer(response, 200, allow ? { allow } : { allow, reason: `${data.name} is not on the list` });
  }
  console.log(type, data.app ?? '', data.name ?? '');
  // Any 2xx takes an event; it is not sent again.
  return answer(response, 204);
}

/** Standard Webhooks: HMAC-SHA256 of "ID.TIMESTAMP.BODY". The header may hold several signatures, while a secret changes. */
function isSigned(headers, body) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures = '' } = headers;
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= MAX_AGE_SECONDS)) return false;
  const expected = createHmac('sha256', SECRET).update(`${id}.${timestamp}.${body}`).digest();
  return signatures.split(' ').some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ''), 'base64');
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

function secretBytes(secret) {
  // Everybody knows the signatures of an empty secret.
  if (secret === '') throw new Error('HOOK_SECRET is empty; give it the secret of notify.secret');
  return secret.startsWith('whsec_')
    ? Buffer.from(secret.slice('whsec_'.length), 'base64')
    : Buffer.from(secret);
}

async function readBody(request) {
  const pieces = [];
  let length = 0;
  for await (const piece of request) {
    length += piece.length;
    if (length > MAX_BODY_BYTES) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body && JSON.stringify(body));
}
