// Reloads in words: names for reports, one line for the log.
import { formatFault } from '../../config-fault.ts';
import type { Logger } from '../../log/log.ts';
import type { ReloadChanges, ReloadReport } from '../../plugin/reload-report.ts';
import type { Changes, OptionPlace, PluginPlace } from './changes.ts';

/** Writes the faults of a rejected config, and the report in one line. */
export function logReport(log: Logger, report: ReloadReport, reason: string): void {
  for (const fault of report.faults) log.error(formatFault(fault));
  log[report.outcome === 'rejected' ? 'error' : 'info']({ reason }, describeReport(report));
}

/** The report as one line for the log. */
export function describeReport(report: ReloadReport): string {
  const { generation, outcome, faults } = report;
  const time = `(${Math.round(report.milliseconds)} ms)`;
  if (outcome === 'rejected') {
    const what = report.error ?? count(faults.length, 'fault');
    const current = generation === 0 ? 'there is no current config' : `config ${generation} stays current`;
    return `config rejected, ${current}: ${what}`;
  }
  const kept = `${count(report.streamsKept, 'stream')} and ${count(report.viewersKept, 'player')} kept`;
  if (outcome === 'unchanged') return `config ${generation} stays current: nothing changed, ${kept} ${time}`;
  const closed = report.sessionsClosed > 0 ? [`${count(report.sessionsClosed, 'session')} closed`] : [];
  const words = [...report.words, kept, ...closed].join(', ');
  return `config ${generation} applied: ${words} ${time}`;
}

/** The changes by name: "hls of live", `servers[event].mergeWriteMs`. */
export function nameChanges(changes: Changes): ReloadChanges {
  return {
    ...changes,
    added: changes.added.map(nameInstance),
    replaced: changes.replaced.map(nameInstance),
    removed: changes.removed.map(nameInstance),
    options: changes.options.map(nameOption),
    nextSessionOnly: changes.nextSessionOnly.map(nameOption),
    closing: changes.closing.map(nameInstance),
    draining: changes.draining.map(nameInstance),
  };
}

/**
 * The changes in words: `hls replaced`, `application event removed`, `rtmp.port :1936 opened`. Shorter than the
 * changes themselves: instances that are added or removed with their application, and long lists of applications, are not
 * named one by one.
 */
export function describeChanges(changes: Changes): string[] {
  const { appsAdded, appsRemoved, appsMoved } = changes;
  const parts = [
    [applications(appsAdded), 'added'],
    [applications(appsRemoved), 'removed'],
    [applications(appsMoved), 'moved'],
    [instances(changes.added, appsAdded), 'added'],
    [instances(changes.replaced, []), 'replaced'],
    [instances(changes.removed, appsRemoved), 'removed'],
    [options(changes.options), 'changed'],
    [changes.opened, 'opened'],
    [changes.closed, 'closed'],
    [changes.certificates.map((option) => `certificate of ${option}`), 'renewed'],
    [options(changes.nextSessionOnly), 'for new sessions only'],
  ] as const;
  const words = parts.filter(([what]) => what.length > 0).map(([what, verb]) => `${join(what)} ${verb}`);
  // Only instances of added or removed applications have changed, so there is no other change to name.
  return words.length > 0 || changes.added.length + changes.removed.length === 0
    ? words
    : ['plugins changed'];
}

/** More applications than this are counted instead of named. */
const MAX_NAMED = 3;

function nameInstance({ plugin, app }: PluginPlace): string {
  return app === undefined ? plugin : `${plugin} of ${app}`;
}

function nameOption({ option, app }: OptionPlace): string {
  return app === undefined ? option : `servers[${app}].${option}`;
}

function applications(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  if (names.length > MAX_NAMED) return [`${names.length} applications`];
  return [`application${names.length === 1 ? '' : 's'} ${join(names)}`];
}

/** `hls`, `hls of live`, `hls of 12 applications`; the server-wide instance stands for those of applications. */
function instances(places: readonly PluginPlace[], apps: readonly string[]): string[] {
  const byPlugin = groupBy(places, ({ plugin }) => plugin);
  const known = new Set(apps);
  return [...byPlugin].flatMap(([plugin, all]) => {
    if (all.some(({ app }) => app === undefined)) return [plugin];
    const rest = all.flatMap(({ app }) => (app === undefined || known.has(app) ? [] : [app]));
    return rest.length === 0 ? [] : [`${plugin} of ${ofApplications(rest)}`];
  });
}

/** `maxStreams`, `gop_num of live`, `gop_num of 12 applications`. */
function options(places: readonly OptionPlace[]): string[] {
  const byOption = groupBy(places, ({ option }) => option);
  return [...byOption].map(([option, all]) => {
    const apps = all.flatMap(({ app }) => (app === undefined ? [] : [app]));
    return apps.length === 0 ? option : `${option} of ${ofApplications(apps)}`;
  });
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function ofApplications(apps: readonly string[]): string {
  return apps.length > MAX_NAMED ? `${apps.length} applications` : join(apps);
}

function join(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
