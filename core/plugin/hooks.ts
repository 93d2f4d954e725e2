// Every hook, in the order of a stream's life. docs/hooks.md explains each; a test compares the two.
import { AsyncSeriesBailHook, AsyncSeriesWaterfallHook, SyncHook } from 'tapable';
import { Denial } from '../session/denial.ts';
import type { Logger } from '../log.ts';
import type { ReloadReport } from '../kernel/describe-report.ts';
import { withTimeout } from '../timeout.ts';
import type { Client, EndCause, Session, StreamRequest } from '../session/session.ts';
import type { Stream } from '../stream/stream.ts';

/** A client has arrived and names an application, not yet a stream. */
export interface ConnectRequest {
  readonly client: Client;
  readonly app: string;
  readonly query: URLSearchParams;
}

/** What a tap on `streamMissing` answers when it is about to publish the stream itself. */
export interface StreamProvider {
  /** For the log: "relay from rtmp://origin/live/movie". */
  readonly description: string;
}

/** A file that is complete: a segment, a recording. */
export interface FinishedFile {
  readonly plugin: string;
  readonly app: string;
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly durationMs: number;
}

/** Collects figures: `figures.set("hls.segments", 12)`. */
export type Figures = Map<string, number | string>;

type Gate<Request> = (request: Request) => Denial | undefined | void | Promise<Denial | undefined | void>;

/** What a plugin may tap, and with which function. */
export interface HookTaps {
  /** A gate: may refuse a client that names an application. Gates only deny. */
  connect: Gate<ConnectRequest>;
  /** Turns the name the client asked for into the stream's name, before the gates. */
  resolveName: (name: string, request: StreamRequest) => string | Promise<string>;
  /** A gate: may refuse a publisher, before it is told that it may start. */
  publish: Gate<StreamRequest>;
  /** A gate: may refuse a viewer. */
  play: Gate<StreamRequest>;
  /** Somebody wants to play what nobody publishes: the first tap that answers will publish it. */
  streamMissing: (
    request: StreamRequest,
  ) => StreamProvider | undefined | void | Promise<StreamProvider | undefined | void>;
  /** A stream begins; called before its first packet, and for each live stream when a plugin comes in mid-stream. */
  streamStart: (stream: Stream) => void;
  /** A stream is over; its publisher did not return. */
  streamStop: (stream: Stream, cause: EndCause) => void;
  /** A viewer has joined. */
  playStart: (session: Session, stream: Stream) => void;
  /** A viewer has left. */
  playStop: (session: Session, stream: Stream, cause: EndCause) => void;
  /** A file is finished. */
  fileEnd: (file: FinishedFile) => void;
  /** Figures are wanted now. */
  stat: (figures: Figures) => void;
  /** A new config is in force. */
  configChange: (report: ReloadReport) => void;
}

export type HookName = keyof HookTaps;

export const HOOK_NAMES: readonly HookName[] = [
  'connect',
  'resolveName',
  'publish',
  'play',
  'streamMissing',
  'streamStart',
  'streamStop',
  'playStart',
  'playStop',
  'fileEnd',
  'stat',
  'configChange',
];

/** A tap as data. tapable compiles its taps and cannot take one out, so hooks are built anew for each generation. */
export type TapRecord = {
  [Name in HookName]: { readonly hook: Name; readonly plugin: string; readonly tap: HookTaps[Name] };
}[HookName];

/** One application's hooks in one generation, built from the taps of all plugins that are on for it. */
export class Hooks {
  readonly #log: Logger;
  readonly #gateTimeoutMs: number;
  readonly #connect = new AsyncSeriesBailHook<[ConnectRequest], Denial>(['request']);
  readonly #resolveName = new AsyncSeriesWaterfallHook<[string, StreamRequest]>(['name', 'request']);
  readonly #publish = new AsyncSeriesBailHook<[StreamRequest], Denial>(['request']);
  readonly #play = new AsyncSeriesBailHook<[StreamRequest], Denial>(['request']);
  readonly #streamMissing = new AsyncSeriesBailHook<[StreamRequest], StreamProvider>(['request']);
  readonly #streamStart = new SyncHook<[Stream]>(['stream']);
  readonly #streamStop = new SyncHook<[Stream, EndCause]>(['stream', 'cause']);
  readonly #playStart = new SyncHook<[Session, Stream]>(['session', 'stream']);
  readonly #playStop = new SyncHook<[Session, Stream, EndCause]>(['session', 'stream', 'cause']);
  readonly #fileEnd = new SyncHook<[FinishedFile]>(['file']);
  readonly #stat = new SyncHook<[Figures]>(['figures']);
  readonly #configChange = new SyncHook<[ReloadReport]>(['report']);

  constructor(taps: readonly TapRecord[], log: Logger, gateTimeoutMs: number) {
    this.#log = log;
    this.#gateTimeoutMs = gateTimeoutMs;
    for (const tap of taps) this.#add(tap);
  }

  /** The first denial, or undefined when every gate lets the client pass. Never rejects. */
  connect(request: ConnectRequest): Promise<Denial | undefined> {
    return this.#connect.promise(request);
  }

  publish(request: StreamRequest): Promise<Denial | undefined> {
    return this.#publish.promise(request);
  }

  play(request: StreamRequest): Promise<Denial | undefined> {
    return this.#play.promise(request);
  }

  /** The stream's name, or a denial when a plugin failed to find it. */
  async resolveName(request: StreamRequest): Promise<string | Denial> {
    try {
      return await this.#resolveName.promise(request.name, request);
    } catch (error) {
      // The taps throw nothing else: see #resolver.
      if (error instanceof Denial) return error;
      throw error;
    }
  }

  /** Whoever is about to publish the missing stream. Never rejects. */
  streamMissing(request: StreamRequest): Promise<StreamProvider | undefined> {
    return this.#streamMissing.promise(request);
  }

  streamStart(stream: Stream): void {
    this.#streamStart.call(stream);
  }

  streamStop(stream: Stream, cause: EndCause): void {
    this.#streamStop.call(stream, cause);
  }

  playStart(session: Session, stream: Stream): void {
    this.#playStart.call(session, stream);
  }

  playStop(session: Session, stream: Stream, cause: EndCause): void {
    this.#playStop.call(session, stream, cause);
  }

  fileEnd(file: FinishedFile): void {
    this.#fileEnd.call(file);
  }

  stat(figures: Figures): void {
    this.#stat.call(figures);
  }

  configChange(report: ReloadReport): void {
    this.#configChange.call(report);
  }

  #add(record: TapRecord): void {
    const { plugin } = record;
    switch (record.hook) {
      case 'connect':
        return this.#connect.tapPromise(plugin, this.#gate(plugin, 'connect', record.tap));
      case 'publish':
        return this.#publish.tapPromise(plugin, this.#gate(plugin, 'publish', record.tap));
      case 'play':
        return this.#play.tapPromise(plugin, this.#gate(plugin, 'play', record.tap));
      case 'resolveName':
        return this.#resolveName.tapPromise(plugin, this.#resolver(plugin, record.tap));
      case 'streamMissing':
        return this.#streamMissing.tapPromise(plugin, this.#provider(plugin, record.tap));
      case 'streamStart':
        return this.#streamStart.tap(plugin, this.isolate(plugin, record));
      case 'streamStop':
        return this.#streamStop.tap(plugin, this.isolate(plugin, record));
      case 'playStart':
        return this.#playStart.tap(plugin, this.isolate(plugin, record));
      case 'playStop':
        return this.#playStop.tap(plugin, this.isolate(plugin, record));
      case 'fileEnd':
        return this.#fileEnd.tap(plugin, this.isolate(plugin, record));
      case 'stat':
        return this.#stat.tap(plugin, this.isolate(plugin, record));
      case 'configChange':
        return this.#configChange.tap(plugin, this.isolate(plugin, record));
    }
  }

  /** A throwing tap of a SyncHook would hide the event from the taps after it: it is logged instead. */
  isolate<Arguments extends unknown[]>(
    plugin: string,
    record: { readonly hook: HookName; readonly tap: (...args: Arguments) => unknown },
  ): (...args: Arguments) => void {
    const failed = (error: unknown): void =>
      this.#log.error({ err: error, plugin, hook: record.hook }, `plugin ${plugin} threw in ${record.hook}`);
    return (...args) => {
      try {
        const returned = record.tap(...args);
        // Nobody waits for an async function here, but its fault must not end the process.
        if (returned instanceof Promise) returned.catch(failed);
      } catch (error) {
        failed(error);
      }
    };
  }

  // Without a name there is nothing to ask the gates about: who fails to find it refuses the client.
  #resolver(
    plugin: string,
    resolve: HookTaps['resolveName'],
  ): (name: string, request: StreamRequest) => Promise<string> {
    return async (name, request) => {
      try {
        const late = `no answer within ${this.#gateTimeoutMs} ms (gateTimeoutMs)`;
        const resolved: unknown = await withTimeout(
          this.#gateTimeoutMs,
          Promise.resolve(resolve(name, request)),
          late,
        );
        if (resolved === undefined || resolved === null) return name;
        if (typeof resolved === 'string' && resolved !== '') return resolved;
        throw new TypeError(`it answered ${JSON.stringify(resolved)}; a name is a string of some length`);
      } catch (error) {
        if (error instanceof Denial) throw error;
        this.#log.error(
          { err: error, plugin, hook: 'resolveName' },
          `plugin ${plugin} failed to resolve a stream name; the client is refused`,
        );
        throw new Denial('unavailable', `the stream name ${name} could not be resolved`);
      }
    };
  }

  // Who fails to provide leaves it to the next; `null` would end the hook, and only a provider may.
  #provider(
    plugin: string,
    provide: HookTaps['streamMissing'],
  ): (request: StreamRequest) => Promise<StreamProvider> {
    return async (request) => {
      try {
        return (await provide(request)) ?? (undefined as never);
      } catch (error) {
        this.#log.error(
          { err: error, plugin, hook: 'streamMissing' },
          `plugin ${plugin} failed to provide a stream`,
        );
        return undefined as never;
      }
    };
  }

  // A gate that throws, takes too long or answers nonsense denies: a broken lock is a closed door.
  #gate<Request>(plugin: string, hook: HookName, gate: Gate<Request>): (request: Request) => Promise<Denial> {
    return async (request) => {
      try {
        const late = `no answer within ${this.#gateTimeoutMs} ms (gateTimeoutMs)`;
        const answer = await withTimeout(this.#gateTimeoutMs, Promise.resolve(gate(request)), late);
        if (answer instanceof Denial) return answer;
        if (answer === undefined || answer === null) return undefined as never;
        throw new TypeError(`its ${hook} gate answered ${typeof answer}; a gate answers a Denial or nothing`);
      } catch (error) {
        this.#log.error(
          { err: error, plugin, hook },
          `the ${hook} gate of plugin ${plugin} failed; the client is refused`,
        );
        return new Denial('unavailable', `the ${plugin} check failed`);
      }
    };
  }
}
