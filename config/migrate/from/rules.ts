// Rules for the keys of a source: each copies its entry into the draft, or notes why it does not.
import type { Draft, DraftSection } from '../draft.ts';
import {
  SourceList,
  SourceMap,
  textOf,
  toJson,
  type SourceEntry,
  type SourceValue,
} from '../read/source-tree.ts';

export interface Place {
  readonly draft: Draft;
  /** Where values go. */
  readonly section: DraftSection;
}

export type Rule = (entry: SourceEntry, place: Place) => void;

/** By key, in small letters. */
export type Rules = Readonly<Record<string, Rule>>;

/** Applies the rule of each key, in any letter case. @param unknown - why a key without a rule is left out */
export function applyRules(map: SourceMap, rules: Rules, place: Place, unknown: string): void {
  for (const entry of map.entries) {
    const key = entry.key.toLowerCase();
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
    if (rule) rule(entry, place);
    else leaveOut(entry, place, unknown);
  }
}

/** The value goes to that path as it is. */
export function copyTo(path: string): Rule {
  return (entry, { section }) => section.set(path, toJson(entry.value), entry.comments);
}

/** The entry has no counterpart. */
export function drop(reason: string): Rule {
  return (entry, place) => leaveOut(entry, place, reason);
}

export function leaveOut(entry: SourceEntry, { draft }: Place, reason: string): void {
  draft.note(entry.line, describeEntry(entry), reason);
}

/** `hls_path: "/tmp"`. Secrets are hidden. */
function describeEntry({ key, value }: SourceEntry): string {
  if (value instanceof SourceMap || value instanceof SourceList) return key;
  return isSecretName(key) ? `${key}: ***` : `${key}: ${JSON.stringify(value)}`;
}

export function isSecretName(name: string): boolean {
  return /secret|pass|pwd|token|(?:^|_)key$/i.test(name) && name !== 'wait_key';
}

/** Whether a switch is on: true, "on", "enable", "enabled", "yes", 1, in any letter case. */
export function isOn(value: SourceValue | undefined): boolean {
  return value === true || value === 1 || /^(?:true|on|enabled?|yes)$/i.test(textOf(value));
}

/** The elements of a list, or a single value as a list of one. */
export function itemsOf({ line, value }: SourceEntry): readonly { line: number; value: SourceValue }[] {
  return value instanceof SourceList ? value.items : [{ line, value }];
}
