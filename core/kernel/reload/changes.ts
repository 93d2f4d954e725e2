// The changes between two configs, for reports and for a preview.
import { isDeepStrictEqual } from 'node:util';
import type { ResolvedApp, ResolvedConfig } from '../../config.ts';
import type { JsonSchema } from '../../options/json-schema.ts';
import { formatAddress } from '../../net/address.ts';
import { APP_OPTIONS_SCHEMA, SERVER_OPTIONS_SCHEMA } from '../../options/options.ts';
import type { ChangesOf } from '../../plugin/reload-report.ts';
import { matchesServername } from '../../servername.ts';
import { eachInTurns, Pace } from '../../time/in-turns.ts';
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

/** Everything that `now` changes of `old`, a few applications and instances in each turn of the event loop. */
export async function findChanges(
  old: PlannedGeneration,
  now: PlannedGeneration,
  plan: ScopePlan,
  certificates: readonly string[],
): Promise<Changes> {
  const pace = new Pace();
  const apps = { old: old.config?.apps ?? [], now: now.config?.apps ?? [] };
  const [before, after] = [names(apps.old), names(apps.now)];
  const { fresh, retired, predecessors, successors } = plan;
  const instances = {
    added: fresh.filter((scope) => !predecessors.has(scope)).map(placeOf),
    replaced: fresh.filter((scope) => predecessors.has(scope)).map(placeOf),
    removed: retired.filter((scope) => !successors.has(scope)).map(placeOf),
    kept: plan.scopes.length - fresh.length,
  };
  await pace.next();
  const order = {
    appsAdded: missing(after, before),
    appsRemoved: missing(before, after),
    appsMoved: moved(before, after),
  };
  await pace.next();
  const options = await changedOptions(old.config, now.config);
  return {
    ...instances,
    ...order,
    options: options.map(({ option, app }) => ({ option, app })),
    opened: missing(addresses(now), addresses(old)),
    closed: missing(addresses(old), addresses(now)),
    certificates,
    nextSessionOnly: await nextSessionOnly(options, plan),
    ...(await losing(apps.old, apps.now, plan)),
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
async function changedOptions(
  old: ResolvedConfig | undefined,
  now: ResolvedConfig | undefined,
): Promise<readonly ChangedOption[]> {
  if (!old || !now) return [];
  const changed = differences(old.server, now.server, SERVER_OPTIONS_SCHEMA);
  const before = new Map(old.apps.map((app) => [app.servername, app]));
  const known = new Differences();
  await eachInTurns(now.apps, ({ servername, options }) => {
    const was = before.get(servername)?.options ?? options;
    for (const each of known.between(was, options, APP_OPTIONS_SCHEMA))
      changed.push({ ...each, app: servername });
  });
  return changed;
}

/** Thousands of applications share the same few objects: each pair of them is compared once. */
class Differences {
  readonly #known = new Map<unknown, { readonly to: unknown; readonly found: readonly ChangedOption[] }>();

  between(one: unknown, other: unknown, schema: JsonSchema): readonly ChangedOption[] {
    const present = this.#known.get(one);
    if (present && present.to === other) return present.found;
    const found = differences(one, other, schema);
    this.#known.set(one, { to: other, found });
    return found;
  }
}

/** The innermost options that differ: `tls.port`, not `tls`. */
function differences(one: unknown, other: unknown, schema: JsonSchema | undefined): ChangedOption[] {
  if (one === other) return [];
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
async function nextSessionOnly(
  changed: readonly ChangedOption[],
  { predecessors }: ScopePlan,
): Promise<OptionPlace[]> {
  const byPlace = new Map<string, OptionPlace>();
  const note = ({ option, app, schema }: ChangedOption): void => {
    if (schema?.['applies'] === 'next-session') byPlace.set(`${app ?? ''}\n${option}`, { option, app });
  };
  for (const each of changed) note(each);
  const known = new Differences();
  await eachInTurns(predecessors, ([scope, predecessor]) => {
    const { definition, servername } = scope;
    for (const each of known.between(predecessor.options, scope.options, definition.schema)) {
      const app = each.schema?.['level'] === 'server' ? undefined : servername;
      note({ ...each, option: `${definition.name}.${each.option}`, app });
    }
  });
  return [...byPlace.values()];
}

/** Protocols of applications whose sessions have no place in the new config. */
async function losing(
  old: readonly ResolvedApp[],
  now: readonly ResolvedApp[],
  plan: ScopePlan,
): Promise<Pick<Changes, 'closing' | 'draining'>> {
  const lost = { close: [] as PluginPlace[], drain: [] as PluginPlace[] };
  // A plugin without an address of its own has no clients, hence no sessions.
  const serving = [...plan.scopes, ...plan.retired].filter(({ declared }) => declared.endpoints.length > 0);
  const protocols = [...new Set(serving.map(({ definition }) => definition.name))];
  const byName = new Map(now.map((each) => [each.servername, each]));
  const patterns = now.filter(({ servername }) => servername.includes('*'));
  await eachInTurns(old, (before) => {
    // Sessions of a pattern may now belong to different entries. The entry of the same name stands for most of them.
    const after =
      byName.get(before.servername) ??
      patterns.find((each) => matchesServername(each.servername, before.servername));
    for (const plugin of protocols) {
      const policy = removalPolicy(plugin, before, after);
      if (policy !== 'keep') lost[policy].push({ plugin, app: before.servername });
    }
  });
  return { closing: lost.close, draining: lost.drain };
}
