// What the supervisor and its workers say to each other. Messages of one side arrive in the order in which they were sent.
import type { AppOptions } from '../options/options.ts';
import type { AppliedText } from '../plugin/config-access.ts';
import type { ReloadReport } from '../plugin/reload-report.ts';
import type { WorkerNumber } from '../plugin/worker-calls.ts';
import type { NameRefusal } from '../session/elsewhere.ts';

/** A publisher's claim of a name. The limits are those of the config that its worker has. */
export interface NameRequest {
  readonly key: string;
  readonly app: string;
  readonly duplicate: AppOptions['duplicate'];
  /** The publisher's address, for the one that it replaces. */
  readonly remote: string;
  readonly maxStreams: number;
  readonly maxStreamsPerApplication: number;
}

/** A name that was given. A later release says which ticket it means. */
export interface GivenName {
  readonly ticket: number;
  readonly firstSequence: number;
}

/** Where a stream is: see `Found`. */
export type Whereabouts = { readonly home: WorkerNumber } | 'here' | 'waiting';

/** A worker that others can link to. */
export interface Peer {
  readonly worker: WorkerNumber;
  /** Another one when the worker has been replaced. */
  readonly run: number;
  readonly socketPath: string;
}

/** One of the places that all workers together may have. The limit is that of the config that the worker has. */
export interface PlaceRequest {
  readonly name: string;
  readonly most: number;
}

/** A config on its way to the workers. */
export interface ConfigToApply {
  /** Undefined: the file does not exist, and the defaults hold. */
  readonly text: string | undefined;
  /** Ports in use, by the key of the address. */
  readonly ports: Readonly<Record<string, number>>;
}

/** A worker's part of a reload. */
export interface WorkerReport {
  readonly report: ReloadReport;
  /** What `describeOpenPublishing` says of its first config. */
  readonly openPublishing?: string | undefined;
}

/** A reload of all workers. */
export interface SettledReload {
  readonly report: ReloadReport;
  /** What was applied, if something was. */
  readonly applied: AppliedText | undefined;
  /** Whether this worker tells its plugins: of all that took part one does. */
  readonly announces: boolean;
}

/** The reloads that were before a worker, the newest first. */
export interface Past {
  readonly reports: readonly ReloadReport[];
  readonly texts: readonly AppliedText[];
}

/** Names of places, and how many of each. */
export type HeldPlaces = readonly (readonly [name: string, count: number])[];

/** Calls of a worker at the supervisor. */
export type SupervisorCalls = {
  claim: { input: NameRequest; output: GivenName | NameRefusal };
  release: { input: { readonly key: string; readonly ticket: number }; output: void };
  /** From now on the worker is told where the stream is, until `forget`. */
  find: { input: { readonly key: string }; output: Whereabouts };
  forget: { input: { readonly key: string }; output: void };
  locate: { input: { readonly key: string }; output: WorkerNumber | undefined };
  takeTurn: { input: { readonly key: string }; output: void };
  passTurn: { input: { readonly key: string }; output: void };
  /** See `SharedPlaces`. */
  takePlace: { input: PlaceRequest; output: boolean };
  awaitPlace: { input: PlaceRequest; output: void };
  freePlace: { input: { readonly name: string }; output: void };
  /** The worker has taken these while they had no limit. */
  holdPlaces: { input: { readonly counts: HeldPlaces }; output: void };
  /** Connections that were handed to the worker have closed. */
  closed: { input: { readonly count: number }; output: void };
  /** Viewers that the worker has. */
  viewers: { input: { readonly count: number }; output: void };
  /** The worker has begun to stop, perhaps by itself. */
  leaving: { input: undefined; output: void };
  reload: { input: { readonly reason: string; readonly text: string | undefined }; output: ReloadReport };
};

/** Calls of the supervisor at a worker. */
export type WorkerSideCalls = {
  /** Opens the socket to which other workers link. Their questions wait until the first config is applied. */
  listen: { input: undefined; output: void };
  /** Applies the first config. */
  start: { input: ConfigToApply & { readonly past: Past }; output: WorkerReport };
  /** Stages a config and waits for `settle`. Resolves with undefined, or the report of its rejection. */
  stage: { input: ConfigToApply; output: WorkerReport | undefined };
  /** Applies what is staged, or takes it back. */
  settle: { input: { readonly apply: boolean; readonly reason: string }; output: WorkerReport };
  settled: { input: SettledReload; output: void };
  /** A client's connection comes with the message. @param key - of the address that it reached */
  connection: { input: { readonly key: string }; output: void };
  peers: { input: { readonly peers: readonly Peer[] }; output: void };
  giveUp: { input: Pick<NameRequest, 'key' | 'duplicate' | 'remote'>; output: 'given' | 'taken' };
  /** Viewers that the other workers have. */
  viewersElsewhere: { input: { readonly count: number }; output: void };
  /** Where a stream is that the worker has asked for. Undefined: nowhere. */
  home: { input: { readonly key: string; readonly home: WorkerNumber | undefined }; output: void };
  /** Its plugins shall be asked for a provider: the worker that was to ask its own has no viewer any more. */
  askPlugins: { input: { readonly key: string }; output: void };
  /** It is the worker's turn: see `Elsewhere.takeTurn`. */
  turn: { input: { readonly key: string }; output: void };
  ping: { input: undefined; output: void };
  stop: { input: { readonly message: string }; output: void };
};
