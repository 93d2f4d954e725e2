// What nginx.conf and srs.conf have in common: rules by directive, sizes, times, lists of addresses.
import type { Draft, DraftSection } from '../draft.ts';
import type { Directive } from '../read/read-blocks.ts';
import { isSecretName } from './rules.ts';

export interface DirectivePlace {
  readonly draft: Draft;
  readonly section: DraftSection;
}

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
    else leaveOutDirective(directive, place, unknown);
  }
}

export function leaveOutDirective(directive: Directive, { draft }: DirectivePlace, reason: string): void {
  draft.note(directive.line, describeDirective(directive), reason);
}

export function dropDirective(reason: string): DirectiveRule {
  return (directive, place) => leaveOutDirective(directive, place, reason);
}

/** Its first argument goes to that path. */
export function copyArgument(path: string, read: (text: string) => unknown = (text) => text): DirectiveRule {
  return ({ args, comments }, { section }) => section.set(path, read(args[0] ?? ''), comments);
}

/** `hls_path /tmp/hls`. Queries and passwords of addresses are left out. */
export function describeDirective({ name, args }: Directive): string {
  const shown = isSecretName(name)
    ? ['***']
    : args.map((each) => each.replace(/\?.*$/, '?***').replace(/\/\/[^/@]*@/, '//***@'));
  return [name, ...shown].join(' ');
}

export function isOnArgument({ args }: Directive): boolean {
  return args[0] === 'on';
}

/** `5`, `5s`, `500ms`, `2m`, `1h`, `1d` in seconds. */
export function readSeconds(text: string): number {
  const [, digits = '0', unit = 's'] = /^(\d+(?:\.\d+)?)(ms|[smhd])?$/.exec(text) ?? [];
  return Number(digits) * ({ ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 }[unit] ?? 1);
}

/** `10`, `10k`, `10M`, `1G` in bytes. */
export function readBytes(text: string): number {
  const [, digits = '0', unit = ''] = /^(\d+)([kmg])?$/i.exec(text) ?? [];
  return Number(digits) * ({ k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[unit.toLowerCase()] ?? 1);
}

type Action = 'publish' | 'play';

/** `allow publish 127.0.0.1;` and `deny publish all;`: the first that fits decides. */
export class AccessList {
  readonly #rules: {
    readonly allows: boolean;
    readonly action: Action | undefined;
    readonly directive: Directive;
  }[] = [];

  add(directive: Directive): void {
    const action = directive.args.find((each): each is Action => each === 'publish' || each === 'play');
    this.#rules.push({ allows: directive.name === 'allow', action, directive });
  }

  /** Writes what can be said: addresses that are allowed before the rest is denied, or single ones that are denied. */
  write(place: DirectivePlace): void {
    for (const action of ['publish', 'play'] as const) this.#writeAction(action, place);
  }

  #writeAction(action: Action, { draft, section }: DirectivePlace): void {
    const rules = this.#rules.filter((rule) => rule.action === undefined || rule.action === action);
    const everyone = rules.findIndex(({ directive }) => directive.args.includes('all'));
    const before = rules.slice(0, everyone < 0 ? undefined : everyone);
    for (const { directive } of before.filter(({ allows }) => !allows)) {
      for (const address of addressesOf(directive)) section.add('auth.deny', address);
      draft.note(
        directive.line,
        describeDirective(directive),
        'auth.deny denies addresses whatever they ask for',
      );
    }
    const allowed = before.filter(({ allows }) => allows);
    if (everyone < 0 || rules[everyone]?.allows !== false) return;
    const addresses = allowed.flatMap(({ directive }) => addressesOf(directive));
    const comments = rules.flatMap(({ directive }) => directive.comments);
    if (addresses.length > 0) section.set(`auth.${action}.allow`, addresses, comments);
    else section.set(`auth.${action}.allow`, NOBODY, [...comments, `Nobody may ${action}.`]);
  }
}

/** An address that no client has. */
const NOBODY = ['255.255.255.255'];

function addressesOf({ args }: Directive): string[] {
  return args.filter((each) => each !== 'publish' && each !== 'play' && each !== 'all');
}
