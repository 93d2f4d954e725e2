// One config: its instances, its applications, its addresses. Immutable; a reload makes the next one.
//
// The room puts together what instances have declared: hooks, routes, commands, metrics. Instances are made in
// kernel/instance; they are started and stopped in kernel/reload.
import type { ResolvedApp, ResolvedConfig } from '../../config.ts';
import type { Logger } from '../../log/log.ts';
import { ControlAccess } from '../../http/access/control-access.ts';
import type { ControlRates } from '../../http/access/control-rates.ts';
import { App, findApp, makeHooksWith } from './app.ts';
import { CommandTable } from './command-table.ts';
import type { Endpoint } from './endpoint.ts';
import { planEndpoints, type EndpointPlan } from './endpoint-plan.ts';
import { HookRunner } from './hook-runner.ts';
import { MetricTable } from './metric-table.ts';
import { Proxies } from './proxies.ts';
import { StoredTable } from './stored-table.ts';
import { Scope, type ScopePlace } from '../instance/scope.ts';
import type { KernelServices } from '../instance/services.ts';
import { HOOKS, type TapRecord } from '../../plugin/hooks.ts';
import { eachInTurns, mapInTurns, Pace } from '../../time/in-turns.ts';

/** The declarations of all instances, put together: everything that is known of a generation before it starts. */
export interface Assembly {
  readonly apps: readonly App[];
  /** Of all instances, for events that concern no application. */
  readonly hooks: HookRunner;
  readonly plans: readonly EndpointPlan[];
  readonly commands: CommandTable;
  readonly metrics: MetricTable;
  readonly stored: StoredTable;
}

/** What all generations share. */
export interface AssemblyParts {
  /** For lines that peers cause. */
  readonly limited: Logger;
  readonly rates: ControlRates;
}

export interface Generation extends Omit<Assembly, 'hooks'> {
  readonly number: number;
  readonly config: ResolvedConfig | undefined;
  readonly scopes: readonly Scope[];
  readonly hooks: HookRunner | undefined;
  /** Applications that it no longer has and that still have clients. */
  readonly former: readonly App[];
  readonly endpoints: ReadonlyMap<string, Endpoint>;
}

export const NO_GENERATION: Generation = {
  number: 0,
  config: undefined,
  scopes: [],
  apps: [],
  former: [],
  hooks: undefined,
  endpoints: new Map(),
  plans: [],
  commands: new CommandTable([], []),
  metrics: new MetricTable([]),
  stored: new StoredTable([]),
};

/** The instances a config asks for: those of the present generation that fit are kept, the rest is declared. */
export interface ScopePlan {
  readonly scopes: readonly Scope[];
  readonly fresh: readonly Scope[];
  /** Present instances that have no place in the new generation. */
  readonly retired: readonly Scope[];
  /** The instance that each fresh one replaces. */
  readonly predecessors: ReadonlyMap<Scope, Scope>;
}

/**
 * Declares the new instances, a few in each turn of the event loop, and starts none. When a plugin throws, releases the
 * declared ones and throws.
 */
export async function planScopes(
  config: ResolvedConfig,
  present: readonly Scope[],
  services: KernelServices,
): Promise<ScopePlan> {
  const places = new Map(present.map((scope) => [nameOf(scope), scope]));
  const scopes: Scope[] = [];
  const fresh: Scope[] = [];
  const predecessors = new Map<Scope, Scope>();
  const declare = ({ place, options }: WantedInstance): void => {
    const old = places.get(nameOf(place));
    if (old?.fits(place.definition, options)) return void scopes.push(old);
    const scope = new Scope(place, options, services);
    scopes.push(scope);
    fresh.push(scope);
    scope.declare();
    if (old) predecessors.set(scope, old);
  };
  try {
    await eachInTurns(wantedInstances(config), declare);
  } catch (error) {
    release(fresh);
    throw error;
  }
  const staying = new Set(scopes);
  return { scopes, fresh, predecessors, retired: present.filter((scope) => !staying.has(scope)) };
}

/** For instances that were declared and will not be started. */
export function release(scopes: readonly Scope[]): void {
  for (const scope of scopes) scope.release();
}

/** Throws when declarations of two instances exclude each other. Opens nothing. */
export async function assemble(
  config: ResolvedConfig,
  scopes: readonly Scope[],
  { limited: log, rates }: AssemblyParts,
): Promise<Assembly> {
  const { gateTimeoutMs, control, jwt } = config.server;
  const trust = { proxies: new Proxies(config.server), access: new ControlAccess(control, jwt, rates) };
  const makeHooks = makeHooksWith(log, gateTimeoutMs);
  const byName = new Map(scopes.map((scope) => [nameOf(scope), scope]));
  const pace = new Pace();
  const parts = {
    plans: planEndpoints(scopes, trust, log),
    commands: new CommandTable(scopes, config.apps),
    metrics: new MetricTable(scopes),
    stored: new StoredTable(scopes),
    hooks: new HookRunner(serverEventTaps(scopes), log, gateTimeoutMs),
  };
  await pace.next();
  const apps = await mapInTurns(config.apps, (entry) => {
    const serving = servingScopes(entry, config, byName);
    return new App(entry, serving, makeHooks);
  });
  return { ...parts, apps };
}

function serverEventTaps(scopes: readonly Scope[]): TapRecord[] {
  return scopes.flatMap(({ taps }) => taps.filter(({ hook }) => HOOKS[hook] === 'server-event'));
}

/** The instances that serve an application by that name; none if there is no such application. */
export function scopesServing(generation: Generation, appName: string): readonly Scope[] {
  return findApp(generation.apps, appName)?.scopes ?? [];
}

// Gates are asked in this order: by plugin, and each plugin's server-wide instance before the application's. Instances are
// looked up by name: thousands of applications have tens of thousands of them.
function servingScopes(
  { servername, plugins }: ResolvedApp,
  { definitions }: ResolvedConfig,
  byName: ReadonlyMap<string, Scope>,
): Scope[] {
  return definitions.flatMap((definition) => {
    const isOn = plugins.get(definition.name)?.enabled === true;
    const serverWide = isOn ? byName.get(nameOf({ definition, servername: undefined })) : undefined;
    const own = byName.get(nameOf({ definition, servername }));
    return [serverWide, own].filter((scope) => scope !== undefined);
  });
}

interface WantedInstance {
  readonly place: ScopePlace;
  readonly options: unknown;
}

function* wantedInstances(config: ResolvedConfig): Generator<WantedInstance> {
  for (const definition of config.definitions) {
    const root = config.plugins.get(definition.name);
    const usedByApp = config.apps.some((app) => app.plugins.get(definition.name)?.enabled);
    if (definition.server && root && (root.enabled || usedByApp)) {
      yield { place: { definition, servername: undefined }, options: root.options };
    }
    if (!definition.app) continue;
    for (const { plugins, servername } of config.apps) {
      const setting = plugins.get(definition.name);
      if (setting?.enabled) yield { place: { definition, servername }, options: setting.options };
    }
  }
}

function nameOf({ definition, servername }: ScopePlace): string {
  return servername === undefined ? definition.name : `${definition.name}\n${servername}`;
}
