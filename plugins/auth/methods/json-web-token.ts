// JSON Web Tokens (RFC 7519): who may do what, signed by the operator's own service.
import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readRegularFile } from 'livego/files';
import { splitCredentials } from 'livego/http';
import { LivegoError, matchesServername, messageOf, type StreamRequest } from 'livego';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from 'jose';
import type { JwtOptions } from '../schema.ts';
import { ABSENT, wrong, type Method, type Verdict } from './verdict.ts';

const MAX_KEY_BYTES = 1024 * 1024;
const SECRET_ALGORITHMS = ['HS256', 'HS384', 'HS512'];
const PUBLIC_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** Clocks of two machines may differ by this much. */
const CLOCK_TOLERANCE_SECONDS = 5;
const MAX_TOKEN_LENGTH = 8192;

type Verify = (token: string) => Promise<JWTPayload>;

export class JsonWebToken implements Method {
  readonly name = 'jwt';
  readonly credentials = 'a token';
  readonly challenge = { scheme: 'Bearer', parameters: {} };
  readonly #options: JwtOptions;
  #verify: Verify | undefined;

  constructor(options: JwtOptions) {
    this.#options = options;
  }

  /** Reads the key. Throws LVG_PLUGIN_FAILED when it cannot be used. */
  async start(): Promise<void> {
    const { secret, keyFile, jwksUrl } = this.#options;
    if (jwksUrl !== '') this.#verify = this.#verifyRemotely(jwksUrl);
    else if (keyFile !== '') this.#verify = this.#verifyWith(await readKey(keyFile), PUBLIC_ALGORITHMS);
    else this.#verify = this.#verifyWith(Buffer.from(secret), SECRET_ALGORITHMS);
  }

  async check(request: StreamRequest): Promise<Verdict> {
    const token = tokenOf(request);
    if (token === undefined) return ABSENT;
    if (token.length > MAX_TOKEN_LENGTH || !this.#verify) return wrong('the token is too long');
    try {
      return judge(await this.#verify(token), request);
    } catch (error) {
      return verdictOf(error);
    }
  }

  #verifyWith(key: KeyObject | Uint8Array, usual: readonly string[]): Verify {
    const options = this.#verifyOptions(usual);
    return async (token) => (await jwtVerify(token, key, options)).payload;
  }

  // Keys are kept, asked for again when a token names an unknown one, and dropped after a while: a service that is away
  // for longer closes the door.
  #verifyRemotely(text: string): Verify {
    const { timeoutMs, cacheSeconds } = this.#options;
    const { url, headers } = splitCredentials(text);
    const keys = createRemoteJWKSet(url, {
      headers,
      timeoutDuration: timeoutMs,
      cacheMaxAge: cacheSeconds * 1000,
      cooldownDuration: Math.min(30_000, cacheSeconds * 1000),
    });
    const options = this.#verifyOptions(PUBLIC_ALGORITHMS);
    return async (token) => (await jwtVerify(token, keys, options)).payload;
  }

  #verifyOptions(usual: readonly string[]): JWTVerifyOptions {
    const { algorithms, issuer, audience } = this.#options;
    return {
      algorithms: algorithms.length > 0 ? [...algorithms] : [...usual],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      ...(issuer !== '' && { issuer }),
      ...(audience !== '' && { audience }),
    };
  }
}

function tokenOf({ query, authorization }: StreamRequest): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  return query.get('token') ?? query.get('jwt') ?? bearer;
}

function judge(payload: JWTPayload, { app, name, role }: StreamRequest): Verdict {
  const forbidden = (what: string): Verdict => ({
    is: 'forbidden',
    reason: `the token does not allow ${what}`,
  });
  const { apps, streams, actions } = payload;
  if (apps !== undefined && !anyMatches(apps, app)) return forbidden('this application');
  if (!anyMatches(streams, name)) return forbidden('this stream (its claim "streams")');
  if (!anyMatches(actions, role)) return forbidden(`to ${role} (its claim "actions")`);
  if (payload.exp === undefined) return { is: 'admitted' };
  return { is: 'admitted', until: new Date(payload.exp * 1000), reason: 'the token has expired' };
}

/** A claim is a pattern or a list of patterns. One that is missing allows nothing. */
function anyMatches(claim: unknown, value: string): boolean {
  const patterns: unknown[] = Array.isArray(claim) ? claim : [claim];
  return patterns.some((pattern) => typeof pattern === 'string' && matchesServername(pattern, value));
}

function verdictOf(error: unknown): Verdict {
  if (error instanceof errors.JWTExpired) return { is: 'forbidden', reason: 'the token has expired' };
  const outage =
    !(error instanceof errors.JOSEError) ||
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    error.code === 'ERR_JOSE_GENERIC';
  if (outage) return { is: 'failed', reason: 'the keys for tokens cannot be fetched' };
  if (error instanceof errors.JWTClaimValidationFailed)
    return wrong(`the token's claim "${error.claim}" does not fit`);
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return wrong('the signature of the token does not fit');
  return wrong('the token cannot be used');
}

async function readKey(file: string): Promise<KeyObject> {
  try {
    const text = (await readRegularFile(file, { maxBytes: MAX_KEY_BYTES })).toString();
    if (text.includes('BEGIN CERTIFICATE')) return new X509Certificate(text).publicKey;
    if (text.includes('PRIVATE KEY')) throw new TypeError('it is a private key, which is not needed here');
    return createPublicKey(text);
  } catch (error) {
    throw new LivegoError(
      'LVG_PLUGIN_FAILED',
      `auth.jwt.keyFile: ${file} cannot be used (${messageOf(error)}); it must be a PEM file with a public key or a certificate`,
      { cause: error },
    );
  }
}
