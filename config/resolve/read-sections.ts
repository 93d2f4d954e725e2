// The root and the entries of servers[], with the command's flags laid over the root.
import { mapInTurns } from '../../core/time/in-turns.ts';
import { featureOf } from '../classic/flags.ts';
import type { Override } from '../classic/flags.ts';
import type { FaultList } from '../text/fault-list.ts';
import { isPlainObject } from '../text/plain-object.ts';
import type { PlainObject } from '../text/plain-object.ts';
import { showValue } from '../text/show-value.ts';
import type { Given } from './read-braces.ts';
import { readSection } from './read-section.ts';
import type { ReadContext, ReadSection } from './read-section.ts';
import { Section } from './section.ts';
import type { EntrySection, Sections } from './section.ts';

/** The application of a config whose servers[] names none. */
const DEFAULT_SERVERNAME = 'live';

/** Each costs every plugin an instance. */
const MAX_APPLICATIONS = 2000;

/** Reads all sections of a config, a few in each turn of the event loop. */
export async function readSections(
  root: PlainObject,
  overrides: readonly Override[],
  context: ReadContext,
): Promise<Sections> {
  const { faults } = context;
  const read = readSection('root', { value: root, path: [] }, context);
  for (const override of overrides) applyOverride(override, read.section, context);
  const entries = await mapInTurns(listEntries(read, faults), (given): EntrySection => {
    const entry = readSection('entry', given, context);
    return { ...readServername(entry, faults), section: entry.section };
  });
  return { root: read.section, entries: entries.length > 0 ? entries : [defaultEntry(faults)] };
}

function applyOverride(override: Override, root: Section, { keys, faults }: ReadContext): void {
  const meaning = keys.find(override.key, 'root');
  if (meaning?.kind === 'core' || meaning?.kind === 'alias')
    root.override(meaning, override.value, override.flag);
  else
    faults.warn({ flag: override.flag }, `this build has no ${featureOf(override)}; the flag has no effect`);
}

function listEntries(read: ReadSection, faults: FaultList): Given<PlainObject>[] {
  const servers = read.structure.get('servers');
  if (servers === undefined) return [];
  if (!Array.isArray(servers.value)) {
    const shown = showValue(servers.value);
    const message = `${shown} is not a list; it must be a list of applications, such as [{ servername: "live" }]`;
    faults.add(servers, 'value', message);
    return [];
  }
  const { length } = servers.value as unknown[];
  if (length > MAX_APPLICATIONS) {
    const message = `${length} applications are too many; ${MAX_APPLICATIONS} are allowed. A servername may stand for many: "event-*"`;
    faults.add(servers, 'value', message);
    return [];
  }
  return (servers.value as unknown[]).flatMap((value, index) => {
    const path = [...servers.path, index];
    if (isPlainObject(value)) return [{ value, path }];
    const message = `${showValue(value)} is not an application; it must be like { servername: "live" }`;
    faults.add({ path }, 'value', message);
    return [];
  });
}

function readServername(entry: ReadSection, faults: FaultList): Omit<EntrySection, 'section'> {
  const given = entry.structure.get('servername');
  if (given === undefined) {
    const nameOrigin = { path: entry.section.path };
    const message = 'the application has no name; give it a servername, such as servername: "live"';
    faults.add(nameOrigin, 'value', message);
    return { servername: '', nameOrigin };
  }
  const nameOrigin = { path: given.path };
  if (typeof given.value === 'string' && isServername(given.value))
    return { servername: given.value, nameOrigin };
  const shown = showValue(faults.template(nameOrigin)?.text ?? given.value);
  const message = `${shown} cannot be an application's name; it must be a string such as "live" or "event-*", without spaces, "?", "#", or a "/" at an end`;
  faults.add(nameOrigin, 'value', message);
  return { servername: '', nameOrigin };
}

function isServername(name: string): boolean {
  return /^[^\s?#\p{Cc}]+$/u.test(name) && !name.startsWith('/') && !name.endsWith('/');
}

function defaultEntry(faults: FaultList): EntrySection {
  return { servername: DEFAULT_SERVERNAME, nameOrigin: { path: [] }, section: new Section([], faults) };
}
