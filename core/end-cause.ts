// Why a session, a stream or a connection ended.

export type EndCode =
  | 'left' // the client disconnected
  | 'unpublished' // the publisher stopped and did not return in time
  | 'replaced' // another publisher took the name
  | 'denied'
  | 'slow' // it read too slowly, or not at all
  | 'silent' // it sent nothing for too long
  | 'expired' // its right to publish or play ended: a token ran out
  | 'idle' // a stream that was started on demand lost its last viewer
  | 'kicked' // an operator or a plugin closed it
  | 'removed' // a reload removed its application or protocol
  | 'failed' // malformed bytes or a broken connection
  | 'shutdown';

export interface EndCause {
  readonly code: EndCode;
  /** For logs and, where the protocol allows it, for the client. Never holds a secret. */
  readonly message: string;
  /** The publisher announced its end, so it is not expected to return at once, as after a broken connection. */
  readonly deliberate?: boolean;
}
