// One instance of a plugin: its declarations, its resources, its life.
//
// The room holds instances and the contexts that they are given. A reload decides which instances there are.
//
//   new ─declare─▶ declaring ─▶ declared ─start─▶ starting ─activate─▶ current
//                                  │                 │                    │ replaced, removed, shutdown
//                                  └────rejected─────┴─────────▶ stopped ◀┘
import { callPlugin, requireSynchronous } from '../../call-plugin.ts';
import type { EndCause } from '../../end-cause.ts';
import { LivegoError, livegoError, messageOf } from '../../errors.ts';
import { lazyLog } from '../../log/lazy-log.ts';
import type { Logger } from '../../log/log.ts';
import type { HandoverRecord } from '../../plugin/handover.ts';
import type { TapRecord } from '../../plugin/hooks.ts';
import type { PluginDefinition, StopCause } from '../../plugin/plugin.ts';
import type { OwnedResource, ResourceOwner } from '../../resource-owner.ts';
import type { Stream } from '../../stream/stream.ts';
import { compact, newDeclarations, NOTHING, type Declarations } from './declarations.ts';
import { callTap } from './call-tap.ts';
import { buildAppContext, buildServerContext } from './plugin-context.ts';
import type { KernelServices } from './services.ts';

type Phase = 'new' | 'declaring' | 'declared' | 'starting' | 'current' | 'stopped' | 'released';

const UNSTARTED: ReadonlySet<Phase> = new Set(['new', 'declaring', 'declared', 'released']);

/** The place of an instance in the config. */
export interface ScopePlace {
  readonly definition: PluginDefinition;
  /** The entry of servers[] it belongs to; undefined for a server-wide instance. */
  readonly servername: string | undefined;
}

export class Scope implements ScopePlace, ResourceOwner {
  readonly definition: PluginDefinition;
  readonly options: unknown;
  readonly servername: string | undefined;
  readonly log: Logger;
  readonly peerLog: Logger;
  readonly #services: KernelServices;
  #declared: Declarations = NOTHING;
  // There are tens of thousands of instances, and most serve nobody: what they do not use is not made.
  /** Functions that undo what is attached to each stream. */
  #attached: Map<Stream, Set<() => void>> | undefined;
  #resources: Set<OwnedResource> | undefined;
  #stopTicks: (() => void)[] | undefined;
  #starting: AbortController | undefined;
  #phase: Phase = 'new';

  constructor({ definition, servername }: ScopePlace, options: unknown, services: KernelServices) {
    this.definition = definition;
    this.options = options;
    this.servername = servername;
    this.#services = services;
    const where = servername === undefined ? {} : { app: servername };
    this.log = lazyLog(() => services.logs.child({ plugin: definition.name, ...where }));
    this.peerLog = lazyLog(() => services.peerLog.limit(this.log));
  }

  get declared(): Declarations {
    return this.#declared;
  }

  /** Its name for operators: "hls" or "hls of live". */
  get label(): string {
    return this.servername === undefined
      ? this.definition.name
      : `${this.definition.name} of ${this.servername}`;
  }

  get stopped(): boolean {
    return this.#phase === 'stopped' || this.#phase === 'released';
  }

  get taps(): readonly TapRecord[] {
    return this.declared.taps;
  }

  /** Calls the plugin's function, which only declares. Throws LVG_PLUGIN_FAILED when it throws. */
  declare(): void {
    const { definition, servername } = this;
    this.#phase = 'declaring';
    this.#declared = newDeclarations();
    try {
      const returned: unknown =
        servername === undefined
          ? definition.server?.(buildServerContext(this, this.#services), this.options as never)
          : definition.app?.(buildAppContext(this, servername, this.#services), this.options as never);
      if (returned instanceof Promise) {
        returned.catch(() => {});
        const which = servername === undefined ? 'server' : 'app';
        throw new TypeError(
          `${which}() is async; it must declare synchronously and leave waiting to onStart`,
        );
      }
    } catch (error) {
      throw this.#failure('declare', error);
    }
    this.#declared = compact(this.#declared);
    this.#phase = 'declared';
  }

  /** Rejects with LVG_PLUGIN_FAILED when a start fails. Undefined if there is nothing to start. */
  start(): Promise<void> | undefined {
    this.#phase = 'starting';
    return this.declared.starts.length > 0 ? this.#start() : undefined;
  }

  /** The new config is current. Never throws. */
  activate(): void {
    if (this.stopped) return;
    this.#phase = 'current';
    for (const tick of this.declared.ticks) {
      const failed = this.#logger('failed in everySecond');
      (this.#stopTicks ??= []).push(this.#services.ticker.add((now) => callPlugin(() => tick(now), failed)));
    }
    for (const activate of this.declared.activations)
      callPlugin(activate, this.#logger('failed when it was activated'));
  }

  /** Calls its everySecond functions no more. */
  stopTicking(): void {
    for (const stop of this.#stopTicks?.splice(0) ?? []) stop();
  }

  /** Undoes everything in reverse order. A fault is logged and does not keep the rest from being undone. */
  async stop(cause: StopCause): Promise<void> {
    if (this.stopped) return;
    this.#phase = 'stopped';
    this.#starting?.abort(new Error(`${this.label} stops: ${cause}`));
    this.stopTicking();
    for (const stream of [...(this.#attached?.keys() ?? [])]) this.forget(stream);
    for (const resource of [...(this.#resources ?? [])]) this.#guard(() => resource.end(END_OF[cause]));
    for (const stop of this.declared.stops.toReversed()) {
      try {
        await stop(cause);
      } catch (error) {
        this.log.error({ err: error }, `${this.label} failed to stop cleanly`);
      }
    }
  }

  /** It was declared and is not started. Its context can do nothing any more. */
  release(): void {
    if (UNSTARTED.has(this.#phase)) this.#phase = 'released';
  }

  /** Takes the state that `predecessor` gives. Never throws. */
  takeOver(predecessor: Scope): void {
    for (const { name, handover } of this.declared.handovers) {
      const giver = predecessor.declared.handovers.find((each) => each.name === name);
      if (giver) this.#take(handover, giver);
    }
  }

  /** Calls the streamStart taps of this instance alone, for a stream that is live already. */
  replayStart(stream: Stream): void {
    for (const record of this.taps)
      if (record.hook === 'streamStart') callTap(this.peerLog, record, () => record.tap(stream.view));
  }

  /** Calls the streamStop taps of this instance alone, for a stream that no longer concerns it. */
  replayStop(stream: Stream, cause: EndCause): void {
    for (const record of this.taps)
      if (record.hook === 'streamStop') callTap(this.peerLog, record, () => record.tap(stream.view, cause));
  }

  /** A stream has ended or no longer concerns the instance: detaches everything from it and ends its deliveries. */
  forget(stream: Stream): void {
    const undo = this.#attached?.get(stream);
    this.#attached?.delete(stream);
    for (const each of undo ?? []) this.#guard(each);
    if (!this.#resources) return;
    for (const resource of [...this.#resources])
      if (resource.stream === stream.view) this.#guard(() => resource.end(END_OF.removed));
  }

  /** Remembers the function that undoes an attachment to a stream. Returns a function that undoes it now. */
  keepAttached(stream: Stream, undo: () => void): () => void {
    const attached = (this.#attached ??= new Map());
    const all = attached.get(stream) ?? new Set();
    attached.set(stream, all.add(undo));
    return () => {
      undo();
      all.delete(undo);
      if (all.size === 0 && attached.get(stream) === all) attached.delete(stream);
    };
  }

  keep(resource: OwnedResource): void {
    (this.#resources ??= new Set()).add(resource);
  }

  letGo(resource: OwnedResource): void {
    this.#resources?.delete(resource);
  }

  /** Throws LVG_SERVER_STATE unless the plugin is being declared. */
  requireDeclaring(what: string): void {
    if (this.#phase === 'declaring') return;
    throw livegoError('LVG_SERVER_STATE', 'declaredLate', { plugin: this.label, call: what });
  }

  /** Throws LVG_SERVER_STATE once the instance has stopped. */
  requireRunning(what: string): void {
    if (!this.stopped) return;
    throw livegoError('LVG_SERVER_STATE', 'stopped', { plugin: this.label, call: what });
  }

  /** Throws LVG_SERVER_STATE before the instance is started: until then it may be declared for a check alone. */
  requireStarted(what: string): void {
    if (!UNSTARTED.has(this.#phase)) return;
    throw livegoError('LVG_SERVER_STATE', 'declaring', { plugin: this.label, call: what });
  }

  /** Throws LVG_SERVER_STATE before the instance is current. */
  requireCurrent(what: string): void {
    this.requireRunning(what);
    if (this.#phase === 'current') return;
    throw livegoError('LVG_SERVER_STATE', 'tooEarly', { plugin: this.label, call: what });
  }

  // The predecessor owns the state until `take` has returned.
  #take(handover: HandoverRecord['handover'], giver: HandoverRecord): void {
    let dispose = (): void => {};
    const take = (): void => {
      const given = giver.handover.give();
      requireSynchronous(given, 'give');
      dispose = () => given.dispose();
      return handover.take(given.state);
    };
    callPlugin(take, (error) => {
      this.log.error(
        { err: error, handover: giver.name },
        `${this.label} could not take over from its predecessor and starts without its state`,
      );
      this.#guard(dispose);
    });
  }

  async #start(): Promise<void> {
    const { signal } = (this.#starting = new AbortController());
    try {
      for (const start of this.declared.starts) {
        // The instance was stopped because it took too long: nothing would undo further starts.
        if (signal.aborted) return;
        await start(signal);
      }
    } catch (error) {
      throw this.#failure('start', error);
    }
  }

  #guard(call: () => void): void {
    callPlugin(call, this.#logger('failed to release a resource'));
  }

  /** Logs an error of the instance. */
  #logger(what: string): (error: unknown) => void {
    return (error) => this.log.error({ err: error }, `${this.label} ${what}`);
  }

  #failure(template: 'declare' | 'start', error: unknown): LivegoError {
    if (error instanceof LivegoError) return error;
    const values = { plugin: this.label, reason: messageOf(error) };
    return livegoError('LVG_PLUGIN_FAILED', template, values, error);
  }
}

/** The cause with which an instance's resources end. */
export const END_OF: Readonly<Record<StopCause, EndCause>> = {
  replaced: { code: 'removed', message: 'the config has changed' },
  removed: { code: 'removed', message: 'the config has changed' },
  rejected: { code: 'removed', message: 'the config was rejected' },
  shutdown: { code: 'shutdown', message: 'the server is stopping' },
};
