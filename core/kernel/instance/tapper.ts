// The hooks of a context: whatever is tapped is declared.
import {
  HOOK_NAMES,
  HOOKS,
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

/** Its own properties are all hooks. Each is made when it is asked for: there are tens of thousands of instances. */
const TAPPER: ProxyHandler<{ readonly scope: TappingScope }> = {
  has: (_, key) => isHook(key),
  get: ({ scope }, key) => (isHook(key) ? tapperOf(scope, key) : undefined),
  ownKeys: () => [...HOOK_NAMES],
  getOwnPropertyDescriptor: ({ scope }, key) =>
    isHook(key) ? { value: tapperOf(scope, key), enumerable: true, configurable: true } : undefined,
};

export function buildTapper(scope: TappingScope): HookTapper {
  return new Proxy({ scope }, TAPPER) as unknown as HookTapper;
}

function isHook(key: string | symbol): key is HookName {
  return typeof key === 'string' && Object.hasOwn(HOOKS, key);
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
