// Which doors somebody watches.
import type { HooksOfKind } from '../../plugin/hooks.ts';
import type { Scope } from '../instance/scope.ts';

/** Whether a gate of these hooks decides, and does not only look on. */
export function hasGuards(
  scopes: readonly Pick<Scope, 'taps'>[],
  gates: readonly HooksOfKind<'gate'>[],
): boolean {
  return scopes.some(({ taps }) =>
    taps.some(({ hook, options }) => gates.some((gate) => gate === hook) && options?.observer !== true),
  );
}
