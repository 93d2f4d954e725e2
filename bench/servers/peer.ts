// A server that ours is compared with, as it is found on this machine.

export interface Peer {
  /** The program to start. */
  readonly path: string;
  /** Name and version, for the report. */
  readonly about: string;
  /** The reason why it is missing. */
  readonly missing?: string;
}

export const NOT_REQUESTED: Peer = { path: '', about: '', missing: 'not requested' };

/** The first lines of an error, for a report. */
export function describeFailure(error: unknown): string {
  return error instanceof Error ? error.message.split('\n').slice(0, 3).join(' ') : String(error);
}
