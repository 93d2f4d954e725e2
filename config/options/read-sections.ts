// The root and the entries of servers[], with the command's flags laid over the root.
import type { FaultList } from './fault-list.ts';
import { featureOf } from '../classic/flags.ts';
import type { Override } from '../classic/flags.ts';
import type { KnownKeys } from './known-keys.ts';
import { isPlainObject } from '../text/path.ts';
import type { ConfigPath, PlainObject } from '../text/path.ts';
import { readSection } from './read-section.ts';
import type { ReadSection } from './read-section.ts';
import type { EntrySection, Sections } from './resolve.ts';
import { Section } from './section.ts';
import { showValue } from '../text/wording.ts';

/** The application that is served when servers[] names none. */
const DEFAULT_SERVERNAME = 'live';

/** Reads all sections; `incomplete` says that keys may belong to a plugin that could not be loaded. */
export function readSections(
  root: PlainObject,
  overrides: readonly Override[],
  keys: KnownKeys,
  incomplete: boolean,
  faults: FaultList,
): Sections {
  const read = readSection({ level: 'root', path: [], value: root, keys, incomplete, faults });
  for (const override of overrides) applyOverride(override, read.section, keys, faults);
  const entries = listEntries(read, faults).map(({ value, path }): EntrySection => {
    const entry = readSection({ level: 'entry', path, value, keys, incomplete, faults });
    return { ...readServername(entry, path, faults), section: entry.section };
  });
  if (entries.length > 0) return { root: read.section, entries };
  return { root: read.section, entries: [defaultEntry(faults)] };
}

function applyOverride(override: Override, root: Section, keys: KnownKeys, faults: FaultList): void {
  const meaning = keys.find(override.key, 'root');
  if (meaning?.kind === 'core' || meaning?.kind === 'alias')
    root.override(meaning, override.value, override.flag);
  else
    faults.warn({ flag: override.flag }, `this build has no ${featureOf(override)}; the flag has no effect`);
}

function listEntries(read: ReadSection, faults: FaultList): { value: PlainObject; path: ConfigPath }[] {
  const servers = read.structure.get('servers');
  if (servers === undefined) return [];
  if (!Array.isArray(servers.value)) {
    const message = `${showValue(servers.value)} is not a list; it must be a list of applications, such as [{ servername: "live" }]`;
    faults.add({ path: servers.path }, 'value', message);
    return [];
  }
  return (servers.value as unknown[]).flatMap((value, index) => {
    const path = [...servers.path, index];
    if (isPlainObject(value)) return [{ value, path }];
    faults.add(
      { path },
      'value',
      `${showValue(value)} is not an application; it must be like { servername: "live" }`,
    );
    return [];
  });
}

function readServername(
  entry: ReadSection,
  path: ConfigPath,
  faults: FaultList,
): Pick<EntrySection, 'servername' | 'nameOrigin'> {
  const given = entry.structure.get('servername');
  if (given === undefined) {
    faults.add(
      { path },
      'value',
      'the application has no name; give it a servername, such as servername: "live"',
    );
    return { servername: '', nameOrigin: { path } };
  }
  const nameOrigin = { path: given.path };
  if (typeof given.value === 'string' && isServername(given.value))
    return { servername: given.value, nameOrigin };
  const shown = faults.template(nameOrigin)?.text ?? given.value;
  const message = `${showValue(shown)} cannot be an application's name; it must be a string such as "live" or "event-*", without spaces, "?", "#", or a "/" at an end`;
  faults.add(nameOrigin, 'value', message);
  return { servername: '', nameOrigin };
}

function isServername(name: string): boolean {
  return /^[^\s?#\p{Cc}]+$/u.test(name) && !name.startsWith('/') && !name.endsWith('/');
}

function defaultEntry(faults: FaultList): EntrySection {
  return {
    servername: DEFAULT_SERVERNAME,
    nameOrigin: { path: [] },
    section: new Section('entry', [], faults),
  };
}
