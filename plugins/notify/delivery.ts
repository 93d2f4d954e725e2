// One event on its way to one URL.
import type { OutgoingRequest } from './events.ts';

export interface Delivery {
  /** The same at every attempt, so that receivers know repetitions. */
  readonly id: string;
  /** Deliveries of one lane arrive in order. */
  readonly lane: string;
  readonly request: OutgoingRequest;
  /** Of an update: its session. A newer update takes the place of one that waits. */
  readonly updateOf?: string | undefined;
  /** Milliseconds of the wall clock: a queue outlives the process. */
  readonly createdAt: number;
}

/** Reads what a spool holds; undefined if it is none. */
export function parseDelivery(text: string): Delivery | undefined {
  try {
    const value = JSON.parse(text) as Partial<Delivery>;
    const { id, lane, createdAt, request, updateOf } = value;
    const isWhole =
      typeof id === 'string' &&
      typeof lane === 'string' &&
      typeof createdAt === 'number' &&
      (updateOf === undefined || typeof updateOf === 'string') &&
      /^https?:/.test(request?.url ?? '') &&
      typeof request?.body === 'string' &&
      (request.method === 'GET' || request.method === 'POST');
    return isWhole ? (value as Delivery) : undefined;
  } catch {
    return undefined;
  }
}
