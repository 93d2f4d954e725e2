// One config: its instances, its applications, its addresses. Immutable; a reload makes the next one.
//
// The room puts together what instances have declared: hooks, routes, commands, metrics. Instances are made in
// kernel/instance; they are started and stopped in kernel/reload.
import type { ResolvedApp, ResolvedConfig } from '../../config.ts';
import type { Logger } from '../../log/log.ts';
import { ControlAccess } from '../../http/access/control-access.ts';
import type { ControlRates } from '../../http/access/control-rates.ts';
import { App, AppTable, makeHooksWith } from './app.ts';
import { CommandTable } from './command-table.ts';
import { CommandInputs } from './command-inputs.ts';
import { Comparison } from './comparison.ts';
import type { Endpoint } from './endpoint.ts';
import { planEndpoints, type EndpointPlan } from './endpoint-plan.ts';
import { HookRunner } from './hook-runner.ts';
import { MetricTable } from './metric-table.ts';
import { Proxies } from './proxies.ts';
import { ScopeIndex } from './scope-index.ts';
import { StoredTable } from './stored-table.ts';
import { Scope, type ScopePlace } from '../instance/scope.ts';
import type { KernelServices } from '../instance/services.ts';
import { HOOKS, type TapRecord } from '../../plugin/hooks.ts';
import { eachInTurns, mapInTurns, Pace } from '../../time/in-turns.ts';

/** The declarations of all instances, put together: everything that is known of a generation before it starts. */
export interface Assembly {
  readonly apps: AppTable;
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
  readonly inputs: CommandInputs;
}

export interface Generation extends Omit<Assembly, 'hooks'> {
  readonly number: number;
  readonly config: ResolvedConfig | undefined;
  readonly scopes: readonly Scope[];
  readonly hooks: HookRunner | undefined;
  /** Applications that it no longer has and that still have clients. */
  readonly former: AppTable;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
}

export const NO_GENERATION: Generation = {
  number: 0,
  config: undefined,
  scopes: [],
  apps: new AppTable([]),
  former: new AppTable([]),
  hooks: undefined,
  endpoints: new Map(),
  plans: [],
  commands: new CommandTable([], [], new CommandInputs()),
  metrics: new MetricTable([]),
  stored: new StoredTable([]),
};

/** The instances a config asks for: those of the present generation that fit are kept, the rest is declared. */
export interface ScopePlan {
  readonly scopes: readonly Scope[];
  /** The same, to look one up. */
  readonly members: ReadonlySet<Scope>;
  readonly fresh: readonly Scope[];
  /** Present instances that have no place in the new generation. */
  readonly retired: readonly Scope[];
  /** The instance that each fresh one replaces. */
  readonly predecessors: ReadonlyMap<Scope, Scope>;
  /** The other way round. */
  readonly successors: ReadonlyMap<Scope, Scope>;
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
  const places = new ScopeIndex(present);
  const compare = new Comparison();
  const scopes: Scope[] = [];
  const fresh: Scope[] = [];
  const predecessors = new Map<Scope, Scope>();
  const successors = new Map<Scope, Scope>();
  const declare = ({ place, options }: WantedInstance): void => {
    const old = places.find(place);
    if (old?.definition === place.definition && compare.isEqual(old.options, options))
      return void scopes.push(old);
    const scope = new Scope(place, options, services);
    scopes.push(scope);
    fresh.push(scope);
    scope.declare();
    if (!old) return;
    predecessors.set(scope, old);
    successors.set(old, scope);
  };
  try {
    await eachInTurns(wantedInstances(config), declare);
  } catch (error) {
    release(fresh);
    throw error;
  }
  const members = new Set(scopes);
  const retired = present.filter((scope) => !members.has(scope));
  return { scopes, members, fresh, retired, predecessors, successors };
}

/** For instances that were declared and will not be started. */
export function release(scopes: readonly Scope[]): void {
  for (const scope of scopes) scope.release();
}

/** Throws when declarations of two instances exclude each other. Opens nothing. */
export async function assemble(
  config: ResolvedConfig,
  scopes: readonly Scope[],
  { limited: log, rates, inputs }: AssemblyParts,
): Promise<Assembly> {
  const { gateTimeoutMs, control, jwt } = config.server;
  const trust = { proxies: new Proxies(config.server), access: new ControlAccess(control, jwt, rates) };
  const makeHooks = makeHooksWith(log, gateTimeoutMs);
  const pace = new Pace();
  const plans = planEndpoints(scopes, trust, log);
  await pace.next();
  const commands = new CommandTable(scopes, config.apps, inputs);
  await pace.next();
  const metrics = new MetricTable(scopes);
  const stored = new StoredTable(scopes);
  await pace.next();
  const hooks = new HookRunner(serverEventTaps(scopes), log, gateTimeoutMs);
  const places = new ScopeIndex(scopes);
  await pace.next();
  const apps = await mapInTurns(config.apps, (entry) => {
    const serving = servingScopes(entry, config, places);
    return new App(entry, serving, makeHooks);
  });
  return { plans, commands, metrics, stored, hooks, apps: new AppTable(apps) };
}

function serverEventTaps(scopes: readonly Scope[]): TapRecord[] {
  return scopes.flatMap(({ taps }) => taps.filter(({ hook }) => HOOKS[hook] === 'server-event'));
}

/** The instances that serve an application by that name; none if there is no such application. */
export function scopesServing(generation: Generation, appName: string): readonly Scope[] {
  return generation.apps.find(appName)?.scopes ?? [];
}

// Gates are asked in this order: by plugin, and each plugin's server-wide instance before the application's.
function servingScopes(
  { servername, plugins }: ResolvedApp,
  { definitions }: ResolvedConfig,
  places: ScopeIndex,
): Scope[] {
  return definitions.flatMap((definition) => {
    const isOn = plugins.get(definition.name)?.enabled === true;
    const serverWide = isOn ? places.find({ definition, servername: undefined }) : undefined;
    const own = places.find({ definition, servername });
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
