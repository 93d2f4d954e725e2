// Sorts the keys of the root or of an entry of servers[] into a section: core options, plugins' switches and options, aliases.
import { RENAMED_KEYS, asksForSomething } from '../classic/classic.ts';
import type { ClassicKey } from '../classic/classic.ts';
import type { FaultList } from './fault-list.ts';
import { propertyNames } from './known-keys.ts';
import type { KeyMeaning, KnownKeys, SectionLevel } from './known-keys.ts';
import { didYouMean } from './nearest.ts';
import { isPlainObject } from '../text/path.ts';
import type { ConfigPath, PlainObject } from '../text/path.ts';
import { Section } from './section.ts';
import { SWITCH_WORDS, parseSwitch } from '../classic/switch.ts';
import { showValue } from '../text/wording.ts';

export interface SectionInput {
  readonly level: SectionLevel;
  readonly path: ConfigPath;
  readonly value: PlainObject;
  readonly keys: KnownKeys;
  /** A plugin could not be loaded: a key that resembles no other may be its own. */
  readonly incomplete: boolean;
  readonly faults: FaultList;
}

export interface ReadSection {
  readonly section: Section;
  /** The values of `servers`, `plugins`, `servername` where given, and their paths. */
  readonly structure: ReadonlyMap<string, { readonly value: unknown; readonly path: ConfigPath }>;
}

/** Reads one section. What is wrong with its keys goes to `faults`; values of options are checked later. */
export function readSection(input: SectionInput): ReadSection {
  const section = new Section(input.level, input.path, input.faults);
  const structure = new Map<string, { value: unknown; path: ConfigPath }>();
  const classics = new Map<string, ClassicUse>();
  for (const key of Object.keys(input.value)) {
    const path = [...input.path, key];
    const value = input.value[key];
    const meaning = input.keys.find(key, input.level);
    if (meaning === undefined) reportUnknown(key, path, input);
    else if (meaning.kind === 'structure') readStructure(meaning.name, value, path, structure, input.faults);
    else if (meaning.kind === 'classic') classics.set(meaning.name, { entry: meaning.entry, value, path });
    else readOption(meaning, value, path, section, input.faults);
  }
  warnOfClassics(classics, input.faults);
  return { section, structure };
}

interface ClassicUse {
  readonly entry: ClassicKey;
  readonly value: unknown;
  readonly path: ConfigPath;
}

function readStructure(
  name: string,
  value: unknown,
  path: ConfigPath,
  structure: Map<string, { value: unknown; path: ConfigPath }>,
  faults: FaultList,
): void {
  const first = structure.get(name);
  if (first === undefined) structure.set(name, { value, path });
  else
    faults.add(
      { path },
      'key',
      `the same key is already given as ${faults.lineOf(first)}; remove one of the two`,
    );
}

function readOption(
  meaning: KeyMeaning & { kind: 'core' | 'plugin' | 'alias' },
  value: unknown,
  path: ConfigPath,
  section: Section,
  faults: FaultList,
): void {
  if (meaning.kind === 'core') section.setCore(meaning.name, value, { path });
  else if (meaning.kind === 'plugin') readPlugin(meaning.name, value, path, section, faults);
  else if (meaning.option[0] === 'enabled') readSwitch(meaning.plugin, value, path, section, faults);
  else section.setOption(meaning.plugin, meaning.option, value, { path });
}

function readPlugin(
  plugin: string,
  value: unknown,
  path: ConfigPath,
  section: Section,
  faults: FaultList,
): void {
  if (!isPlainObject(value)) {
    readSwitch(plugin, value, path, section, faults, ', or options in braces { }');
    return;
  }
  section.setBraces(plugin, { path });
  for (const key of Object.keys(value)) {
    const inner = [...path, key];
    if (key === 'enabled') readSwitch(plugin, value[key], inner, section, faults);
    else section.setOption(plugin, [key], value[key], { path: inner });
  }
}

function readSwitch(
  plugin: string,
  value: unknown,
  path: ConfigPath,
  section: Section,
  faults: FaultList,
  alternative = '',
): void {
  const on = parseSwitch(value);
  if (on !== undefined) {
    section.setSwitch(plugin, on, { path });
    return;
  }
  const hint = typeof value === 'string' ? didYouMean(value, SWITCH_WORDS) : '';
  const shown = faults.template({ path })?.text ?? value;
  faults.add(
    { path },
    'value',
    `${showValue(shown)} is not a switch; it must be "enable" or "disable"${alternative}${hint}`,
  );
}

function reportUnknown(key: string, path: ConfigPath, input: SectionInput): void {
  const message = explainUnknown(key, input);
  if (message !== undefined) input.faults.add({ path }, 'key', message);
  else if (!input.incomplete)
    input.faults.add(
      { path },
      'key',
      `unknown key; known are ${input.keys.names(input.level).sort().join(', ')}`,
    );
}

/** What was meant by an unknown key, if it resembles anything. */
function explainUnknown(key: string, { level, keys }: SectionInput): string | undefined {
  const other = level === 'root' ? 'entry' : 'root';
  if (keys.find(key, other) !== undefined)
    return level === 'root'
      ? 'this key belongs into an entry of servers[]'
      : 'this option belongs to the whole server; write it at the root';
  const renamed = Object.hasOwn(RENAMED_KEYS, key.toLowerCase())
    ? RENAMED_KEYS[key.toLowerCase()]
    : undefined;
  if (renamed !== undefined) return `this key is called "${renamed}" here`;
  const owner = keys.definitions.find(({ schema }) => propertyNames(schema).includes(key));
  if (owner !== undefined) return `this is an option of ${owner.name}; write ${owner.name}: { ${key}: … }`;
  const hint = didYouMean(key, keys.names(level));
  return hint === '' ? undefined : `unknown key${hint}`;
}

function warnOfClassics(classics: ReadonlyMap<string, ClassicUse>, faults: FaultList): void {
  for (const { entry, value, path } of classics.values()) {
    if (!asksForSomething(value)) continue;
    const governor = entry.switch === undefined ? undefined : classics.get(entry.switch);
    // One warning for each feature: the switch that is on has already told.
    if (governor !== undefined) continue;
    faults.warn({ path }, `this build has no ${entry.feature}; the key has no effect`);
  }
}
