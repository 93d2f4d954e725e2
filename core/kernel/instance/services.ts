// The parts of the kernel that instances use. They are the same for all generations.
import type { Logger } from '../../log/log.ts';
import type { HttpServices } from '../../http/http-services.ts';
import type { FormatTable } from '../../delivery/format-table.ts';
import type { Commands } from '../../plugin/commands.ts';
import type { ConfigAccess } from '../../plugin/config-access.ts';
import type { ServedAddress } from '../../net/served-address.ts';
import type { MetricSample } from '../../plugin/metrics.ts';
import type { FinishedFile, PluginEvent } from '../../plugin/hooks.ts';
import type { PluginState } from '../../plugin/plugin-state.ts';
import type { Admission } from '../../session/admission.ts';
import type { Providers } from '../../session/providers/providers.ts';
import type { SessionList } from '../../session/session-list.ts';
import type { StreamHub } from '../../stream/stream-hub.ts';
import type { InstanceLogs } from './instance-logs.ts';
import type { ResourceOwner } from '../../resource-owner.ts';
import type { Everywhere } from '../everywhere.ts';
import type { PeerLog } from '../../log/peer-log.ts';
import type { Ticker } from '../../time/ticker.ts';
import type { Show } from '../../log/variable-mask.ts';

export interface KernelServices {
  readonly log: Logger;
  readonly logs: InstanceLogs;
  readonly peerLog: PeerLog;
  readonly ticker: Ticker;
  readonly http: HttpServices;
  readonly hub: StreamHub;
  readonly sessions: SessionList;
  readonly admission: Admission;
  readonly providers: Providers;
  readonly formats: FormatTable;
  /** States that the instances of a plugin share. */
  readonly pluginStates: WeakMap<PluginState<unknown>, unknown>;
  readonly commands: Commands;
  readonly everywhere: Everywhere;
  readonly config: ConfigAccess;
  /** Whether an instance serves an application by the current config. */
  serves(instance: ResourceOwner, app: string): boolean;
  readonly show: Show;
  addresses(): readonly ServedAddress[];
  metrics(): readonly MetricSample[];
  fileEnd(file: FinishedFile): void;
  announce(event: PluginEvent): void;
}
