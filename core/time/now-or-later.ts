// Answers that are often known at once. A promise for each of them would cost more than what is asked.

export type NowOrLater<Value> = Value | Promise<Value>;

/** Goes on with a value: at once if it is known. */
export function andThen<Value, Result>(
  value: NowOrLater<Value>,
  proceed: (value: Value) => NowOrLater<Result>,
): NowOrLater<Result> {
  return value instanceof Promise ? value.then(proceed) : proceed(value);
}

/** As `try … finally`: calls `end` once when the work is over, also when it throws or rejects. */
export function lastly<Value>(work: () => NowOrLater<Value>, end: () => void): NowOrLater<Value> {
  let result: NowOrLater<Value>;
  try {
    result = work();
  } catch (error) {
    end();
    throw error;
  }
  if (result instanceof Promise) return result.finally(end);
  end();
  return result;
}
