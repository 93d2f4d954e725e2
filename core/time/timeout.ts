// Awaits a promise with a timeout.
import { after } from './after.ts';

/**
 * Resolves with the work's result. Rejects with the given message when the work takes longer than `limitMs`, or with the
 * signal's reason when that aborts. The work itself is not stopped.
 */
export async function withTimeout<Result>(
  limitMs: number,
  work: Promise<Result>,
  message: string,
  signal?: AbortSignal,
): Promise<Result> {
  let cancel = (): void => {};
  let abort = (): void => {};
  const timeout = new Promise<never>((_, reject) => {
    cancel = after(limitMs, () => reject(new Error(message)));
    abort = () => reject(signal?.reason as Error);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    cancel();
    signal?.removeEventListener('abort', abort);
  }
}
