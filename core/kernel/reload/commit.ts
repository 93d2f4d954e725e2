// Makes a staged generation the current one: synchronous, between two packets. Everything that can fail was done while it
// was staged. Calls of plugins are guarded: a fault is logged and stops nothing.
import type { EndCause } from '../../end-cause.ts';
import type { HttpServices } from '../../http/http-services.ts';
import type { Logger } from '../../log/log.ts';
import type { ListenerPool } from '../../net/listener-pool.ts';
import type { ServerOptions } from '../../options/options.ts';
import type { Providers } from '../../session/providers/providers.ts';
import type { SessionList } from '../../session/session-list.ts';
import type { Stream } from '../../stream/stream.ts';
import type { StreamHub } from '../../stream/stream-hub.ts';
import { removalPolicy } from './changes.ts';
import { scopesServing, type Generation, type ScopePlan } from '../generation/generation.ts';
import type { InstanceLogs } from '../instance/instance-logs.ts';
import { END_OF } from '../instance/scope.ts';
import type { Staged } from './staging.ts';

/** The parts of the kernel that a commit changes. */
export interface CommitTarget {
  readonly log: Logger;
  readonly logs: InstanceLogs;
  readonly pool: ListenerPool;
  readonly hub: StreamHub;
  readonly sessions: SessionList;
  readonly providers: Providers;
  readonly http: Pick<HttpServices, 'rates'>;
  /** The workers that share the machine, by the current config. */
  readonly workerCount: number;
}

/** Returns how many sessions were closed. Never throws. */
export function commit(
  { generation: staged, findFormer, plan, prepared }: Staged,
  old: Generation,
  target: CommitTarget,
  makeCurrent: (generation: Generation) => void,
): number {
  const { log, pool, hub } = target;
  const guard = (what: string, step: () => void): void => {
    try {
      step();
    } catch (error) {
      log.error(
        { err: error },
        `${what} failed while a config was applied; the config is current nevertheless`,
      );
    }
  };
  for (const [scope, predecessor] of plan.predecessors) guard(scope.label, () => scope.takeOver(predecessor));
  const generation: Generation = { ...staged, former: findFormer() };
  makeCurrent(generation);
  // They stop later, one after another; what they do regularly is their successors' from now on.
  for (const scope of plan.retired) scope.stopTicking();
  guard('the server’s options', () => configure(generation, target));
  for (const each of prepared) guard('an address', () => each.apply());
  for (const scope of plan.fresh) guard(scope.label, () => scope.activate());
  for (const stream of hub.streams) guard(stream.displayKey, () => moveStream(stream, old, generation, plan));
  let closed = 0;
  guard('closing sessions', () => (closed = closeRemoved(old, generation, target)));
  guard('ending provided streams', () => endUnserved(old, generation, target));
  // No listener that is still held has given way to a released one, so there is nothing to wait for.
  for (const key of old.endpoints.keys()) guard('an address', () => void pool.release(key));
  for (const [key, endpoint] of old.endpoints)
    if (!generation.endpoints.has(key)) guard('an address', () => endpoint.close());
  return closed;
}

function configure({ config }: Generation, { logs, pool, hub, http, workerCount }: CommitTarget): void {
  const options = config?.server as ServerOptions;
  pool.configure(options.maxConnections);
  hub.memory.configure(options, workerCount);
  hub.configure({ maxStreams: options.maxStreams, writeTimeoutMs: options.write_timeout * 1000 });
  http.rates.configure(options.control);
  logs.setLevel(options.level);
}

// Instances that are new to a live stream are told that it starts. Instances that no longer serve it lose it: one that
// continues is told that the stream stops, a retired one is only stopped itself.
function moveStream(stream: Stream, old: Generation, now: Generation, plan: ScopePlan): void {
  const app = now.apps.find(stream.app);
  if (app) stream.configure(app.options);
  const before = new Set(scopesServing(old, stream.app));
  const after = new Set(scopesServing(now, stream.app));
  for (const scope of before) {
    if (after.has(scope)) continue;
    if (plan.members.has(scope) && stream.origin === 'local') scope.replayStop(stream, END_OF.removed);
    scope.forget(stream);
  }
  // What a successor has adopted is of a stream that neither of them serves any longer.
  for (const predecessor of before) {
    const scope = plan.successors.get(predecessor);
    if (scope && !after.has(scope)) scope.forget(stream);
  }
  if (stream.origin === 'mirror') return;
  for (const scope of after) if (!before.has(scope)) scope.replayStart(stream);
}

// Sessions whose application or protocol is removed are left to finish, unless the config says that they are closed.
function closeRemoved(old: Generation, now: Generation, { sessions }: CommitTarget): number {
  let closed = 0;
  for (const session of [...sessions]) {
    const { app, client } = session;
    const [before, after] = [old.apps.find(app), now.apps.find(app)];
    if (removalPolicy(client.plugin, before?.entry, after?.entry) !== 'close') continue;
    const message = `${client.plugin} of application ${app} was switched off (onRemove: "close")`;
    const cause: EndCause = { code: 'removed', message };
    session.close(cause);
    closed++;
  }
  return closed;
}

// A provider is its plugin's, and not a client that may finish in peace: it would never finish by itself.
function endUnserved(old: Generation, now: Generation, { providers }: CommitTarget): void {
  providers.endWhere(({ app, plugin }) => {
    const after = now.apps.find(app);
    const wasOn = old.apps.find(app)?.allows(plugin) === true;
    return !after || (wasOn && !after.allows(plugin));
  }, END_OF.removed);
}
