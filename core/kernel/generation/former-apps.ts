// Applications that a config has removed while clients were there. The clients are left to finish, and server-wide
// instances are told of their end as they were told of their beginning. The application's own instances stop, and until they
// have stopped they are told what the others announce, such as recordings that are completed. No instance serves its
// streams any more: what they ran for them has ended with the reload.
import type { Logger } from '../../log/log.ts';
import type { SessionList } from '../../session/session-list.ts';
import type { StreamHub } from '../../stream/stream-hub.ts';
import type { Scope } from '../instance/scope.ts';
import { App, AppTable, makeHooksWith } from './app.ts';
import type { Generation, ScopePlan } from './generation.ts';

interface Clients {
  readonly hub: StreamHub;
  readonly sessions: SessionList;
}

export interface NewApps {
  readonly apps: AppTable;
  readonly remains: Remains;
  readonly gateTimeoutMs: number;
}

/** Those that the new config has no place for and that still have clients or streams. */
export function findFormerApps(old: Generation, now: NewApps, clients: Clients, log: Logger): AppTable {
  const names = new Set<string>();
  for (const { app } of clients.hub.streams) names.add(app);
  for (const { app } of clients.sessions) names.add(app);
  for (const { view } of clients.sessions.connections) names.add(view.app);
  const former = new Set<App>();
  for (const name of names) {
    const app = now.apps.find(name) ? undefined : findAnyApp(old, name);
    if (app) former.add(app);
  }
  const makeHooks = makeHooksWith(log, now.gateTimeoutMs);
  const apps = [...former].map(({ entry, scopes }) => {
    const remaining = scopes.flatMap((scope) => now.remains.of(scope));
    return new App(entry, remaining, makeHooks);
  });
  return new AppTable(apps);
}

/** The application that clients by this name belong to, also if the config no longer has it. */
export function findAnyApp({ apps, former }: Generation, name: string): App | undefined {
  return apps.find(name) ?? former.find(name);
}

/** What a plan leaves of the instances of an application that it no longer has. */
export class Remains {
  readonly #staying: ReadonlySet<Scope>;
  readonly #retired: ReadonlySet<Scope>;
  readonly #successors: ReadonlyMap<Scope, Scope>;

  constructor({ members, retired, successors }: ScopePlan) {
    this.#staying = members;
    this.#retired = new Set(retired);
    this.#successors = successors;
  }

  of(scope: Scope): readonly Scope[] {
    if (scope.servername !== undefined) return this.#retired.has(scope) ? [scope] : [];
    const successor = this.#staying.has(scope) ? scope : this.#successors.get(scope);
    return successor ? [successor] : [];
  }
}
