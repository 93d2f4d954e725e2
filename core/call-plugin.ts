// Calls of functions that plugins have given. TypeScript takes an async function wherever one that returns nothing is
// expected, so each of them may fail at once or later; a rejection that nothing catches would end the process.

/** Calls a plugin's function. What it throws, and what its promise is rejected with, goes to `failed`. Never throws. */
export function callPlugin(call: () => unknown, failed: (error: unknown) => void): void {
  try {
    const returned = call();
    if (isPromise(returned)) Promise.resolve(returned).catch((error: unknown) => report(failed, error));
  } catch (error) {
    report(failed, error);
  }
}

function report(failed: (error: unknown) => void, error: unknown): void {
  try {
    failed(error);
  } catch {
    // What it threw cannot even be logged, for example because one of its properties throws when it is read.
    failed(new Error('it failed with an error that cannot be shown'));
  }
}

/** For calls that cannot be waited for: throws a TypeError if `returned`, from the function `name`, is a promise. */
export function requireSynchronous(returned: unknown, name: string): void {
  if (!isPromise(returned)) return;
  Promise.resolve(returned).catch(() => {});
  throw new TypeError(`${name}() is async; it must do its work before it returns`);
}

/** Also of another library. Throws what reading `then` throws. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
