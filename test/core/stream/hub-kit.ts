// A hub of a test's own, and publishers that claim its names.
import { afterEach, beforeEach, expect, vi } from 'vitest';
import type { EndCause } from '../../../core/end-cause.ts';
import type { AppOptions } from '../../../core/options/options.ts';
import type { Session } from '../../../core/session/session.ts';
import type { Stream } from '../../../core/stream/stream.ts';
import { StreamHub, type Claim } from '../../../core/stream/stream-hub.ts';
import { Ticker } from '../../../core/time/ticker.ts';
import { DEFAULT_APP_OPTIONS } from '../../helpers/config.ts';
import { memoryLog, type MemoryLog } from '../../helpers/memory-log.ts';
import { identityForTest, LEFT, sessionForTest, type Message } from './stream-kit.ts';

export const options = (changes: Partial<AppOptions> = {}): AppOptions => ({
  ...DEFAULT_APP_OPTIONS,
  ...changes,
});

export interface Kit {
  readonly hub: StreamHub;
  readonly ticker: Ticker;
  readonly log: MemoryLog;
  readonly events: string[];
}

export function hubForTest(): Kit {
  const events: string[] = [];
  const log = memoryLog();
  const ticker = new Ticker((error) => expect.unreachable(String(error)));
  const hub = new StreamHub(log.log, ticker, {
    streamStart: (stream) => events.push(`start ${stream.key} by ${stream.publisher?.id ?? 'nobody'}`),
    streamStop: (stream, cause) => events.push(`stop ${stream.key}: ${cause.code}`),
    publishStart: (_, { id }) => events.push(`${id} publishes`),
    publishStop: (_, { id }, { code }) => events.push(`${id} stops: ${code}`),
  });
  return { hub, ticker, log, events };
}

export interface Claimed {
  readonly session: Session;
  readonly stream: Stream;
  write(...messages: readonly Message[]): void;
  release(cause?: EndCause): void;
}

export function tryClaim(
  hub: StreamHub,
  session: Session,
  changes: Partial<AppOptions> = {},
): Promise<Claim> {
  return hub.claim(session, identityForTest(), options(changes));
}

export async function claim(
  hub: StreamHub,
  id: string,
  changes: Partial<AppOptions> = {},
  close = (_cause: EndCause): void => {},
): Promise<Claimed> {
  const session = sessionForTest('publish', id, close);
  const claimed = await tryClaim(hub, session, changes);
  if (typeof claimed === 'string') throw new Error(claimed);
  const { stream } = claimed;
  return {
    session,
    stream,
    write: (...messages) => {
      for (const { description, timestamp, payload } of messages)
        if (stream.isPublishedBy(session)) stream.receive(description, timestamp, payload);
    },
    release: (cause = LEFT) => hub.release(stream, session, cause),
  };
}

/** A signal that never aborts. */
export function never(): AbortSignal {
  return new AbortController().signal;
}

/** Time stands still until the test lets it pass; promises are settled all the same. */
export function useFakeTime(): void {
  beforeEach(
    () =>
      void vi.useFakeTimers({
        toFake: [
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'performance',
          'setImmediate',
          'clearImmediate',
        ],
      }),
  );
  afterEach(() => void vi.useRealTimers());
}
