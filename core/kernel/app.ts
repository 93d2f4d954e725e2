// An application: one entry of servers[] in one generation.
import type { ResolvedApp } from '../config.ts';
import type { Hooks } from '../plugin/hooks.ts';
import type { AppOptions } from '../options.ts';
import type { Scope } from './scope.ts';

export class App {
  readonly entry: ResolvedApp;
  readonly hooks: Hooks;
  /** The instances whose taps its hooks hold: server-wide ones first, then its own. */
  readonly scopes: readonly Scope[];

  constructor(entry: ResolvedApp, scopes: readonly Scope[], hooks: Hooks) {
    this.entry = entry;
    this.scopes = scopes;
    this.hooks = hooks;
  }

  get servername(): string {
    return this.entry.servername;
  }

  get options(): AppOptions {
    return this.entry.options;
  }

  /** Whether a protocol is switched on for this application. */
  allows(plugin: string): boolean {
    return this.entry.plugins.get(plugin)?.enabled === true;
  }
}

/** Whether an application's name fits a `servername`: `*` stands for any run of characters, all else for itself. */
export function matchesServername(servername: string, name: string): boolean {
  if (!servername.includes('*')) return servername === name;
  const parts = servername.split('*');
  const first = parts.shift() ?? '';
  const last = parts.pop() ?? '';
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last))
    return false;
  let at = first.length;
  const end = name.length - last.length;
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** The first application, in the config's order, whose `servername` fits. */
export function findApp(apps: readonly App[], name: string): App | undefined {
  return apps.find((app) => matchesServername(app.servername, name));
}
