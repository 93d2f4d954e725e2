// The states of an RTMP client and the way from one to the next.
//
//   start()                                                        stop(), from any state
//      │                                                                      │
//      ▼                                                                      ▼
//   handshake ──► connect ──► create-stream ──► start ──► ready ─────────► ended
//      │             │              │             │         │   (the server ends the stream or the connection)
//      │             └──────────────┴──────┬──────┴─────────┘
//      │                                   ▼
//      │                               rejected   (the server answers with an error)
//      ▼
//   failed   (bytes that cannot be read; from any state before the final ones)
//
// `rejected`, `ended` and `failed` are final: the caller closes the socket. A reconnect request changes no state.
import type { RtmpRejection } from './rejection.ts';
import type { RtmpStatus } from '../status.ts';

export type RtmpClientState =
  | { readonly name: 'handshake' | 'connect' }
  /** Waits for the answer to the call with this number. */
  | { readonly name: 'create-stream'; readonly transactionId: number }
  /** `start`: publish or play is sent. `ready`: the server has accepted it. */
  | { readonly name: 'start' | 'ready'; readonly streamId: number }
  | { readonly name: 'rejected'; readonly rejection: RtmpRejection }
  /** `status` is the server's last word; undefined after `stop`. */
  | { readonly name: 'ended'; readonly status: RtmpStatus | undefined }
  | { readonly name: 'failed'; readonly error: unknown };

/** Whether no other state can follow. */
export function isFinal({ name }: RtmpClientState): boolean {
  return name === 'rejected' || name === 'ended' || name === 'failed';
}
