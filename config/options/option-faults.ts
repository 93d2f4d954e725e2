// Ajv's errors in plain words: one fault for each place.
import type { ErrorObject } from 'ajv';
import type { PathEnd } from '../text/fault-list.ts';
import { parsePointer, pathKey } from '../text/path.ts';
import type { ConfigPath } from '../text/path.ts';
import { lookUp } from '../text/plain-object.ts';
import { kindOf, showValue } from '../text/show-value.ts';
import { describeAllowed } from './describe-allowed.ts';
import { didYouMean } from './nearest.ts';
import { propertyNames } from './schema.ts';

/** One fault, placed within the options. */
export interface OptionFault {
  readonly path: ConfigPath;
  readonly end: PathEnd;
  readonly message: string;
  /** Something required is missing: not a fault of a plugin that is switched off. */
  readonly missing: boolean;
}

/** The string in the file or on the command line where a variable or a flag has given the value. */
export interface Substitute {
  /** Messages show it instead of the value. */
  readonly text: string;
  /** The string may stand for a number or a boolean. */
  readonly alone: boolean;
}

export type SubstituteAt = (path: ConfigPath) => Substitute | undefined;

/** One fault for each place that Ajv complains about. */
export function describeErrors(errors: readonly ErrorObject[], substituteAt: SubstituteAt): OptionFault[] {
  const faults = new Map<string, OptionFault>();
  for (const error of withoutEchoes(errors)) {
    const fault = describeError(error, substituteAt);
    const key = `${pathKey(fault.path)}${fault.end}`;
    // One message says everything that is allowed at a place; a second one would repeat it.
    if (!faults.has(key)) faults.set(key, fault);
  }
  return [...faults.values()];
}

/**
 * Keeps from each `anyOf` only the errors of the branch that was meant. If none was: the `anyOf` itself. Ajv tells what is
 * wrong in the branches right before it tells that none of them fits, so nothing before that is looked at: a list may hold
 * thousands of wrong items.
 */
function withoutEchoes(errors: readonly ErrorObject[]): ErrorObject[] {
  const kept: ErrorObject[] = [];
  for (const error of errors) {
    if (error.keyword === 'if') continue;
    if (error.keyword !== 'anyOf' && error.keyword !== 'oneOf') kept.push(error);
    else for (const each of chosenOf(error, takeWithin(error, kept))) kept.push(each);
  }
  return kept;
}

/** Removes the errors at the end that lie within the value of `choice`, and returns them. */
function takeWithin({ instancePath }: ErrorObject, errors: ErrorObject[]): ErrorObject[] {
  const isWithin = (error: ErrorObject | undefined): boolean =>
    error !== undefined && `${error.instancePath}/`.startsWith(`${instancePath}/`);
  let from = errors.length;
  while (isWithin(errors[from - 1])) from--;
  return errors.splice(from);
}

/** @param before - errors within the value: of the branches, and of other parts of the schema */
function chosenOf(choice: ErrorObject, before: readonly ErrorObject[]): ErrorObject[] {
  const prefix = `${choice.schemaPath}/`;
  const isInside = (error: ErrorObject): boolean => error.schemaPath.startsWith(prefix);
  const branches = groupByBranch(before.filter(isInside), prefix);
  const meant = [...branches.values()]
    .filter((branch) => branch.every((error) => isDeeper(error, choice)))
    .sort((a, b) => a.length - b.length)[0];
  const chosen = new Set(meant);
  const kept = before.filter((error) => !isInside(error) || chosen.has(error));
  return meant === undefined ? [...kept, choice] : kept;
}

function groupByBranch(errors: readonly ErrorObject[], prefix: string): Map<string, ErrorObject[]> {
  const branches = new Map<string, ErrorObject[]>();
  for (const error of errors) {
    const branch = error.schemaPath.slice(prefix.length).split('/')[0] ?? '';
    const present = branches.get(branch);
    if (present) present.push(error);
    else branches.set(branch, [error]);
  }
  return branches;
}

// An unknown or missing key is an error of the object that holds it. The operator meant this object nevertheless.
function isDeeper(error: ErrorObject, choice: ErrorObject): boolean {
  return (
    error.instancePath.length > choice.instancePath.length ||
    error.keyword === 'additionalProperties' ||
    error.keyword === 'required'
  );
}

function describeError(error: ErrorObject, substituteAt: SubstituteAt): OptionFault {
  const path = parsePointer(error.instancePath);
  const params = error.params as Readonly<Record<string, unknown>>;
  switch (error.keyword) {
    case 'additionalProperties':
    case 'propertyNames':
      return unknownOption(error, path, String(params['additionalProperty'] ?? params['propertyName']));
    case 'required':
      return missingOption(error, path, String(params['missingProperty']));
    case 'dependentRequired':
    case 'dependencies':
      return {
        path,
        end: 'key',
        missing: true,
        message: `${String(params['property'])} also needs ${String(params['missingProperty'])}`,
      };
    default:
      return { path, end: 'value', missing: false, message: wrongValue(error, path, substituteAt) };
  }
}

function unknownOption(error: ErrorObject, path: ConfigPath, name: string): OptionFault {
  const known = propertyNames(error.parentSchema);
  const hint = didYouMean(name, known);
  const list = known.length === 0 ? '' : `; known are ${known.join(', ')}`;
  return {
    path: [...path, name],
    end: 'key',
    missing: false,
    message: `unknown option${hint === '' ? list : hint}`,
  };
}

function missingOption(error: ErrorObject, path: ConfigPath, name: string): OptionFault {
  const { found, value } = lookUp(error.parentSchema, ['properties', name]);
  const allowed = found ? `; it must be ${describeAllowed(value)}` : '';
  return { path, end: 'key', missing: true, message: `the option "${name}" is missing${allowed}` };
}

function wrongValue(error: ErrorObject, path: ConfigPath, substituteAt: SubstituteAt): string {
  const allowed = describeAllowed(error.parentSchema);
  const substitute = substituteAt(path);
  const shown = substitute === undefined ? showValue(error.data) : `"${substitute.text}"`;
  const choices = error.parentSchema?.['enum'];
  const hint =
    typeof error.data === 'string' && Array.isArray(choices)
      ? didYouMean(error.data, choices.map(String))
      : '';
  return `${shown} ${reason(error)}; it must be ${allowed}${hint}`;
}

function reason({ keyword, data, schema }: ErrorObject): string {
  switch (keyword) {
    case 'minimum':
    case 'exclusiveMinimum':
      return 'is too small';
    case 'maximum':
    case 'exclusiveMaximum':
      return 'is too large';
    case 'minLength':
      return 'is too short';
    case 'maxLength':
      return 'is too long';
    case 'minItems':
    case 'minProperties':
      return 'has too few items';
    case 'maxItems':
    case 'maxProperties':
      return 'has too many items';
    case 'uniqueItems':
      return 'holds the same item twice';
    case 'type':
      if (data === null || kindOf(data) === 'not a finite number') return 'is not allowed';
      return typeof data === 'number' && schema === 'integer'
        ? 'is not a whole number'
        : `is ${kindOf(data)}`;
    default:
      return 'is not allowed';
  }
}
