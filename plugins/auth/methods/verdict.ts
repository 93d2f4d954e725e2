// The answer of a method of authentication to a request.
import type { Challenge, StreamRequest } from 'livego';

/**
 * - `admitted`: the credentials are right. The right ends at `until`.
 * - `absent`: the request holds no credentials of this kind.
 * - `wrong`: it holds some, and they do not fit. `forbidden`: they are right but do not allow this.
 * - `failed`: nothing can be said now, because something that is asked does not answer.
 */
export type Verdict =
  | { readonly is: 'admitted'; readonly until?: Date | undefined; readonly reason?: string }
  | { readonly is: 'absent' }
  | { readonly is: 'wrong' | 'forbidden'; readonly reason: string }
  | { readonly is: 'failed'; readonly reason: string };

export interface Method {
  /** For metrics. */
  readonly name: string;
  /** For a client that has none: "a signed link". */
  readonly credentials: string;
  readonly challenge?: Challenge;
  check(request: StreamRequest): Verdict | Promise<Verdict>;
}

export const ADMITTED: Verdict = { is: 'admitted' };
export const ABSENT: Verdict = { is: 'absent' };

export function wrong(reason: string): Verdict {
  return { is: 'wrong', reason };
}
