// What a reload did, for the log line, the API and the figures.
import type { ConfigFault } from '../config.ts';
import type { InstanceName, ReloadChanges } from './changes.ts';

export interface ReloadReport {
  /** The generation in force after the reload. */
  readonly generation: number;
  readonly outcome: 'applied' | 'unchanged' | 'refused';
  readonly at: Date;
  readonly milliseconds: number;
  readonly changes: ReloadChanges;
  readonly streamsKept: number;
  readonly viewersKept: number;
  readonly sessionsClosed: number;
  /** When refused: faults of the file, or the one thing that failed while the new config was staged. */
  readonly faults: readonly ConfigFault[];
  readonly error: string | undefined;
}

/** The report as one line for the log. */
export function describeReport(report: ReloadReport): string {
  const { generation, outcome, faults } = report;
  const time = `(${Math.round(report.milliseconds)} ms)`;
  if (outcome === 'refused') {
    const what = report.error ?? count(faults.length, 'fault');
    return `config refused, ${generation === 0 ? 'none is' : `config ${generation} stays`} in force: ${what}`;
  }
  const kept = `${count(report.streamsKept, 'stream')} and ${count(report.viewersKept, 'player')} kept`;
  if (outcome === 'unchanged') return `config ${generation} stays in force: nothing changed, ${kept} ${time}`;
  const closed = report.sessionsClosed > 0 ? [`${count(report.sessionsClosed, 'session')} closed`] : [];
  const words = [...describeInWords(report.changes), kept, ...closed].join(', ');
  return `config ${generation} in force: ${words} ${time}`;
}

/**
 * The changes in words: `hls replaced`, `application event removed`, `rtmp.port :1936 opened`. Shorter than the
 * changes themselves: instances that came or went with their application, and long lists of applications, are not
 * named one by one.
 */
export function describeInWords(changes: ReloadChanges): string[] {
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
  // A plugin's new code, or options of an application that comes with it: nothing else to name.
  return words.length > 0 || changes.added.length + changes.removed.length === 0
    ? words
    : ['plugins changed'];
}

/** More applications than this are counted instead of named. */
const MAX_NAMED = 3;

function applications(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  if (names.length > MAX_NAMED) return [`${names.length} applications`];
  return [`application${names.length === 1 ? '' : 's'} ${join(names)}`];
}

/** `hls`, `hls of live`, `hls of 12 applications`; the server-wide instance speaks for those of applications. */
function instances(names: readonly InstanceName[], apps: readonly string[]): string[] {
  const byPlugin = new Map<string, string[]>();
  for (const name of names) {
    const [plugin, app] = splitInstance(name);
    const present = byPlugin.get(plugin) ?? [];
    byPlugin.set(plugin, present);
    if (app !== undefined) present.push(app);
  }
  const serverWide = new Set(names);
  return [...byPlugin].flatMap(([plugin, all]) => {
    if (serverWide.has(plugin)) return [plugin];
    const rest = all.filter((app) => !apps.includes(app));
    return rest.length === 0 ? [] : [`${plugin} of ${ofApplications(rest)}`];
  });
}

// A plugin's name has no blank.
function splitInstance(name: InstanceName): [plugin: string, app: string | undefined] {
  const at = name.indexOf(' of ');
  return at < 0 ? [name, undefined] : [name.slice(0, at), name.slice(at + 4)];
}

/** `maxStreams`, `gop_num of live`, `gop_num of 12 applications`. */
function options(paths: readonly string[]): string[] {
  const byOption = new Map<string, string[]>();
  for (const path of paths) {
    const [, app, option = path] = /^servers\[(.*)\]\.([^\]]*)$/.exec(path) ?? [];
    byOption.set(option, [...(byOption.get(option) ?? []), ...(app === undefined ? [] : [app])]);
  }
  return [...byOption].map(([option, apps]) =>
    apps.length === 0 ? option : `${option} of ${ofApplications(apps)}`,
  );
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
