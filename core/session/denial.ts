// Denials. A denied client is not an error of the server: the client is told, and nothing is broken.

/**
 * - `not-found`: no such application, or nobody publishes the name.
 * - `unauthorized`: credentials are missing or wrong. `forbidden`: they are fine but do not allow this.
 * - `duplicate`: the name is being published. `limit`: a limit of the config is reached.
 * - `too-many-tries`: the address failed too often and has to wait.
 * - `invalid`: the request makes no sense. `unavailable`: a gate failed or took too long, or the server is stopping.
 */
export type DenialCode =
  | 'not-found'
  | 'unauthorized'
  | 'forbidden'
  | 'duplicate'
  | 'limit'
  | 'too-many-tries'
  | 'invalid'
  | 'unavailable';

/**
 * How a client may prove who it is, for protocols that can ask for it. HTTP takes schemes such as `Basic` and `Bearer` into
 * WWW-Authenticate; RTMP takes `adobe` into the description of a rejected connect. A protocol leaves out what it cannot say.
 */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface DenialDetails {
  /** When trying again makes sense. */
  readonly retryAfterSeconds?: number | undefined;
  readonly challenges?: readonly Challenge[] | undefined;
}

/** Marks denials, so that two copies of this package in one process recognise each other's. */
const BRAND = Symbol.for('livego.Denial');

export class Denial {
  readonly [BRAND] = true;
  readonly code: DenialCode;
  /** For the client and the log: which thing, and why. Never holds a secret. */
  readonly reason: string;
  /** Seconds after which another try makes sense. HTTP clients get it as Retry-After. */
  readonly retryAfterSeconds: number | undefined;
  readonly challenges: readonly Challenge[] | undefined;

  /** @param details - a number stands for `retryAfterSeconds` */
  constructor(code: DenialCode, reason: string, details: number | DenialDetails = {}) {
    const { retryAfterSeconds, challenges }: DenialDetails =
      typeof details === 'number' ? { retryAfterSeconds: details } : details;
    this.code = code;
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
    this.challenges = challenges;
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/** HTTP status of a denial (RFC 9110 section 15.5; RFC 6585 section 4). */
export const DENIAL_HTTP_STATUS: Readonly<Record<DenialCode, number>> = {
  'not-found': 404,
  unauthorized: 401,
  forbidden: 403,
  duplicate: 409,
  limit: 503,
  'too-many-tries': 429,
  invalid: 400,
  unavailable: 503,
};
