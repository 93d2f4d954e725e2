// Applications as admission sees them. The kernel implements them.
import type { Denial } from './denial.ts';
import type { AppOptions } from '../options/options.ts';
import type { EndCause } from '../end-cause.ts';
import type { StreamView } from '../stream/stream-view.ts';
import type { ConnectionView } from './clients/connection-view.ts';
import type { StreamProvider } from './providers/provider.ts';
import type { ConnectRequest, DeniedRequest, StreamRequest } from './requests.ts';
import type { ResourceOwner } from '../resource-owner.ts';
import type { NowOrLater } from '../time/now-or-later.ts';
import type { SessionView } from './session-view.ts';

/** A stream's name as plugins resolved it. */
export interface ResolvedName {
  readonly name: string;
  /** Whether it may stand in logs and messages; false while it may still be a secret. */
  readonly printable: boolean;
}

/** A provider and the plugin's instance that offered it. */
export interface OfferedProvider {
  readonly plugin: string;
  readonly owner: ResourceOwner;
  readonly provider: StreamProvider;
}

/** The hooks about an application's clients. Promises of questions never reject. */
export interface ApplicationHooks {
  /** Whether names that clients ask for may be secrets until they are resolved. */
  readonly secretNames: boolean;
  connect(request: ConnectRequest): NowOrLater<Denial | undefined>;
  resolveName(request: StreamRequest): NowOrLater<ResolvedName | Denial>;
  /** @param secrets - names that must not stand in logs */
  publish(request: StreamRequest, secrets: readonly string[]): NowOrLater<Denial | undefined>;
  /** @param secrets - names that must not stand in logs */
  play(request: StreamRequest, secrets: readonly string[]): NowOrLater<Denial | undefined>;
  denied(request: DeniedRequest, denial: Denial): void;
  /** @param secrets - names that must not stand in logs */
  streamMissing(request: StreamRequest, secrets: readonly string[]): Promise<OfferedProvider | undefined>;
  playStart(session: SessionView, stream: StreamView): void;
  playStop(session: SessionView, stream: StreamView, cause: EndCause): void;
  disconnect(connection: ConnectionView, cause: EndCause): void;
}

export interface Application {
  readonly servername: string;
  readonly options: AppOptions;
  readonly hooks: ApplicationHooks;
  /** Whether no gate but observers decides who connects and plays. */
  readonly openToViewers: boolean;
  /** Whether a protocol is switched on for it. */
  allows(plugin: string): boolean;
}
