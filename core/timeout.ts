// Waiting for somebody else's code, but not for ever.

/**
 * The work's result, or an error with the given message when it takes longer, or the signal's reason when that is
 * aborted. The work itself is not stopped.
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
