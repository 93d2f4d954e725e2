// An application: one entry of servers[] in one generation.
import type { ResolvedApp } from '../../config.ts';
import type { Logger } from '../../log/log.ts';
import type { AppOptions } from '../../options/options.ts';
import { matchesServername } from '../../servername.ts';
import type { Application } from '../../session/application.ts';
import { HookRunner } from './hook-runner.ts';
import type { Scope } from '../instance/scope.ts';
import { hasGuards } from './guards.ts';

/** Makes the hooks with the taps of these instances. */
export type MakeHooks = (scopes: readonly Scope[]) => HookRunner;

/** @param log - for lines that peers cause */
export function makeHooksWith(log: Logger, gateTimeoutMs: number): MakeHooks {
  return (scopes) =>
    new HookRunner(
      scopes.flatMap((scope) => scope.taps),
      log,
      gateTimeoutMs,
    );
}

export class App implements Application {
  readonly entry: ResolvedApp;
  /** The instances whose taps its hooks hold: server-wide ones first, then its own. */
  readonly scopes: readonly Scope[];
  readonly #makeHooks: MakeHooks;
  #hooks: HookRunner | undefined;

  constructor(entry: ResolvedApp, scopes: readonly Scope[], makeHooks: MakeHooks) {
    this.entry = entry;
    this.scopes = scopes;
    this.#makeHooks = makeHooks;
  }

  /** Made for its first client: of thousands of applications few have any. */
  get hooks(): HookRunner {
    return (this.#hooks ??= this.#makeHooks(this.scopes));
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

/** The applications of a generation, in the config's order. */
export class AppTable {
  readonly all: readonly App[];
  /** Places in the order, by name. */
  readonly #places = new Map<string, number>();
  readonly #patterns: number[] = [];

  constructor(all: readonly App[]) {
    this.all = all;
    for (const [place, { servername }] of all.entries()) {
      if (servername.includes('*')) this.#patterns.push(place);
      else if (!this.#places.has(servername)) this.#places.set(servername, place);
    }
  }

  /** The first one whose `servername` matches. */
  find(name: string): App | undefined {
    const place = this.#places.get(name) ?? Number.POSITIVE_INFINITY;
    const pattern = this.#patterns.find(
      (each) => each < place && matchesServername(this.all[each]!.servername, name),
    );
    return this.all[pattern ?? place];
  }
}
