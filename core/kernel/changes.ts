// What one config changes of another: for reports, and for a look before the leap.
import { isDeepStrictEqual } from 'node:util';
import type { ResolvedApp, ResolvedConfig } from '../config.ts';
import { matchesServername } from './app.ts';
import type { EndpointPlan } from './endpoint.ts';
import type { ScopePlan } from './generation.ts';
import { formatAddress } from '../net/address.ts';
import { APP_OPTIONS_SCHEMA, SERVER_OPTIONS_SCHEMA } from '../options.ts';
import type { JsonSchema } from '../plugin/plugin.ts';
import type { Scope } from './scope.ts';

/** An instance as the operator knows it: "hls", or "hls of live" for one of an application. */
export type InstanceName = string;

export interface ReloadChanges {
  readonly added: readonly InstanceName[];
  readonly replaced: readonly InstanceName[];
  readonly removed: readonly InstanceName[];
  readonly kept: number;
  readonly appsAdded: readonly string[];
  readonly appsRemoved: readonly string[];
  /** Applications that stand elsewhere in servers[]: the first entry that fits a name counts. */
  readonly appsMoved: readonly string[];
  /** Options that belong to no plugin, by path: `maxStreams`, `servers[event].mergeWriteMs`. */
  readonly options: readonly string[];
  /** Addresses that are listened on from now on, and no longer: `rtmp.port :1936`. */
  readonly opened: readonly string[];
  readonly closed: readonly string[];
  /** Options of whose TLS address the certificate is new. */
  readonly certificates: readonly string[];
  /** Changed options that hold for new sessions only, present ones go on with the old value: `rtmp.chunkSize`. */
  readonly nextSessionOnly: readonly string[];
  /** Applications and protocols whose present sessions are closed, and those whose sessions may finish: `rtmp of event`. */
  readonly closing: readonly string[];
  readonly draining: readonly string[];
}

export const NO_CHANGES: ReloadChanges = {
  added: [],
  replaced: [],
  removed: [],
  kept: 0,
  appsAdded: [],
  appsRemoved: [],
  appsMoved: [],
  options: [],
  opened: [],
  closed: [],
  certificates: [],
  nextSessionOnly: [],
  closing: [],
  draining: [],
};

/** The part of a generation that can be known without starting it. */
export interface PlannedGeneration {
  readonly config: ResolvedConfig | undefined;
  readonly plans: readonly EndpointPlan[];
}

/** Everything that `now` changes of `old`. */
export function describeChanges(
  old: PlannedGeneration,
  now: PlannedGeneration,
  plan: ScopePlan,
  certificates: readonly string[],
): ReloadChanges {
  const replaced = [...plan.predecessors.values()];
  const apps = { old: old.config?.apps ?? [], now: now.config?.apps ?? [] };
  return {
    added: plan.fresh.filter((scope) => !plan.predecessors.has(scope)).map(label),
    replaced: plan.fresh.filter((scope) => plan.predecessors.has(scope)).map(label),
    removed: plan.retired.filter((scope) => !replaced.includes(scope)).map(label),
    kept: plan.scopes.length - plan.fresh.length,
    appsAdded: missing(names(apps.now), names(apps.old)),
    appsRemoved: missing(names(apps.old), names(apps.now)),
    appsMoved: moved(names(apps.old), names(apps.now)),
    options: changedOptions(old.config, now.config).map(({ path }) => path),
    opened: missing(addresses(now), addresses(old)),
    closed: missing(addresses(old), addresses(now)),
    certificates,
    nextSessionOnly: nextSessionOnly(old.config, now.config, plan),
    closing: withFate('closes', apps.old, apps.now, plan),
    draining: withFate('drains', apps.old, apps.now, plan),
  };
}

export function isUnchanged(changes: ReloadChanges): boolean {
  return Object.values(changes).every(
    (value: number | readonly string[]) => typeof value === 'number' || value.length === 0,
  );
}

/** Whether a session of this protocol in this application has lost its place, and what becomes of it. */
export function removalPolicy(
  protocol: string,
  before: ResolvedApp | undefined,
  after: ResolvedApp | undefined,
): 'stays' | 'drains' | 'closes' {
  const wasOn = before?.plugins.get(protocol)?.enabled === true;
  const isOn = after?.plugins.get(protocol)?.enabled === true;
  if (isOn || !wasOn) return 'stays';
  return (after ?? before)?.options.onRemove === 'close' ? 'closes' : 'drains';
}

function label(scope: Scope): string {
  return scope.label;
}

function names(apps: readonly ResolvedApp[]): string[] {
  return apps.map((app) => app.servername);
}

function missing(from: readonly string[], among: readonly string[]): string[] {
  const present = new Set(among);
  return from.filter((each) => !present.has(each));
}

/** What is in both lists, and not behind the same ones as before. */
function moved(old: readonly string[], now: readonly string[]): string[] {
  const [added, removed] = [new Set(missing(now, old)), new Set(missing(old, now))];
  const before = old.filter((each) => !removed.has(each));
  return now.filter((each) => !added.has(each)).filter((each, index) => before[index] !== each);
}

function addresses(blueprint: PlannedGeneration): string[] {
  return blueprint.plans.map(
    ({ option, address, tls }) => `${option} ${formatAddress(address)}${tls ? ' (TLS)' : ''}`,
  );
}

interface ChangedOption {
  /** As one would type it. */
  readonly path: string;
  readonly schema: JsonSchema | undefined;
}

/** Options of the core that differ: the server's own, and those of applications that both configs have. */
function changedOptions(old: ResolvedConfig | undefined, now: ResolvedConfig | undefined): ChangedOption[] {
  if (!old || !now) return [];
  const changed = differences(old.server, now.server, SERVER_OPTIONS_SCHEMA);
  const before = new Map(old.apps.map((app) => [app.servername, app]));
  for (const app of now.apps) {
    const { options } = before.get(app.servername) ?? app;
    for (const { path, schema } of differences(options, app.options, APP_OPTIONS_SCHEMA))
      changed.push({ path: `servers[${app.servername}].${path}`, schema });
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
    if (!isRecord(was) || !isRecord(is) || !inner?.['properties']) return [{ path: key, schema: inner }];
    return differences(was, is, inner).map((each) => ({ ...each, path: `${key}.${each.path}` }));
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// An option's schema says when a session reads it once. An instance of an application has its plugin's root options
// too, which would be named once more for each application.
function nextSessionOnly(
  old: ResolvedConfig | undefined,
  now: ResolvedConfig | undefined,
  plan: ScopePlan,
): string[] {
  const changed = changedOptions(old, now);
  for (const [scope, predecessor] of plan.predecessors) {
    const { definition, servername } = scope;
    for (const { path, schema } of differences(predecessor.options, scope.options, definition.schema)) {
      const ofRoot = servername === undefined || schema?.['level'] === 'server';
      changed.push({ path: `${ofRoot ? '' : `servers[${servername}].`}${definition.name}.${path}`, schema });
    }
  }
  const once = changed.filter(({ schema }) => schema?.['applies'] === 'next-session');
  return [...new Set(once.map(({ path }) => path))];
}

/** For each protocol of each application whose sessions have no place in the new config. */
function withFate(
  fate: 'drains' | 'closes',
  old: readonly ResolvedApp[],
  now: readonly ResolvedApp[],
  plan: ScopePlan,
): string[] {
  const protocols = new Set([...plan.scopes, ...plan.retired].filter(isServing).map(nameOfPlugin));
  return old.flatMap((before) => {
    // Of a pattern's sessions each may have another place; the entry of the same name stands for most.
    const after =
      now.find((each) => each.servername === before.servername) ??
      now.find((each) => matchesServername(each.servername, before.servername));
    return [...before.plugins.keys()]
      .filter((name) => protocols.has(name) && removalPolicy(name, before, after) === fate)
      .map((name) => `${name} of ${before.servername}`);
  });
}

/** A plugin without an address of its own has no clients, hence no sessions. */
function isServing({ connections, routes }: Scope): boolean {
  return connections.length + routes.length > 0;
}

function nameOfPlugin({ definition }: Scope): string {
  return definition.name;
}
