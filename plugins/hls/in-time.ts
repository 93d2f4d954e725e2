// Waits for others no longer than players do.
import { after } from 'livego';

/** What it resolves with; undefined when that takes longer than `limitMs`, or it is rejected. */
export function inTime<Value>(awaited: Promise<Value>, limitMs: number): Promise<Value | undefined> {
  return new Promise((resolve) => {
    const cancel = after(limitMs, () => resolve(undefined));
    void awaited.then(resolve, () => resolve(undefined)).finally(cancel);
  });
}
