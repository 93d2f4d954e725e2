// An application: one entry of servers[] in one generation.
import type { ResolvedApp } from '../../config.ts';
import type { AppOptions } from '../../options/options.ts';
import { matchesServername } from '../../servername.ts';
import type { Application } from '../../session/application.ts';
import type { HookRunner } from './hook-runner.ts';
import type { Scope } from '../instance/scope.ts';
import { hasGuards } from './guards.ts';

export class App implements Application {
  readonly entry: ResolvedApp;
  readonly hooks: HookRunner;
  /** The instances whose taps its hooks hold: server-wide ones first, then its own. */
  readonly scopes: readonly Scope[];

  constructor(entry: ResolvedApp, scopes: readonly Scope[], hooks: HookRunner) {
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

  get openToViewers(): boolean {
    return !hasGuards(this.scopes, ['connect', 'play']);
  }

  allows(plugin: string): boolean {
    return this.entry.plugins.get(plugin)?.enabled === true;
  }
}

/** The first application, in the config's order, whose `servername` matches. */
export function findApp(apps: readonly App[], name: string): App | undefined {
  return apps.find((app) => matchesServername(app.servername, name));
}
