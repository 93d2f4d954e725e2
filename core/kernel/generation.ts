// One config in force: its instances, its applications, its addresses. Immutable; a reload makes the next one.
import type { ResolvedApp, ResolvedConfig } from '../config.ts';
import { App, findApp } from './app.ts';
import type { Endpoint, EndpointPlan } from './endpoint.ts';
import { Hooks, type TapRecord } from '../plugin/hooks.ts';
import type { Logger } from '../log.ts';
import { Scope, type KernelServices } from './scope.ts';

export interface Generation {
  readonly number: number;
  readonly config: ResolvedConfig | undefined;
  readonly scopes: readonly Scope[];
  readonly apps: readonly App[];
  /** Of all instances, for what concerns no application. */
  readonly hooks: Hooks | undefined;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly plans: readonly EndpointPlan[];
}

export const NO_GENERATION: Generation = {
  number: 0,
  config: undefined,
  scopes: [],
  apps: [],
  hooks: undefined,
  endpoints: new Map(),
  plans: [],
};

/** The instances a config asks for: those of the present generation that fit are kept, the rest is declared anew. */
export interface ScopePlan {
  readonly scopes: readonly Scope[];
  readonly fresh: readonly Scope[];
  /** Present instances that have no place in the new generation. */
  readonly retired: readonly Scope[];
  /** Of each fresh instance, the one it replaces. */
  readonly predecessors: ReadonlyMap<Scope, Scope>;
}

/** Declares what is new. Throws when a plugin throws; nothing has been started then. */
export function planScopes(
  config: ResolvedConfig,
  present: readonly Scope[],
  surroundings: KernelServices,
): ScopePlan {
  const places = new Map(present.map((scope) => [place(scope.definition.name, scope.servername), scope]));
  const scopes: Scope[] = [];
  const fresh: Scope[] = [];
  const predecessors = new Map<Scope, Scope>();
  for (const wanted of wantedInstances(config)) {
    const { definition, options, servername } = wanted;
    const old = places.get(place(definition.name, servername));
    if (old?.fits(definition, options)) {
      scopes.push(old);
      continue;
    }
    const scope = new Scope(definition, options, servername, surroundings);
    scope.declare();
    scopes.push(scope);
    fresh.push(scope);
    if (old) predecessors.set(scope, old);
  }
  const staying = new Set(scopes);
  return { scopes, fresh, predecessors, retired: present.filter((scope) => !staying.has(scope)) };
}

/** Applications with their hooks, compiled from the taps of the instances that serve them. */
export function buildApps(config: ResolvedConfig, scopes: readonly Scope[], log: Logger): App[] {
  return config.apps.map((entry) => {
    const serving = servingScopes(entry, config, scopes);
    const taps: TapRecord[] = serving.flatMap((scope) => scope.taps);
    return new App(entry, serving, new Hooks(taps, log, config.server.gateTimeoutMs));
  });
}

/** The instances that serve an application by that name; none if there is no such application. */
export function scopesServing(generation: Generation, appName: string): readonly Scope[] {
  return findApp(generation.apps, appName)?.scopes ?? [];
}

// In the order of the plugins, each plugin's server-wide instance before its application's: the order gates are asked in.
function servingScopes(entry: ResolvedApp, config: ResolvedConfig, scopes: readonly Scope[]): Scope[] {
  return config.definitions.flatMap(({ name }) =>
    scopes.filter(
      (scope) =>
        scope.definition.name === name &&
        (scope.servername === entry.servername ||
          (scope.servername === undefined && entry.plugins.get(name)?.enabled === true)),
    ),
  );
}

function* wantedInstances(config: ResolvedConfig) {
  for (const definition of config.definitions) {
    const root = config.plugins.get(definition.name);
    const usedByApp = config.apps.some((app) => app.plugins.get(definition.name)?.enabled);
    if (definition.server && root && (root.enabled || usedByApp)) {
      yield { definition, options: root.options, servername: undefined };
    }
    if (!definition.app) continue;
    for (const app of config.apps) {
      const setting = app.plugins.get(definition.name);
      if (setting?.enabled) yield { definition, options: setting.options, servername: app.servername };
    }
  }
}

function place(plugin: string, servername: string | undefined): string {
  return servername === undefined ? plugin : `${plugin}\n${servername}`;
}
