// The text that a request wants the config to have, from the text that it has.
import { readConfigDocument, rewriteConfigText, type ShortForm } from 'livego';
import type { Asked } from '../http/operation.ts';
import { Problem } from '../http/problem.ts';
import { parseJson } from '../http/read-body.ts';
import { compileInput } from '../http/validate.ts';
import { nameAs } from './names.ts';
import { JSON_PATCH_SCHEMA, jsonPatch, mergePatch } from './patches.ts';
import { hideSecrets, holdsHidden, restoreSecrets } from './secrets.ts';

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
  if (TEXT_TYPES.includes(type)) return () => bodyText;
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
    if (holdsHidden(restored) && !holdsHidden(old))
      throw new Problem(
        422,
        'hidden',
        'a value is "***" where the file has no secret that this could stand for',
      );
    return rewriteConfigText(text, restored as Record<string, unknown>);
  };
}
