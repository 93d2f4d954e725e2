// One running plugin instance: its taps, its claims, its clean-ups.
import { isDeepStrictEqual } from 'node:util';
import type { Admission } from '../session/admission.ts';
import type {
  AppContext,
  ConnectionSpec,
  HookTapper,
  PluginContext,
  RouteSpec,
  ServerContext,
} from '../plugin/context.ts';
import { LivegoError } from '../errors.ts';
import { HOOK_NAMES, type FinishedFile, type HookName, type TapRecord } from '../plugin/hooks.ts';
import type { Logger } from '../log.ts';
import type { LogLevel } from '../options.ts';
import type { PluginDefinition } from '../plugin/plugin.ts';
import type { EndCause } from '../session/session.ts';
import type { Sink, Replay } from '../stream/sink.ts';
import type { Stream } from '../stream/stream.ts';
import type { StreamHub } from '../stream/stream-hub.ts';
import type { Ticker } from '../ticker.ts';

/** What every instance is built on; the kernel's, and the same for all generations. */
export interface KernelServices {
  readonly log: Logger;
  readonly ticker: Ticker;
  readonly hub: StreamHub;
  readonly admission: Admission;
  readonly fileEnd: (file: FinishedFile) => void;
  /** What the instances of each plugin share. Held by the definition: new code starts afresh. */
  readonly shared: WeakMap<PluginDefinition, object>;
}

type Phase = 'declaring' | 'declared' | 'stopped';

export class Scope {
  readonly definition: PluginDefinition;
  readonly options: unknown;
  /** The entry of servers[] it belongs to; undefined for a server-wide instance. */
  readonly servername: string | undefined;
  readonly taps: TapRecord[] = [];
  readonly connections: ConnectionSpec[] = [];
  readonly routes: RouteSpec[] = [];
  readonly #surroundings: KernelServices;
  readonly #log: Logger;
  readonly #starts: (() => void | Promise<void>)[] = [];
  readonly #stops: ((cause: EndCause) => void | Promise<void>)[] = [];
  readonly #detach = new Map<Stream, (() => void)[]>();
  #bequeath: (() => unknown) | undefined;
  #inherit: ((state: unknown) => void) | undefined;
  #phase: Phase = 'declaring';

  constructor(
    definition: PluginDefinition,
    options: unknown,
    servername: string | undefined,
    surroundings: KernelServices,
  ) {
    this.definition = definition;
    this.options = options;
    this.servername = servername;
    this.#surroundings = surroundings;
    const where = servername === undefined ? {} : { app: servername };
    this.#log = surroundings.log.child({ plugin: definition.name, ...where });
  }

  /** What operators read: "hls" or "hls of live". */
  get label(): string {
    return this.servername === undefined
      ? this.definition.name
      : `${this.definition.name} of ${this.servername}`;
  }

  /** A child logger keeps the level it was made with: a new one has to be told. */
  setLogLevel(level: LogLevel): void {
    this.#log.level = level;
  }

  /** Whether the same code with the same options in the same place would come out the same: then it is kept. */
  fits(definition: PluginDefinition, options: unknown): boolean {
    return this.definition === definition && isDeepStrictEqual(this.options, options);
  }

  /** Calls the plugin's function, which only declares. Throws LVG_PLUGIN_FAILED when it throws. */
  declare(): void {
    const { definition, servername } = this;
    try {
      const returned: unknown =
        servername === undefined
          ? definition.server?.(this.#serverContext(), this.options as never)
          : definition.app?.(this.#appContext(servername), this.options as never);
      if (returned instanceof Promise) {
        returned.catch(() => {});
        throw new TypeError(
          `${servername === undefined ? 'server' : 'app'}() is async; it must declare synchronously and leave waiting to onStart`,
        );
      }
    } catch (error) {
      throw this.#failure('could not be declared', error);
    }
    this.#phase = 'declared';
  }

  async start(): Promise<void> {
    try {
      for (const start of this.#starts) {
        // Stopped in the meantime, because it took too long: the rest would never be undone.
        if (this.#phase === 'stopped') return;
        await start();
      }
    } catch (error) {
      throw this.#failure('could not be started', error);
    }
  }

  /** Undoes everything in reverse. Faults are logged: the rest is undone all the same. */
  async stop(cause: EndCause): Promise<void> {
    if (this.#phase === 'stopped') return;
    this.#phase = 'stopped';
    for (const stream of [...this.#detach.keys()]) this.forget(stream);
    for (const stop of this.#stops.toReversed()) {
      try {
        await stop(cause);
      } catch (error) {
        this.#log.error({ err: error }, `${this.label} failed to stop cleanly`);
      }
    }
  }

  /** Takes the state that `predecessor` leaves, if both declared that they would. */
  inheritFrom(predecessor: Scope): void {
    if (!predecessor.#bequeath || !this.#inherit) return;
    try {
      this.#inherit(predecessor.#bequeath());
    } catch (error) {
      this.#log.error(
        { err: error },
        `${this.label} could not take over from its predecessor and starts afresh`,
      );
    }
  }

  /** Shows this instance alone a stream that has been live for some time. */
  replayStart(stream: Stream): void {
    for (const { hook, tap } of this.taps) if (hook === 'streamStart') this.#replay(hook, () => tap(stream));
  }

  /** Tells this instance alone that a stream no longer concerns it. */
  replayStop(stream: Stream, cause: EndCause): void {
    for (const { hook, tap } of this.taps)
      if (hook === 'streamStop') this.#replay(hook, () => tap(stream, cause));
  }

  /** Detaches its sinks from a stream that is over or no longer concerns it. */
  forget(stream: Stream): void {
    const detach = this.#detach.get(stream) ?? [];
    this.#detach.delete(stream);
    for (const each of detach) each();
  }

  #serverContext(): ServerContext {
    return {
      ...this.#context(),
      listen: (spec) => void (this.#declaring('listen') && this.connections.push(spec)),
      route: (spec) => void (this.#declaring('route') && this.routes.push(spec)),
    };
  }

  #appContext(servername: string): AppContext {
    return { ...this.#context(), servername };
  }

  #context(): PluginContext {
    const { ticker, admission, hub, fileEnd } = this.#surroundings;
    const plugin = this.definition.name;
    return {
      log: this.#log,
      hooks: this.#tapper(),
      ticker,
      admission,
      streams: () => hub.streams,
      attach: (stream, sink, replay) => this.#attach(stream, sink, replay),
      fileEnd: (file) => fileEnd({ plugin, ...file }),
      onStart: (start) => void (this.#declaring('onStart') && this.#starts.push(start)),
      onStop: (stop) => void (this.#declaring('onStop') && this.#stops.push(stop)),
      bequeath: (give) => void (this.#declaring('bequeath') && (this.#bequeath = give)),
      shared: (create) => this.#share(create),
      inherit: (take) => void (this.#declaring('inherit') && (this.#inherit = take)),
    };
  }

  #tapper(): HookTapper {
    const plugin = this.definition.name;
    const entry = (hook: HookName) => ({
      tap: (tap: unknown) => {
        this.#declaring(`hooks.${hook}.tap`);
        this.taps.push({ hook, plugin, tap } as TapRecord);
      },
    });
    return Object.fromEntries(HOOK_NAMES.map((hook) => [hook, entry(hook)])) as unknown as HookTapper;
  }

  // The contract: all instances of one plugin ask for the same kind of object.
  #share<Shared extends object>(create: () => Shared): Shared {
    const { shared } = this.#surroundings;
    const present = shared.get(this.definition);
    if (present) return present as Shared;
    const made = create();
    shared.set(this.definition, made);
    return made;
  }

  #attach(stream: Stream, sink: Sink, replay: Replay | undefined): () => void {
    if (this.#phase === 'stopped')
      throw new LivegoError('LVG_SERVER_STATE', `${this.label} has stopped and cannot attach a sink`);
    const remove = stream.attach(sink, replay);
    this.#detach.set(stream, [...(this.#detach.get(stream) ?? []), remove]);
    return () => {
      remove();
      const rest = (this.#detach.get(stream) ?? []).filter((each) => each !== remove);
      if (rest.length > 0) this.#detach.set(stream, rest);
      else this.#detach.delete(stream);
    };
  }

  #replay(hook: HookName, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#log.error({ err: error, hook }, `plugin ${this.label} threw in ${hook}`);
    }
  }

  #declaring(what: string): true {
    if (this.#phase === 'declaring') return true;
    throw new LivegoError(
      'LVG_SERVER_STATE',
      `${this.label}: ${what} may only be called while the plugin is declared, not later`,
    );
  }

  #failure(what: string, error: unknown): LivegoError {
    if (error instanceof LivegoError) return error;
    const detail = error instanceof Error ? error.message : String(error);
    return new LivegoError('LVG_PLUGIN_FAILED', `plugin ${this.label} ${what}: ${detail}`, { cause: error });
  }
}
