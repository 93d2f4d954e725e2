// Lists of addresses that may publish or play: `allow publish 127.0.0.1;`, `deny publish all;`.
import { intersectAddresses } from '../../../core/net/address-set.ts';
import type { Directive } from '../read/read-blocks.ts';
import { describeDirective, type DirectivePlace } from './directives.ts';

type Action = 'publish' | 'play';

/**
 * Which rule counts. "first": the first that fits; an address that fits none is admitted (nginx-rtmp-module). "deny": a
 * rule that denies counts before all others. As soon as one rule allows something, or when there is no rule, every other
 * address is denied (SRS).
 */
type AccessOrder = 'first' | 'deny';

export class AccessList {
  readonly #order: AccessOrder;
  readonly #rules: {
    readonly allows: boolean;
    readonly action: Action | undefined;
    readonly directive: Directive;
  }[] = [];

  constructor(order: AccessOrder) {
    this.#order = order;
  }

  add(directive: Directive): void {
    const action = directive.args.find((each): each is Action => each === 'publish' || each === 'play');
    this.#rules.push({ allows: directive.name === 'allow', action, directive });
  }

  /**
   * Writes what can be said: addresses that are allowed before the rest is denied, or single ones that are denied. Where another
   * list is written already, those may come in whom both admit.
   */
  write(place: DirectivePlace): void {
    for (const action of ['publish', 'play'] as const) this.#writeAction(action, place);
  }

  #writeAction(action: Action, place: DirectivePlace): void {
    const rules = this.#rules.filter((rule) => rule.action === undefined || rule.action === action);
    const everyone = rules.findIndex(
      ({ allows, directive }) => isForAll(directive) && !(allows && this.#order === 'deny'),
    );
    const before = rules.slice(0, everyone < 0 || this.#order === 'deny' ? undefined : everyone);
    for (const { directive } of before.filter(({ allows }) => !allows)) denyAddresses(directive, place);
    const comments = rules.flatMap(({ directive }) => directive.comments);
    if (everyone >= 0 ? rules[everyone]?.allows : this.#admitsTheRest()) return;
    const allowed = before.filter(({ allows }) => allows).map(({ directive }) => directive);
    const closed = this.#order === 'deny' && everyone >= 0;
    if (!closed && allowed.some(isForAll)) return;
    const addresses = closed ? [] : allowed.flatMap(addressesOf);
    allowOnly(action, addresses, comments, place);
  }

  /** Whether an address that no rule names may come in. */
  #admitsTheRest(): boolean {
    const denies = this.#rules.some(({ allows }) => !allows);
    return this.#order === 'first' || (denies && !this.#rules.some(({ allows }) => allows));
  }
}

/** An address that no client has. */
const NOBODY = ['255.255.255.255'];

function allowOnly(
  action: Action,
  wanted: readonly string[],
  comments: readonly string[],
  { section }: DirectivePlace,
): void {
  const path = `auth.${action}.allow`;
  const present = section.get(path) as readonly string[] | undefined;
  const addresses = present ? intersectAddresses(present, wanted) : wanted;
  if (addresses.length > 0) section.set(path, addresses, comments);
  else if (present !== NOBODY) section.set(path, NOBODY, [...comments, `Nobody may ${action}.`]);
}

function denyAddresses(directive: Directive, { section, draft }: DirectivePlace): void {
  const addresses = addressesOf(directive);
  if (addresses.length === 0) return;
  for (const address of addresses) section.add('auth.deny', address);
  draft.note(
    directive.line,
    describeDirective(directive),
    'auth.deny denies addresses whatever they ask for',
  );
}

function isForAll({ args }: Directive): boolean {
  return args.includes('all');
}

function addressesOf({ args }: Directive): string[] {
  return args.filter((each) => each !== 'publish' && each !== 'play' && each !== 'all');
}
