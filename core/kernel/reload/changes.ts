// The changes between two configs, for reports and for a preview.
import { isDeepStrictEqual } from 'node:util';
import type { ResolvedApp, ResolvedConfig } from '../../config.ts';
import type { JsonSchema } from '../../options/json-schema.ts';
import { formatAddress } from '../../net/address.ts';
import { APP_OPTIONS_SCHEMA, SERVER_OPTIONS_SCHEMA } from '../../options/options.ts';
import type { ChangesOf } from '../../plugin/reload-report.ts';
import { matchesServername } from '../../servername.ts';
import type { EndpointPlan } from '../generation/endpoint-plan.ts';
import type { ScopePlan } from '../generation/generation.ts';
import type { Scope } from '../instance/scope.ts';

/** An instance of a plugin, or a plugin in an application. */
export interface PluginPlace {
  readonly plugin: string;
  /** Undefined for the server-wide instance. */
  readonly app: string | undefined;
}

/** An option, and the application that it belongs to. */
export interface OptionPlace {
  /** `maxStreams`, `hls.segmentSeconds` */
  readonly option: string;
  /** Undefined for an option of the root. */
  readonly app: string | undefined;
}

export type Changes = ChangesOf<PluginPlace, OptionPlace>;

/** The part of a generation that can be known without starting it. */
export interface PlannedGeneration {
  readonly config: ResolvedConfig | undefined;
  readonly plans: readonly EndpointPlan[];
}

/** Everything that `now` changes of `old`. */
export function findChanges(
  old: PlannedGeneration,
  now: PlannedGeneration,
  plan: ScopePlan,
  certificates: readonly string[],
): Changes {
  const replaced = new Set(plan.predecessors.values());
  const apps = { old: old.config?.apps ?? [], now: now.config?.apps ?? [] };
  return {
    added: plan.fresh.filter((scope) => !plan.predecessors.has(scope)).map(placeOf),
    replaced: plan.fresh.filter((scope) => plan.predecessors.has(scope)).map(placeOf),
    removed: plan.retired.filter((scope) => !replaced.has(scope)).map(placeOf),
    kept: plan.scopes.length - plan.fresh.length,
    appsAdded: missing(names(apps.now), names(apps.old)),
    appsRemoved: missing(names(apps.old), names(apps.now)),
    appsMoved: moved(names(apps.old), names(apps.now)),
    options: changedOptions(old.config, now.config).map(({ option, app }) => ({ option, app })),
    opened: missing(addresses(now), addresses(old)),
    closed: missing(addresses(old), addresses(now)),
    certificates,
    nextSessionOnly: nextSessionOnly(old.config, now.config, plan),
    closing: losing('close', apps.old, apps.now, plan),
    draining: losing('drain', apps.old, apps.now, plan),
  };
}

export function isUnchanged(changes: Changes): boolean {
  return Object.values(changes).every(
    (value: number | readonly unknown[]) => typeof value === 'number' || value.length === 0,
  );
}

/** Whether the sessions of a protocol in an application are kept, may finish, or are closed. */
export function removalPolicy(
  protocol: string,
  before: ResolvedApp | undefined,
  after: ResolvedApp | undefined,
): 'keep' | 'drain' | 'close' {
  const wasOn = before?.plugins.get(protocol)?.enabled === true;
  const isOn = after?.plugins.get(protocol)?.enabled === true;
  if (isOn || !wasOn) return 'keep';
  return (after ?? before)?.options.onRemove ?? 'drain';
}

function placeOf({ definition, servername }: Scope): PluginPlace {
  return { plugin: definition.name, app: servername };
}

function names(apps: readonly ResolvedApp[]): string[] {
  return apps.map((app) => app.servername);
}

function missing(from: readonly string[], among: readonly string[]): string[] {
  const present = new Set(among);
  return from.filter((each) => !present.has(each));
}

/** Names in both lists that do not stand behind the same ones as before. */
function moved(old: readonly string[], now: readonly string[]): string[] {
  const [added, removed] = [new Set(missing(now, old)), new Set(missing(old, now))];
  const before = old.filter((each) => !removed.has(each));
  return now.filter((each) => !added.has(each)).filter((each, index) => before[index] !== each);
}

function addresses({ plans }: PlannedGeneration): string[] {
  return plans.map(
    ({ options, address, tls }) => `${options[0]} ${formatAddress(address)}${tls ? ' (TLS)' : ''}`,
  );
}

interface ChangedOption extends OptionPlace {
  readonly schema: JsonSchema | undefined;
}

/** Options of the core that differ: the server's own, and those of applications that both configs have. */
function changedOptions(old: ResolvedConfig | undefined, now: ResolvedConfig | undefined): ChangedOption[] {
  if (!old || !now) return [];
  const changed = differences(old.server, now.server, SERVER_OPTIONS_SCHEMA);
  const before = new Map(old.apps.map((app) => [app.servername, app]));
  for (const { servername, options } of now.apps) {
    const was = before.get(servername)?.options ?? options;
    const differing = differences(was, options, APP_OPTIONS_SCHEMA);
    changed.push(...differing.map((each) => ({ ...each, app: servername })));
  }
  return changed;
}

/** The innermost options that differ: `tls.port`, not `tls`. */
function differences(one: unknown, other: unknown, schema: JsonSchema | undefined): ChangedOption[] {
  const [before, after] = [one as Record<string, unknown>, other as Record<string, unknown>];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => {
    const [was, is] = [before[key], after[key]];
    if (was === is || isDeepStrictEqual(was, is)) return [];
    const properties = schema?.['properties'] as Record<string, JsonSchema> | undefined;
    const inner = properties?.[key];
    if (!isRecord(was) || !isRecord(is) || !inner?.['properties'])
      return [{ option: key, app: undefined, schema: inner }];
    return differences(was, is, inner).map((each) => ({ ...each, option: `${key}.${each.option}` }));
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// The schema marks options that a session reads only once. An application's instance also has its plugin's root options,
// which would otherwise be named again for each application.
function nextSessionOnly(
  old: ResolvedConfig | undefined,
  now: ResolvedConfig | undefined,
  plan: ScopePlan,
): OptionPlace[] {
  const changed = changedOptions(old, now);
  for (const [scope, predecessor] of plan.predecessors) {
    const { definition, servername } = scope;
    for (const each of differences(predecessor.options, scope.options, definition.schema)) {
      const app = each.schema?.['level'] === 'server' ? undefined : servername;
      changed.push({ ...each, option: `${definition.name}.${each.option}`, app });
    }
  }
  const once = changed.filter(({ schema }) => schema?.['applies'] === 'next-session');
  const byPlace = new Map(once.map(({ option, app }) => [`${app ?? ''}\n${option}`, { option, app }]));
  return [...byPlace.values()];
}

/** Protocols of applications whose sessions have no place in the new config. */
function losing(
  policy: 'drain' | 'close',
  old: readonly ResolvedApp[],
  now: readonly ResolvedApp[],
  plan: ScopePlan,
): PluginPlace[] {
  // A plugin without an address of its own has no clients, hence no sessions.
  const serving = [...plan.scopes, ...plan.retired].filter(({ declared }) => declared.endpoints.length > 0);
  const protocols = new Set(serving.map(({ definition }) => definition.name));
  const sameName = new Map(now.map((each) => [each.servername, each]));
  return old.flatMap((before) => {
    // Sessions of a pattern may now belong to different entries. The entry of the same name stands for most of them.
    const after =
      sameName.get(before.servername) ??
      now.find((each) => matchesServername(each.servername, before.servername));
    return [...before.plugins.keys()]
      .filter((name) => protocols.has(name) && removalPolicy(name, before, after) === policy)
      .map((plugin) => ({ plugin, app: before.servername }));
  });
}
