// Time that passes only when the test says so.
import { onTestFinished, vi } from 'vitest';

const TIMERS = ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const;

/** Stops the server's coarse clock; the returned function advances it. Sockets and the event loop run as usual. */
export function stepClock(): (milliseconds: number) => void {
  vi.useFakeTimers({ toFake: [...TIMERS, 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  return (milliseconds) => void vi.advanceTimersByTime(milliseconds);
}
