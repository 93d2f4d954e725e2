// Blocks of SRS that a switch turns on: `hls { enabled on; … }`.
import type { Directive } from '../../read/read-blocks.ts';
import { isOnArgument, leaveOutDirective, type DirectivePlace, type DirectiveRule } from '../directives.ts';

export const UNKNOWN = 'has no counterpart';
export const NOT_SERVED = 'livego does not speak this protocol';

export function isEnabled({ block = [] }: Directive): boolean {
  return block.some((each) => each.name === 'enabled' && isOnArgument(each));
}

/** Notes a block in one line, unless it is switched off. */
export function quietly(reason: string): DirectiveRule {
  return (directive, place) => {
    const isOff = directive.block && !isEnabled(directive);
    if (!isOff)
      leaveOutDirective({ ...directive, args: directive.block ? [] : directive.args }, place, reason);
  };
}

/** Notes what stands in a block beside the directives that are understood. */
export function noteOthers(
  block: readonly Directive[],
  known: readonly string[],
  place: DirectivePlace,
): void {
  for (const directive of block)
    if (directive.name !== 'enabled' && !known.includes(directive.name))
      leaveOutDirective({ ...directive, args: directive.block ? [] : directive.args }, place, UNKNOWN);
}
