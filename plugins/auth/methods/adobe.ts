// User and password in RTMP, as Adobe's servers ask for them ("authmod=adobe"): OBS, ffmpeg, librtmp and FMLE know it.
//
//   client                                          server
//   connect app                            ──▶
//                                          ◀──      rejected: need auth; authmod=adobe
//   connect app?authmod=adobe&user=U       ──▶
//                                          ◀──      rejected: salt, challenge, opaque
//   connect app?…&challenge&response&opaque ──▶
//                                          ◀──      connected, or rejected: authfailed
//
// response = B(B(user + salt + password) + opaque + client's challenge), where B is the Base64 of MD5. The server keeps
// nothing between the three connections: the challenge is signed and holds its time.
import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Challenge } from 'livego';
import { isSame } from '../credentials/constant-time.ts';
import { isHashed } from '../credentials/passwords.ts';

/** The facts that the answer to a challenge is checked with. */
export interface AdobeVerifier {
  readonly salt: string;
  /** B(user + salt + password) */
  readonly hash: string;
}

const CHALLENGE_SECONDS = 60;
const SALT_BYTES = 6;
const VERIFIER = /^\$adobe\$([A-Za-z0-9]{4,32})\$([A-Za-z0-9+/]{22}==)$/;

export const NEED_AUTH: Challenge = { scheme: 'adobe', parameters: {} };

/** A user's line for the config: the password itself cannot be read from it, but it is only as strong as MD5. */
export function buildAdobeVerifier(user: string, password: string): string {
  const salt = randomBytes(SALT_BYTES).toString('hex');
  return `$adobe$${salt}$${md5(user + salt + password)}`;
}

/** Undefined if the text is no such line. */
export function parseAdobeVerifier(text: string): AdobeVerifier | undefined {
  const [, salt, hash] = VERIFIER.exec(text) ?? [];
  return salt === undefined || hash === undefined ? undefined : { salt, hash };
}

/** From the line in the config, or from a password that is not hashed. Undefined if neither is there. */
export function adobeVerifierOf(user: string, password: string, line: string): AdobeVerifier | undefined {
  if (line !== '') return parseAdobeVerifier(line);
  if (password === '' || isHashed(password)) return undefined;
  const salt = createHash('sha256')
    .update(`livego ${user} ${password}`)
    .digest('hex')
    .slice(0, 2 * SALT_BYTES);
  return { salt, hash: md5(user + salt + password) };
}

/** The verifier of a user that does not exist: the dialogue must not tell. */
export function decoyVerifier(user: string, key: Buffer): AdobeVerifier {
  const salt = createHmac('sha256', key)
    .update(user)
    .digest('hex')
    .slice(0, 2 * SALT_BYTES);
  return { salt, hash: createHmac('sha256', key).update(`hash ${user}`).digest('base64') };
}

export function buildChallenge(user: string, verifier: AdobeVerifier): Challenge {
  const token = signTime(Math.floor(Date.now() / 1000), user, verifier);
  const { salt } = verifier;
  return { scheme: 'adobe', parameters: { reason: 'needauth', user, salt, challenge: token, opaque: token } };
}

export function authFailed(user: string): Challenge {
  return { scheme: 'adobe', parameters: { reason: 'authfailed', user } };
}

/** Whether the query answers a challenge of this server. `fresh` unless the client has been admitted with it before. */
export function answersChallenge(
  query: URLSearchParams,
  verifier: AdobeVerifier,
  fresh: 'fresh' | 'any age',
): boolean {
  const user = query.get('user') ?? '';
  const opaque = query.get('opaque') ?? '';
  // Base64 is not escaped, and a "+" in a query reads as a space.
  const [challenge, response] = ['challenge', 'response'].map((name) => restore(query.get(name) ?? ''));
  const seconds = Number.parseInt(opaque.slice(0, 8), 16);
  if (!isSame(opaque, signTime(seconds, user, verifier))) return false;
  const age = Date.now() / 1000 - seconds;
  if (fresh === 'fresh' && (age < -CHALLENGE_SECONDS || age > CHALLENGE_SECONDS)) return false;
  return isSame(response!, md5(`${verifier.hash}${opaque}${challenge}`));
}

function signTime(seconds: number, user: string, { hash, salt }: AdobeVerifier): string {
  const time = (seconds >>> 0).toString(16).padStart(8, '0');
  const mac = createHmac('sha256', `${salt} ${hash}`).update(`${time} ${user}`).digest('hex');
  return `${time}${mac.slice(0, 24)}`;
}

function restore(base64: string): string {
  return base64.replaceAll(' ', '+');
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('base64');
}
