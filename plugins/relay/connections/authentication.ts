// Authentication of publishers as Flash Media Server's access plugins have it: "adobe" and "llnw" (Limelight).
//
//   connect app                         ─▶ rejected: "… code=403 need auth; authmod=adobe …"
//   connect app?authmod=adobe&user=U    ─▶ rejected: "… ?reason=needauth&user=U&salt=S&challenge=C&opaque=O …"
//   connect app?authmod=adobe&user=U&challenge=…&response=…    ─▶ accepted, or "… ?reason=authfailed …"
//
import { createHash, randomBytes } from 'node:crypto';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What follows from a rejection: another connect with this query, or a reason to give up. */
export type AuthenticationStep = { readonly query: string } | { readonly failed: string };

/** Undefined if the rejection is about something else. @param app - the application as connect named it, without query */
export function nextStep(
  description: string,
  credentials: Credentials | undefined,
  app: string,
): AuthenticationStep | undefined {
  const mode = /\bauthmod=(adobe|llnw)\b/.exec(description)?.[1];
  const reason = /\?reason=(\w+)/.exec(description)?.[1];
  if (mode === undefined && reason === undefined) return undefined;
  if (credentials === undefined)
    return { failed: 'the peer asks for a user and a password: rtmp://USER:PASSWORD@HOST/…' };
  if (reason === 'authfailed' || reason === 'nosuchuser')
    return { failed: 'the peer does not accept the user and the password' };
  const user = credentials.username;
  if (/code=403 need auth/.test(description) && mode !== undefined)
    return { query: `authmod=${mode}&user=${user}` };
  if (reason !== 'needauth') return { failed: 'the peer asks for an authentication that is unknown' };
  const challenge = readChallenge(description);
  return {
    query: challenge.has('nonce')
      ? answerLlnw(challenge, credentials, app)
      : answerAdobe(challenge, credentials),
  };
}

// Not a query string in the sense of URLs: "+" stands for itself.
function readChallenge(description: string): ReadonlyMap<string, string> {
  const text = /\?(reason=[^\s\]]*)/.exec(description)?.[1] ?? '';
  return new Map(
    text.split('&').map((pair): [string, string] => {
      const equals = pair.indexOf('=');
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}

function answerAdobe(
  challenge: ReadonlyMap<string, string>,
  { username, password }: Credentials,
  own = randomBytes(4).toString('hex'),
): string {
  const opaque = challenge.get('opaque');
  const secret = md5(`${username}${challenge.get('salt') ?? ''}${password}`, 'base64');
  const response = md5(`${secret}${opaque ?? challenge.get('challenge') ?? ''}${own}`, 'base64');
  const query = `authmod=adobe&user=${username}&challenge=${own}&response=${response}`;
  return opaque === undefined ? query : `${query}&opaque=${opaque}`;
}

// HTTP's digest (RFC 2617) over fixed words: realm "live", method "publish", quality "auth", counter 1.
function answerLlnw(
  challenge: ReadonlyMap<string, string>,
  { username, password }: Credentials,
  app: string,
): string {
  const nonce = challenge.get('nonce') ?? '';
  const own = randomBytes(4).toString('hex');
  const count = '00000001';
  const path = app.includes('/') ? app : `${app}/_definst_`;
  const secret = md5(`${username}:live:${password}`, 'hex');
  const subject = md5(`publish:/${path}`, 'hex');
  const response = md5(`${secret}:${nonce}:${count}:${own}:auth:${subject}`, 'hex');
  return `authmod=llnw&user=${username}&nonce=${nonce}&cnonce=${own}&nc=${count}&response=${response}`;
}

function md5(text: string, encoding: 'base64' | 'hex'): string {
  return createHash('md5').update(text).digest(encoding);
}
