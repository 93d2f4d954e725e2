// The text that a request wants the config to have, from the text that it has.
import { LivegoError, readConfigDocument, rewriteConfigText, type ShortForm } from 'livego';
import type { Asked } from '../http/operation.ts';
import { Problem } from '../http/problem.ts';
import { parseJson } from '../http/read-body.ts';
import { compileInput } from '../http/validate.ts';
import { nameAs } from './names.ts';
import { JSON_PATCH_SCHEMA, jsonPatch, mergePatch } from './patches.ts';
import { hiddenIn, hideSecrets, restoreSecrets } from './secrets.ts';

export const MERGE_PATCH = 'application/merge-patch+json';
export const JSON_PATCH = 'application/json-patch+json';
/** The whole text, comments included. */
export const TEXT_TYPES = ['application/json5', 'text/plain'];
export const DOCUMENT = 'application/json';

/** What programs send that do not say what it is: curl calls everything a form. */
const UNNAMED: ReadonlySet<string> = new Set(['', 'application/x-www-form-urlencoded']);

const patchCheck = compileInput({ body: JSON_PATCH_SCHEMA });

/** How a request changes the text, by the type of its body. Throws a problem for a type that `types` does not name. */
export function changeOf(
  { bodyType, bodyText }: Pick<Asked, 'bodyType' | 'bodyText'>,
  types: readonly string[],
  shortForms: readonly ShortForm[],
): (text: string) => string {
  const type = UNNAMED.has(bodyType) ? (types[0] ?? DOCUMENT) : bodyType;
  if (!types.includes(type))
    throw new Problem(415, 'unsupported-type', `the body must be ${types.join(' or ')}`);
  if (TEXT_TYPES.includes(type)) return (text) => requireNoneHidden(bodyText, readOf(bodyText), readOf(text));
  const value = parseJson(bodyText);
  if (type === JSON_PATCH) patchCheck.body(value);
  return (text) => {
    const old = readConfigDocument(text);
    // A patch is made against what was shown, so its tests may name what was hidden.
    const shown = hideSecrets(old);
    const next =
      type === DOCUMENT
        ? value
        : type === JSON_PATCH
          ? jsonPatch(shown, value as [])
          : mergePatch(shown, nameAs(shown, value, shortForms));
    const restored = restoreSecrets(next, old);
    if (typeof restored !== 'object' || restored === null || Array.isArray(restored))
      throw new Problem(422, 'invalid', 'a config is an object');
    requireNoneHidden(text, restored, old);
    return rewriteConfigText(text, restored as Record<string, unknown>);
  };
}

/** The text, if what it holds has nothing hidden that the file has not. */
function requireNoneHidden(text: string, next: unknown, old: unknown): string {
  const known = new Set(hiddenIn(old));
  if (hiddenIn(next).every((each) => known.has(each))) return text;
  const detail = 'a value has "***" where the file has no secret that this could stand for; write the secret';
  throw new Problem(422, 'hidden', detail);
}

/** Undefined for a text with faults, which is rejected for them. */
function readOf(text: string): unknown {
  try {
    return readConfigDocument(text);
  } catch (error) {
    if (error instanceof LivegoError) return undefined;
    throw error;
  }
}
