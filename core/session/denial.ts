// A client is refused. Not an error: nothing is broken, and the client is told.

/**
 * - `not-found`: no such application, or nobody publishes the name.
 * - `unauthorized`: credentials are missing or wrong. `forbidden`: they are fine but do not allow this.
 * - `duplicate`: the name is being published. `limit`: a limit of the config is reached.
 * - `invalid`: the request makes no sense. `unavailable`: a gate failed or took too long, or the server is stopping.
 */
export type DenialCode =
  'not-found' | 'unauthorized' | 'forbidden' | 'duplicate' | 'limit' | 'invalid' | 'unavailable';

export class Denial {
  readonly code: DenialCode;
  /** For the client and the log: which thing, and why. Never holds a secret. */
  readonly reason: string;

  constructor(code: DenialCode, reason: string) {
    this.code = code;
    this.reason = reason;
  }
}

/** HTTP status of a denial (RFC 9110 section 15.5). */
export const DENIAL_HTTP_STATUS: Readonly<Record<DenialCode, number>> = {
  'not-found': 404,
  unauthorized: 401,
  forbidden: 403,
  duplicate: 409,
  limit: 503,
  invalid: 400,
  unavailable: 503,
};
