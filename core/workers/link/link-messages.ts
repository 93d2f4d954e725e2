// What two workers say to each other over their link. The worker that has linked to the other is the one that asks.
import type { EndCause } from '../../end-cause.ts';
import type { DiscontinuityReason } from '../../stream/sink.ts';

/** A copy of a stream is wanted. Its packets come with the number of the channel. */
export interface Subscription {
  readonly channel: number;
  readonly key: string;
  /** The stream that the copy has followed before; it continues without the packets that it has. */
  readonly continues: number | undefined;
}

/** Calls at the worker that a stream lives in. */
export type HomeCalls = {
  /** Events and packets follow: `begin`, or at once `end` when the stream does not live here. */
  subscribe: { input: Subscription; output: void };
  unsubscribe: { input: { readonly channel: number }; output: void };
  /** A viewer wants to join the copy, which then has `count`. False: the stream is full. */
  seat: { input: { readonly channel: number; readonly count: number }; output: boolean };
  /** Viewers of the copy. */
  viewers: { input: { readonly channel: number; readonly count: number }; output: void };
  /** A question of a plugin or of core. */
  call: { input: { readonly name: string; readonly input: unknown }; output: unknown };
};

/** What happens to a stream, between its packets. */
export type StreamEvent =
  | { readonly is: 'begin'; readonly firstSequence: number }
  | { readonly is: 'pause' }
  | { readonly is: 'discontinuity'; readonly reason: DiscontinuityReason }
  | { readonly is: 'end'; readonly cause: EndCause }
  /** Viewers in other workers than the copy's. */
  | { readonly is: 'viewers'; readonly elsewhere: number };

/** Calls at the worker that has a copy. */
export type CopyCalls = {
  event: { input: { readonly channel: number; readonly event: StreamEvent }; output: void };
};
