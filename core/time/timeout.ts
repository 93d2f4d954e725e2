// Awaits a promise with a timeout.

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
  let timer: NodeJS.Timeout | undefined;
  let abort = (): void => {};
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), limitMs);
    abort = () => reject(signal?.reason as Error);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
