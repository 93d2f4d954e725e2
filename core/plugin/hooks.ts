// Every hook, in the order of a stream's life: one table. docs/hooks.md explains each; a test compares the two.
import type { EndCause } from '../end-cause.ts';
import type { ConnectionView } from '../session/clients/connection-view.ts';
import type { Denial } from '../session/denial.ts';
import type { StreamProvider } from '../session/providers/provider.ts';
import type { ConnectRequest, DeniedRequest, StreamRequest } from '../session/requests.ts';
import type { ResourceOwner } from '../resource-owner.ts';
import type { SessionView } from '../session/session-view.ts';
import type { StreamView } from '../stream/stream-view.ts';
import type { MetricWriter } from './metrics.ts';
import type { ReloadReport } from './reload-report.ts';

/** A file that is complete: a segment, a recording. */
export interface FinishedFile {
  readonly plugin: string;
  /** "segment", "recording" … */
  readonly kind: string;
  readonly app: string;
  readonly name: string;
  /** The publisher's session; undefined when the stream had several. */
  readonly session: string | undefined;
  readonly path: string;
  readonly bytes: number;
  readonly durationMs: number;
  /** Wall clock of its first and its last packet. */
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** In hex, when the plugin knows it. */
  readonly md5?: string | undefined;
}

/** A fact that a plugin gives along with an event. Holds no secret. */
export type EventDetail = string | number | boolean | null | undefined;

/** Something that a plugin announces: a relay is live, a program has ended. */
export interface PluginEvent {
  readonly plugin: string;
  /** Names what has happened, in lower case with "_": "relay_up". */
  readonly kind: string;
  readonly app: string;
  /** The stream's, as it may be shown: `***` where it may be a secret. */
  readonly name: string;
  readonly at: Date;
  readonly details: Readonly<Record<string, EventDetail>>;
}

/** Returns a `Denial` to deny, or nothing. A gate cannot admit a client that another gate denies. */
export type Gate<Request> = (
  request: Request,
) => Denial | undefined | void | Promise<Denial | undefined | void>;

/** A plugin's answer: a value, or nothing to leave the question to the next plugin. */
type Answer<Value> = Value | undefined | void | Promise<Value | undefined | void>;

/** The hooks that a plugin may tap, with the types of the taps. */
export interface HookTaps {
  /** A client has connected and names an application. */
  connect: Gate<ConnectRequest>;
  /** Turns the name that the client asked for into the stream's name, before the gates. */
  resolveName: (name: string, request: StreamRequest) => Answer<string>;
  /** A client wants to publish. Asked before it is told that it may start. */
  publish: Gate<StreamRequest>;
  /** A client wants to play. */
  play: Gate<StreamRequest>;
  /** A viewer asked for a stream without a publisher: the first plugin that returns a provider publishes it. */
  streamMissing: (request: StreamRequest) => Answer<StreamProvider>;
  /** A stream starts; called before its first packet, and when a plugin is added to a live stream. */
  streamStart: (stream: StreamView) => void;
  /** A publisher has a stream: its first one, one that returns, or one that replaces another. */
  publishStart: (session: SessionView, stream: StreamView) => void;
  /** A viewer has joined. */
  playStart: (session: SessionView, stream: StreamView) => void;
  /** A viewer has left. */
  playStop: (session: SessionView, stream: StreamView, cause: EndCause) => void;
  /** A publisher has stopped, or was replaced. Its stream may wait for it to return. */
  publishStop: (session: SessionView, stream: StreamView, cause: EndCause) => void;
  /** A stream has ended; its publisher did not return. */
  streamStop: (stream: StreamView, cause: EndCause) => void;
  /** A client that had connected has disconnected. */
  disconnect: (connection: ConnectionView, cause: EndCause) => void;
  /** A client was denied: by a gate, by a name that could not be resolved, or by a limit. It has no session. */
  denied: (request: DeniedRequest, denial: Denial) => void;
  /** A file is finished. */
  fileEnd: (file: FinishedFile) => void;
  /** A plugin has announced something about a stream. */
  pluginEvent: (event: PluginEvent) => void;
  /** Metrics are being collected. */
  stat: (write: MetricWriter) => void;
  /** A new config has been applied. */
  configChange: (report: ReloadReport) => void;
}

export type HookName = keyof HookTaps;

/**
 * - `gate`: the first denial ends it; a tap that throws, times out or returns anything else denies.
 * - `name`: each tap gets the name that the tap before returned; a tap that fails denies.
 * - `provider`: the first provider ends it; a tap that throws or times out is skipped.
 * - `event`: every tap is called; a fault of one is logged and does not affect the others.
 * - `server-event`: an event that concerns no application: each tap is called once, also those made in `app()`.
 */
export type HookKind = 'gate' | 'name' | 'provider' | 'event' | 'server-event';

export const HOOKS = {
  connect: 'gate',
  resolveName: 'name',
  publish: 'gate',
  play: 'gate',
  streamMissing: 'provider',
  streamStart: 'event',
  publishStart: 'event',
  playStart: 'event',
  playStop: 'event',
  publishStop: 'event',
  streamStop: 'event',
  disconnect: 'event',
  denied: 'event',
  fileEnd: 'event',
  pluginEvent: 'event',
  stat: 'server-event',
  configChange: 'server-event',
} as const satisfies Readonly<Record<HookName, HookKind>>;

export const HOOK_NAMES: readonly HookName[] = Object.keys(HOOKS) as HookName[];

/** Names of the hooks of a kind. */
export type HooksOfKind<Kind extends HookKind> = {
  [Name in HookName]: (typeof HOOKS)[Name] extends Kind ? Name : never;
}[HookName];

export interface NameTapOptions {
  /**
   * The names that clients ask for may be secrets, such as channel keys. Logs and messages then show `live/***` until
   * the tap has returned a name.
   */
  readonly secret?: boolean;
}

export interface GateTapOptions {
  /** The tap only looks on, or guards against something else than strangers: it is no reason to call the door guarded. */
  readonly observer?: boolean;
}

/** `hooks.streamStart.tap((stream) => …)`. Taps run in the order of the plugins. */
export type HookTapper = {
  readonly [Name in HookName]: Name extends 'resolveName'
    ? { tap(tap: HookTaps[Name], options?: NameTapOptions): void }
    : Name extends 'connect' | 'publish' | 'play'
      ? { tap(tap: HookTaps[Name], options?: GateTapOptions): void }
      : { tap(tap: HookTaps[Name]): void };
};

/** A tap as data. tapable compiles its taps and cannot remove one, so each generation builds its own hooks. */
export type TapRecord = {
  [Name in HookName]: {
    readonly hook: Name;
    readonly plugin: string;
    readonly tap: HookTaps[Name];
    /** The instance that made the tap. */
    readonly owner: ResourceOwner;
    readonly options?: (NameTapOptions & GateTapOptions) | undefined;
  };
}[HookName];
