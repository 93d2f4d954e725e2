// The hooks of a context: whatever is tapped is declared.
import {
  HOOK_NAMES,
  type GateTapOptions,
  type HookName,
  type HookTapper,
  type NameTapOptions,
  type TapRecord,
} from '../../plugin/hooks.ts';
import type { ResourceOwner } from '../../resource-owner.ts';
import { checkCallback } from './declaration-checks.ts';
import type { Declarations } from './declarations.ts';

interface TappingScope extends ResourceOwner {
  readonly definition: { readonly name: string };
  readonly label: string;
  readonly declared: Pick<Declarations, 'taps'>;
  requireDeclaring(what: string): void;
}

/** A hook is made when it is asked for: an instance taps few of them, and there are tens of thousands of instances. */
class Tapper {
  readonly #scope: TappingScope;

  constructor(scope: TappingScope) {
    this.#scope = scope;
  }

  static {
    for (const hook of HOOK_NAMES)
      Object.defineProperty(Tapper.prototype, hook, {
        get(this: Tapper) {
          return tapperOf(this.#scope, hook);
        },
        enumerable: true,
      });
  }
}

export function buildTapper(scope: TappingScope): HookTapper {
  return new Tapper(scope) as unknown as HookTapper;
}

function tapperOf(scope: TappingScope, hook: HookName) {
  return {
    tap: (tap: unknown, options?: NameTapOptions & GateTapOptions): void => {
      scope.requireDeclaring(`hooks.${hook}.tap`);
      checkCallback(scope.label, `hooks.${hook}.tap`, tap);
      const plugin = scope.definition.name;
      scope.declared.taps.push({ hook, plugin, tap, owner: scope, options } as unknown as TapRecord);
    },
  };
}
