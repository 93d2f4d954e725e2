// A process that was stopped, or whose machine was paused: its monotonic clock has gone on, and no timer has fired.
import { onTestFinished, vi } from 'vitest';

/** Call it after the timers have been faked. The returned function adds a stop of so many milliseconds. */
export function stoppableProcess(): (milliseconds: number) => void {
  const { performance } = globalThis;
  const now = performance.now.bind(performance);
  let stoppedMs = 0;
  const spy = vi.spyOn(performance, 'now').mockImplementation(() => now() + stoppedMs);
  onTestFinished(() => spy.mockRestore());
  return (milliseconds) => void (stoppedMs += milliseconds);
}
