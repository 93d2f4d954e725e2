// Checks the token of a request: one of the list, or a JSON Web Token (RFC 6750, RFC 7519).
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import type { ControlJwtOptions, ControlRole, ControlToken } from '../../options/control-options.ts';

/** Who asks, for the log. */
export interface Caller {
  readonly name: string;
  readonly role: ControlRole;
}

interface KnownToken extends Caller {
  readonly digest: Buffer;
}

/** The words are those of the classic server, which programs may look for. */
export type TokenFault = { readonly fault: string };

export class BearerTokens {
  readonly #known: readonly KnownToken[];
  readonly #jwt: ControlJwtOptions;

  constructor(tokens: readonly ControlToken[], jwt: ControlJwtOptions) {
    const given = tokens.filter(({ token }) => token !== '');
    this.#known = given.map(({ token, role = 'operator', name }, index) => ({
      digest: digestOf(token),
      role,
      name: name ?? `token ${index + 1}`,
    }));
    this.#jwt = jwt;
  }

  /** Whether a token is wanted at all. */
  get wanted(): boolean {
    return this.#known.length > 0 || this.#jwt.secret !== '';
  }

  async check(request: IncomingMessage): Promise<Caller | TokenFault> {
    const token = readToken(request);
    if (typeof token !== 'string') return token;
    const digest = digestOf(token);
    // Every known token is compared, so that the time tells nothing.
    const [found] = this.#known.filter((known) => timingSafeEqual(known.digest, digest));
    if (found) return { name: found.name, role: found.role };
    if (this.#jwt.secret === '') return { fault: 'the token is not known' };
    return await this.#checkJwt(token);
  }

  async #checkJwt(token: string): Promise<Caller | TokenFault> {
    const { secret, algorithm } = this.#jwt;
    try {
      const { alg } = decodeProtectedHeader(token);
      if (alg !== algorithm)
        return { fault: `Expected ${algorithm} signing method but token specified ${alg}` };
      const { payload } = await jwtVerify(token, Buffer.from(secret), { algorithms: [algorithm] });
      return callerOfPayload(payload);
    } catch (error) {
      return { fault: faultOf(error) };
    }
  }
}

/** Classic tokens have no role, and may do everything. Of a role that is not known here, a holder may only look. */
function callerOfPayload({ sub, role = 'operator' }: JWTPayload): Caller {
  const subject = typeof sub === 'string' ? sub.replaceAll(/\p{C}/gu, '').slice(0, 64) : '';
  return {
    name: subject === '' ? 'token' : `token of ${subject}`,
    role: role === 'operator' ? 'operator' : 'reader',
  };
}

/** `Authorization: Bearer T`, else `?jwt=T`, which pages need for event streams. */
function readToken({ headers, url = '' }: IncomingMessage): string | TokenFault {
  const { authorization } = headers;
  if (authorization !== undefined) {
    const [scheme = '', token = '', ...rest] = authorization.split(' ');
    const isBearer = scheme.toLowerCase() === 'bearer' && token !== '' && rest.length === 0;
    return isBearer ? token : { fault: 'Authorization header format must be Bearer {token}' };
  }
  const query = url.includes('?') ? url.slice(url.indexOf('?') + 1) : '';
  const token = new URLSearchParams(query).get('jwt') ?? '';
  return token === '' ? { fault: 'Required authorization token not found' } : token;
}

function faultOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'Token is expired';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature is invalid';
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf')
    return 'Token is not valid yet';
  return 'token is malformed';
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
