// How a connection to a peer ends, or why there is none.
import { messageOf } from 'livego';

/**
 * - `unreachable`: no connection could be made. `timeout`: the peer did not answer in time.
 * - `rejected`: the peer said no. `ended`: it ended the stream in good order.
 * - `closed`: it broke off, or sent what cannot be read. `silent`: it is connected and sends nothing.
 * - `slow`: it reads more slowly than the stream runs.
 * - `moved`: it asks for a connection to another address.
 */
export type FailureKind =
  'unreachable' | 'timeout' | 'rejected' | 'ended' | 'closed' | 'silent' | 'slow' | 'moved';

export interface Failure {
  readonly kind: FailureKind;
  /** For logs and lists. Holds no secret. */
  readonly message: string;
  /** Where the peer sends its clients instead: an address, absolute or relative to the present one. */
  readonly redirect?: string | undefined;
}

/** What a peer says, fit for a log: no control characters, no endless text. */
export function quotePeer(text: string): string {
  const clean = text.replace(/\p{Cc}+/gu, ' ').trim();
  return clean.length > 200 ? `${clean.slice(0, 200)}…` : clean;
}

/** An error of a socket in words. With several addresses of a host, Node reports one error for each. */
export function describeSocketError(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return messageOf(error);
}
