// Checks options against a schema with Ajv, fills in defaults, and says in plain words what is wrong.
import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import type { JsonSchema } from '../../core/plugin/plugin.ts';
import { didYouMean } from './nearest.ts';
import { isPlainObject, lookUp, parsePointer, pathKey, putAt } from '../text/path.ts';
import type { ConfigPath, PlainObject } from '../text/path.ts';
import type { PathEnd } from './fault-list.ts';
import { describeAllowed, kindOf, showValue } from '../text/wording.ts';

/** One fault, placed within the options. */
export interface OptionFault {
  readonly path: ConfigPath;
  readonly end: PathEnd;
  readonly message: string;
  /** Something required is not there: no fault of a plugin that is switched off. */
  readonly missing: boolean;
}

/** What the file had at a path, where a variable or a flag has given the value. */
export interface Substitute {
  /** What messages show. */
  readonly text: string;
  /** The string may stand for a number or a boolean. */
  readonly alone: boolean;
}

export type SubstituteAt = (path: ConfigPath) => Substitute | undefined;

export interface CheckedOptions {
  readonly options: PlainObject;
  readonly faults: readonly OptionFault[];
}

/**
 * A compiled schema. Objects that list properties allow no others unless the schema says so, at every depth; `level`,
 * `expects` and `applies` are annotations (docs/config.md).
 */
export class OptionCheck {
  readonly #validate: ValidateFunction;

  /** Throws what Ajv throws when the schema itself is wrong. */
  constructor(schema: JsonSchema) {
    this.#validate = compileSchema(schema);
  }

  /** Returns a copy of `given` with every default filled in, and all its faults. */
  run(given: PlainObject, substituteAt: SubstituteAt = () => undefined): CheckedOptions {
    const first = this.#attempt(given);
    const coerced = structuredClone(given);
    const tried = new Map<string, ConfigPath>();
    for (const { instancePath } of first.errors) {
      const path = parsePointer(instancePath);
      const { found, value } = lookUp(given, path);
      if (!found || typeof value !== 'string' || substituteAt(path)?.alone !== true) continue;
      const meant = valueOf(value);
      if (meant === undefined || path.length === 0) continue;
      putAt(coerced, path, meant);
      tried.set(pathKey(path), path);
    }
    let result = first;
    if (tried.size > 0) {
      result = this.#attempt(coerced);
      const failed = new Set(result.errors.map(({ instancePath }) => pathKey(parsePointer(instancePath))));
      // Wrong either way: keep the string, which is what the message is to show.
      for (const [key, path] of tried) if (failed.has(key)) putAt(coerced, path, lookUp(given, path).value);
      if (failed.size > 0) result = this.#attempt(coerced);
    }
    return { options: result.options, faults: describeErrors(result.errors, substituteAt) };
  }

  #attempt(given: PlainObject): { options: PlainObject; errors: readonly ErrorObject[] } {
    const options = structuredClone(given);
    this.#validate(options);
    return { options, errors: [...(this.#validate.errors ?? [])] };
  }
}

/** Compiles the schema of options. Throws what Ajv throws when the schema itself is wrong. */
export function compileSchema(schema: JsonSchema): ValidateFunction {
  return createAjv({ useDefaults: true }).compile(closeObjects(schema));
}

/** Ajv as it is used everywhere here: strict, all errors, with the annotations of plugins' schemas. */
export function createAjv(options: { readonly useDefaults: boolean }): Ajv {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strict: true,
    allowUnionTypes: true,
    strictRequired: false,
    logger: false,
    ...options,
  });
  ajv.addKeyword({ keyword: 'level', schemaType: 'string', metaSchema: { enum: ['server', 'app'] } });
  ajv.addKeyword({ keyword: 'expects', schemaType: 'string' });
  ajv.addKeyword({ keyword: 'applies', schemaType: 'string', metaSchema: { enum: ['next-session'] } });
  return ajv;
}

/** A copy of the schema in which an object that lists properties allows no others, unless it says so itself. */
export function closeObjects(schema: JsonSchema): JsonSchema {
  const copy: PlainObject = { ...schema };
  if (isPlainObject(schema['properties'])) {
    copy['properties'] = Object.fromEntries(
      Object.entries(schema['properties']).map(([name, inner]) => [name, closeInner(inner)]),
    );
    if (schema['additionalProperties'] === undefined && schema['patternProperties'] === undefined)
      copy['additionalProperties'] = false;
  }
  if (schema['items'] !== undefined) copy['items'] = closeInner(schema['items']);
  if (isPlainObject(schema['additionalProperties']))
    copy['additionalProperties'] = closeObjects(schema['additionalProperties']);
  for (const keyword of ['anyOf', 'oneOf'])
    if (Array.isArray(schema[keyword])) copy[keyword] = schema[keyword].map(closeInner);
  return copy;
}

function closeInner(schema: unknown): unknown {
  return isPlainObject(schema) ? closeObjects(schema) : schema;
}

/** The number or boolean that a string spells. */
function valueOf(text: string): number | boolean | undefined {
  const trimmed = text.trim();
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) return Number(trimmed);
  if (/^true$/i.test(trimmed)) return true;
  return /^false$/i.test(trimmed) ? false : undefined;
}

function describeErrors(errors: readonly ErrorObject[], substituteAt: SubstituteAt): OptionFault[] {
  const faults = new Map<string, OptionFault>();
  for (const error of withoutEchoes(errors)) {
    const fault = describeError(error, substituteAt);
    const key = `${pathKey(fault.path)}${fault.end}`;
    // One message says all that is allowed at a place; a second one would repeat it.
    if (!faults.has(key)) faults.set(key, fault);
  }
  return [...faults.values()];
}

/** Leaves of `anyOf` where a branch was meant, the `anyOf` itself where none was. */
function withoutEchoes(errors: readonly ErrorObject[]): ErrorObject[] {
  let kept = errors.filter(({ keyword }) => keyword !== 'if');
  for (const choice of kept.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf')) {
    const prefix = `${choice.schemaPath}/`;
    // Items of one list share their schema: the place in the value tells them apart.
    const isInside = (error: ErrorObject): boolean =>
      error.schemaPath.startsWith(prefix) && `${error.instancePath}/`.startsWith(`${choice.instancePath}/`);
    const inside = kept.filter(isInside);
    const branches = groupByBranch(inside, prefix);
    const meant = [...branches.values()]
      .filter((branch) => branch.every((error) => isDeeper(error, choice)))
      .sort((a, b) => a.length - b.length)[0];
    kept = kept.filter((error) =>
      error === choice ? meant === undefined : !isInside(error) || meant?.includes(error) === true,
    );
  }
  return kept;
}

function groupByBranch(errors: readonly ErrorObject[], prefix: string): Map<string, ErrorObject[]> {
  const branches = new Map<string, ErrorObject[]>();
  for (const error of errors) {
    const branch = error.schemaPath.slice(prefix.length).split('/')[0] ?? '';
    branches.set(branch, [...(branches.get(branch) ?? []), error]);
  }
  return branches;
}

// An unknown or missing key is an error of the object that holds it: the object was meant all the same.
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
  const parent = error.parentSchema;
  const known = isPlainObject(parent?.['properties']) ? Object.keys(parent['properties']) : [];
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
  const parent = error.parentSchema;
  const { found, value } = lookUp(parent?.['properties'], [name]);
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
