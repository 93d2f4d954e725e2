// Explains a key that is unknown at its place.
import { RENAMED_KEYS } from '../classic/classic-keys.ts';
import { didYouMean } from '../options/nearest.ts';
import { propertyNames } from '../options/schema.ts';
import { formatInBraces } from '../text/path.ts';
import type { KnownKeys, SectionLevel } from './known-keys.ts';

/** A message that names the key that was meant. Undefined if the key resembles nothing. */
export function explainUnknownKey(key: string, level: SectionLevel, keys: KnownKeys): string | undefined {
  if (keys.find(key, level === 'root' ? 'entry' : 'root') !== undefined)
    return level === 'root'
      ? 'this key belongs in an entry of servers[]'
      : 'this option belongs to the whole server; write it at the root';
  const renamed = renamedKey(key);
  if (renamed !== undefined) return `this key is called "${renamed}" here`;
  const path = findOption(key, keys);
  if (path !== undefined) return `this is an option of ${path[0]}; write ${formatInBraces(path)}`;
  const hint = didYouMean(key, keys.names(level));
  return hint === '' ? undefined : `unknown key${hint}`;
}

function renamedKey(key: string): string | undefined {
  const name = key.toLowerCase();
  return Object.hasOwn(RENAMED_KEYS, name) ? RENAMED_KEYS[name] : undefined;
}

/** The option of a plugin that has this name, or had it before: the plugin's name, then the option's. */
function findOption(key: string, keys: KnownKeys): readonly string[] | undefined {
  for (const { name, schema } of keys.definitions) {
    if (propertyNames(schema).includes(key)) return [name, key];
    const newName = keys.renamedOptions(name).newName([key]);
    if (newName !== undefined) return [name, ...newName];
  }
  return undefined;
}
