// Errors for the log, without stream names that may be secrets.
import { asError } from '../errors.ts';

/** The error with `***` in place of the names. Its cause and other properties are left out. */
export function hideNames(error: unknown, names: readonly string[]): unknown {
  if (names.length === 0) return error;
  const hide = (text: string): string =>
    names.reduce((rest, name) => (name === '' ? rest : rest.replaceAll(name, '***')), text);
  const { name, message, stack = '' } = asError(error);
  return Object.assign(new Error(hide(message)), { name, stack: hide(stack) });
}
