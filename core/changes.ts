// What one config changes of another, in the words of the operator: for reports, and for a look before the leap.
import { isDeepStrictEqual } from 'node:util';
import type { ResolvedApp, ResolvedConfig } from '../config/types.ts';
import type { EndpointPlan } from './endpoint.ts';
import type { ScopePlan } from './generation.ts';
import { formatAddress } from './net/address.ts';
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
  /** Options that belong to no plugin, by path: `gop_num`, `servers[event].mergeWriteMs`. */
  readonly options: readonly string[];
  /** Addresses that are listened on from now on, and no longer: `rtmp.port :1936`. */
  readonly opened: readonly string[];
  readonly closed: readonly string[];
  /** Options of whose TLS address the certificate is new. */
  readonly certificates: readonly string[];
  /** Changed options that hold for new sessions only: present ones go on with the old value. */
  readonly nextSessionOnly: readonly string[];
  /** Applications and protocols whose present sessions are closed: `rtmp of event`. */
  readonly closing: readonly string[];
}

export const NO_CHANGES: ReloadChanges = {
  added: [],
  replaced: [],
  removed: [],
  kept: 0,
  appsAdded: [],
  appsRemoved: [],
  options: [],
  opened: [],
  closed: [],
  certificates: [],
  nextSessionOnly: [],
  closing: [],
};

/** The part of a generation that can be known without starting it. */
export interface Blueprint {
  readonly config: ResolvedConfig | undefined;
  readonly plans: readonly EndpointPlan[];
}

/** Everything that `now` changes of `old`. */
export function describeChanges(
  old: Blueprint,
  now: Blueprint,
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
    options: changedOptions(old.config, now.config),
    opened: missing(addresses(now), addresses(old)),
    closed: missing(addresses(old), addresses(now)),
    certificates,
    nextSessionOnly: [...plan.predecessors].flatMap(([scope, predecessor]) =>
      nextSessionOnly(scope, predecessor),
    ),
    closing: closing(apps.old, apps.now),
  };
}

export function isUnchanged(changes: ReloadChanges): boolean {
  return Object.values(changes).every(
    (value: number | readonly string[]) => typeof value === 'number' || value.length === 0,
  );
}

/** The changes in words: `hls replaced`, `application event removed`, `rtmp.port :1936 opened`. */
export function describeInWords(changes: ReloadChanges): string[] {
  const parts: string[] = [];
  const add = (what: readonly string[], verb: string): void => {
    if (what.length > 0) parts.push(`${join(what)} ${verb}`);
  };
  add(
    changes.appsAdded.map((app) => `application ${app}`),
    'added',
  );
  add(
    changes.appsRemoved.map((app) => `application ${app}`),
    'removed',
  );
  add(changes.added, 'added');
  add(changes.replaced, 'replaced');
  add(changes.removed, 'removed');
  add(changes.options, 'changed');
  add(changes.opened, 'opened');
  add(changes.closed, 'closed');
  add(
    changes.certificates.map((option) => `certificate of ${option}`),
    'renewed',
  );
  add(changes.nextSessionOnly, 'for new sessions only');
  return parts;
}

/** Whether a session of this protocol in this application has lost its place, and what becomes of it. */
export function fateOf(
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
  return from.filter((each) => !among.includes(each));
}

function addresses(blueprint: Blueprint): string[] {
  return blueprint.plans.map(
    ({ option, address, tls }) => `${option} ${formatAddress(address)}${tls ? ' (TLS)' : ''}`,
  );
}

function changedOptions(old: ResolvedConfig | undefined, now: ResolvedConfig | undefined): string[] {
  if (!old || !now) return [];
  const changed = differingKeys(old.server, now.server);
  for (const app of now.apps) {
    const before = old.apps.find((each) => each.servername === app.servername);
    if (before)
      changed.push(
        ...differingKeys(before.options, app.options).map((key) => `servers[${app.servername}].${key}`),
      );
  }
  return changed;
}

function differingKeys(one: object, other: object): string[] {
  const values = { one: one as Record<string, unknown>, other: other as Record<string, unknown> };
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].filter((key) => !isDeepStrictEqual(values.one[key], values.other[key]));
}

// An option's schema says when it is read once per session.
function nextSessionOnly(scope: Scope, predecessor: Scope): string[] {
  const properties = (scope.definition.schema['properties'] ?? {}) as Record<string, Record<string, unknown>>;
  const changed = differingKeys(predecessor.options as object, scope.options as object);
  return changed
    .filter((key) => properties[key]?.['applies'] === 'next-session')
    .map((key) => `${scope.definition.name}.${key}`);
}

function closing(old: readonly ResolvedApp[], now: readonly ResolvedApp[]): string[] {
  return old.flatMap((before) => {
    const after = now.find((each) => each.servername === before.servername);
    const protocols = [...before.plugins.keys()].filter((name) => fateOf(name, before, after) === 'closes');
    return protocols.map((name) => `${name} of ${before.servername}`);
  });
}

function join(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
