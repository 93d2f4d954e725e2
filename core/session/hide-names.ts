// Errors, denials and causes for the log and for clients, without stream names that may be secrets.
import type { EndCause } from '../end-cause.ts';
import { asError } from '../errors.ts';
import { Denial } from './denial.ts';

type Names = readonly string[];

/** The error with `***` in place of the names. Its cause and other properties are left out. */
export function hideNames(error: unknown, names: Names): unknown {
  if (names.length === 0) return error;
  const { name, message, stack = '' } = asError(error);
  return Object.assign(new Error(hide(message, names)), { name, stack: hide(stack, names) });
}

/** The denial itself, unless its reason holds one of the names. */
export function hideNamesInDenial(denial: Denial, names: Names): Denial {
  const reason = hide(denial.reason, names);
  return reason === denial.reason ? denial : new Denial(denial.code, reason, denial);
}

/** The cause itself, unless its message holds one of the names. */
export function hideNamesInCause(cause: EndCause, names: Names): EndCause {
  const message = hide(cause.message, names);
  return message === cause.message ? cause : { ...cause, message };
}

function hide(text: string, names: Names): string {
  return names.reduce((rest, name) => (name === '' ? rest : rest.replaceAll(name, '***')), text);
}
