// Waiting for somebody else's code, but not for ever.

/** The work's result, or an error with the given message when it takes longer. The work itself is not stopped. */
export async function withinTime<Result>(
  limitMs: number,
  work: Promise<Result>,
  message: string,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), limitMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
