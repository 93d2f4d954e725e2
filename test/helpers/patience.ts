// Runs before each test file. A test waits for an event, and its patience is spent only where the event does not come: on a
// loaded machine everything takes longer, and a short patience would make a failure of that.
import { vi } from 'vitest';

const PATIENCE_MS = 60_000;

type Options = number | Readonly<{ timeout?: number; interval?: number }>;

function patient(options: Options | undefined): { timeout: number; interval?: number } {
  const given = typeof options === 'number' ? { timeout: options } : options;
  return { ...given, timeout: Math.max(given?.timeout ?? 0, PATIENCE_MS) };
}

// Vitest's own patience of a second can be configured for `expect.poll`, but not for these two.
const { waitFor, waitUntil } = vi;
vi.waitFor = (callback, options) => waitFor(callback, patient(options));
vi.waitUntil = (callback, options) => waitUntil(callback, patient(options));
