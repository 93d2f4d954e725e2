// Users that the config lists, with what each may publish and play.
import { randomBytes } from 'node:crypto';
import { Denial, matchesServername, type ConnectRequest, type StreamRequest } from 'livego';
import type { PasswordCheck } from '../credentials/passwords.ts';
import type { UserOptions } from '../schema.ts';
import { ABSENT, ADMITTED, wrong, type Method, type Verdict } from './verdict.ts';
import {
  adobeVerifierOf,
  answersChallenge,
  authFailed,
  buildChallenge,
  decoyVerifier,
  type AdobeVerifier,
} from './adobe.ts';

/** Checked for a name that no user has, so that the answer takes as long. */
const DECOY_PASSWORD =
  '$scrypt$ln=15,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';

const WRONG = wrong('user or password is wrong');

interface Credentials {
  readonly user: string;
  readonly password: string;
}

export class StaticUsers implements Method {
  readonly name = 'users';
  readonly credentials = 'user and password';
  readonly challenge = { scheme: 'Basic', parameters: { realm: 'livego', charset: 'UTF-8' } };
  readonly #users: ReadonlyMap<string, UserOptions>;
  readonly #passwords: PasswordCheck;
  readonly #decoyKey = randomBytes(32);

  constructor(users: readonly UserOptions[], passwords: PasswordCheck) {
    this.#users = new Map(users.map((user) => [user.user, user]));
    this.#passwords = passwords;
  }

  async check(request: StreamRequest): Promise<Verdict> {
    const { query } = request;
    if (query.get('authmod') === 'adobe') {
      const user = query.get('user') ?? '';
      const right = answersChallenge(query, this.#adobeVerifier(user), 'any age');
      return right ? this.#judge(user, request) : WRONG;
    }
    const credentials = readCredentials(request);
    if (!credentials) return ABSENT;
    const stored = this.#users.get(credentials.user)?.password ?? DECOY_PASSWORD;
    const right = await this.#passwords.check(credentials.password, stored === '' ? DECOY_PASSWORD : stored);
    if (right === 'busy') return { is: 'failed', reason: 'too many passwords are being checked' };
    return right ? this.#judge(credentials.user, request) : WRONG;
  }

  /** One step of Adobe's dialogue. Undefined: the client has answered the challenge, or does not take part in it. */
  converse({
    query,
    recheck,
  }: ConnectRequest): { readonly denial: Denial; readonly guessed: boolean } | undefined {
    if (query.get('authmod') !== 'adobe') return undefined;
    const user = query.get('user') ?? '';
    const verifier = this.#adobeVerifier(user);
    if (!query.has('response')) {
      const challenges = [buildChallenge(user, verifier)];
      const denial = new Denial('unauthorized', 'the password is asked for', { challenges });
      return { denial, guessed: false };
    }
    if (answersChallenge(query, verifier, recheck ? 'any age' : 'fresh')) return undefined;
    const denial = new Denial('unauthorized', 'user or password is wrong', {
      challenges: [authFailed(user)],
    });
    return { denial, guessed: true };
  }

  #adobeVerifier(name: string): AdobeVerifier {
    const user = this.#users.get(name);
    const verifier = user && adobeVerifierOf(name, user.password, user.adobe);
    return verifier ?? decoyVerifier(name, this.#decoyKey);
  }

  #judge(user: string, { role, name }: StreamRequest): Verdict {
    const patterns = this.#users.get(user)?.[role] ?? [];
    if (patterns.some((pattern) => matchesServername(pattern, name))) return ADMITTED;
    return { is: 'forbidden', reason: `this user may not ${role} this stream` };
  }
}

function readCredentials({ query, authorization }: StreamRequest): Credentials | undefined {
  const [user, password] = [query.get('user'), query.get('password')];
  if (user !== null && password !== null) return { user, password };
  const basic = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '')?.[1];
  if (basic === undefined) return undefined;
  const text = Buffer.from(basic, 'base64').toString();
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
