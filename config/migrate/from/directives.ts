// What nginx.conf and srs.conf have in common: rules by directive, sizes, times.
import type { Draft, DraftSection } from '../draft.ts';
import type { Directive } from '../read/read-blocks.ts';
import { isSecretName } from './rules.ts';

export interface DirectivePlace {
  readonly draft: Draft;
  readonly section: DraftSection;
}

export const INCLUDED = 'included files are not read; put their lines here, and migrate again';

export type DirectiveRule = (directive: Directive, place: DirectivePlace) => void;
export type DirectiveRules = Readonly<Record<string, DirectiveRule>>;

export function applyDirectives(
  directives: readonly Directive[],
  rules: DirectiveRules,
  place: DirectivePlace,
  unknown: string,
): void {
  for (const directive of directives) {
    const rule = Object.hasOwn(rules, directive.name) ? rules[directive.name] : undefined;
    if (rule) rule(directive, place);
    else leaveOutDirective(directive, place, directive.name === 'include' ? INCLUDED : unknown);
  }
}

export function leaveOutDirective(directive: Directive, { draft }: DirectivePlace, reason: string): void {
  draft.note(directive.line, describeDirective(directive), reason);
}

export function dropDirective(reason: string): DirectiveRule {
  return (directive, place) => leaveOutDirective(directive, place, reason);
}

/** Its first argument goes to that path. @param read - undefined for a text that it does not understand */
export function copyArgument(path: string, read: (text: string) => unknown = (text) => text): DirectiveRule {
  return (directive, place) => {
    const value = read(directive.args[0] ?? '');
    if (value === undefined) leaveOutDirective(directive, place, 'this value is not understood');
    else place.section.set(path, value, directive.comments);
  };
}

/** Values are looked at together, by another function. */
export const elsewhere: DirectiveRule = () => {};

/** `hls_path /tmp/hls`. Queries and passwords of addresses are left out. */
export function describeDirective({ name, args }: Directive): string {
  const shown = isSecretName(name)
    ? ['***']
    : args.map((each) => each.replace(/\?.*$/, '?***').replace(/\/\/[^/@]*@/, '//***@'));
  return [name, ...shown].join(' ');
}

/** The whole directive, secrets included: the same for two that say the same. */
export function identityOf({ name, args, block }: Directive): string {
  return JSON.stringify([name, args, block?.map(identityOf)]);
}

/** The directives of that name before the others, which are read with what it has set. */
export function withFirst(directives: readonly Directive[], name: string): Directive[] {
  return [...directives].sort((one, other) => Number(other.name === name) - Number(one.name === name));
}

export function isOnArgument({ args }: Directive): boolean {
  return args[0] === 'on';
}

/** `5`, `5s`, `500ms`, `2m`, `1h30m`, `1d` in seconds; undefined for anything else. */
export function readSeconds(text: string): number | undefined {
  // Only the last number may be without a unit.
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))*(?:\d+(?:\.\d+)?(?:ms|[smhdw])?)$/.test(text)) return undefined;
  let milliseconds = 0;
  for (const [, digits, unit = 's'] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])?/g))
    milliseconds += Number(digits) * (MILLISECONDS[unit] ?? 0);
  return milliseconds / 1000;
}

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `10`, `10k`, `10M`, `1G` in bytes; undefined for anything else. */
export function readBytes(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d+)([kmg])?$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  return Number(digits) * ({ k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[unit.toLowerCase()] ?? 1);
}

/** undefined for a text that is no number. */
export function readNumber(text: string): number | undefined {
  return text === '' || Number.isNaN(Number(text)) ? undefined : Number(text);
}
