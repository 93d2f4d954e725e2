// `livego`: what plugins import, and what programs import that run a server of their own.
//
// These files are the entry points of the package. Built-in plugins use the same entry points, so a custom plugin can use
// everything that they use. Everything that is not exported here may change at any time.
export { readConfigDocument, rewriteConfigText } from '../config/edit/rewrite-text.ts';
export { createConfigSource, type ConfigSourceSettings } from '../config/load.ts';
export { watchFiles } from '../config/watch/watch.ts';
export { BoundedMap } from '../core/collections/bounded-map.ts';
export type { GiveBack } from '../core/collections/places.ts';
export type { Client, ClientFacts } from '../core/client.ts';
export type { ConfigFault } from '../core/config-fault.ts';
export type { ConfigSource, LoadResult } from '../core/config.ts';
export type { JoinPosition } from '../core/delivery/fan-out.ts';
export type { ViewerCounters, ViewerOutput, ViewerTransport } from '../core/delivery/viewer.ts';
export type { EndCause, EndCode } from '../core/end-cause.ts';
export { asError, LivegoError, messageOf, type ErrorCode } from '../core/errors.ts';
export type { PacedReader } from '../core/intake/paced-reader.ts';
export type { FileWatcher, WatchFiles } from '../core/following/followed-files.ts';
export { eachInTurns, mapInTurns } from '../core/time/in-turns.ts';
export { LimitedLog } from '../core/log/limited-log.ts';
export { createLogger, type Logger } from '../core/log/log.ts';
export type { AppOptions, ServerOptions } from '../core/options/options.ts';
export { timeSchema } from '../core/options/time-schema.ts';
export { addressListSchema, AddressMap, AddressSet, hostOf, networkOf } from '../core/net/address-set.ts';
export { addressSchema, formatAddress, formatRemote, type AddressOption } from '../core/net/address.ts';
export type { ServedAddress } from '../core/net/served-address.ts';
export { endSocket } from '../core/net/end-socket.ts';
export { tlsSchema, type TlsOptions } from '../core/net/tls.ts';
export type { Commands, CommandSpec, CommandView } from '../core/plugin/commands.ts';
export type {
  AppliedApp,
  AppliedConfig,
  AppliedPlugin,
  AppliedText,
  CheckedConfig,
  ConfigAccess,
  ShortForm,
  ConfigEdit,
  ConfigText,
  EditedConfig,
  PlannedConfig,
} from '../core/plugin/config-access.ts';
export { declareLeftDrafts, type DraftKeeper, type LeftDrafts } from '../core/plugin/left-drafts.ts';
export { handoverKey, type GivenState, type Handover, type HandoverKey } from '../core/plugin/handover.ts';
export type {
  EventDetail,
  FinishedFile,
  Gate,
  GateTapOptions,
  HookName,
  HookTapper,
  HookTaps,
  NameTapOptions,
  PluginEvent,
} from '../core/plugin/hooks.ts';
export { declareListCommand, type ListCommandSpec } from '../core/plugin/list-command.ts';
export { declareReadMetrics, type ReadMetric, type ReadMetrics } from '../core/plugin/metric-list.ts';
export {
  Histogram,
  type HistogramValue,
  type Labels,
  type Metric,
  type MetricSample,
  type MetricSpec,
  type MetricType,
  type MetricWriter,
} from '../core/plugin/metrics.ts';
export {
  definePlugin,
  type Adoptable,
  type Addresses,
  type AdmissionView,
  type AppContext,
  type ConnectionHandler,
  type EventFacts,
  type FileFacts,
  type HttpAddresses,
  type JsonSchema,
  type PluginContext,
  type PluginDefinition,
  type ServerContext,
  type StopCause,
  type Transport,
} from '../core/plugin/plugin.ts';
export { pluginState, type PluginState } from '../core/plugin/plugin-state.ts';
export type {
  ConnectionRecord,
  Question,
  QuestionSpec,
  ServerWide,
  SessionRecord,
  StreamRecord,
  WorkerAnswer,
  WorkerNumber,
} from '../core/plugin/worker-calls.ts';
export type { ReloadChanges, ReloadReport } from '../core/plugin/reload-report.ts';
export { signalGroup } from '../core/process-group.ts';
export { createServer, LivegoServer, type ServerSettings } from '../core/server.ts';
export { readVersion } from '../core/version.ts';
export { matchesServername } from '../core/servername.ts';
export type { Arrival } from '../core/session/clients/arrival.ts';
export type { Answered } from '../core/session/clients/ask-once.ts';
export type { Connection } from '../core/session/clients/connection.ts';
export type { ConnectionView } from '../core/session/clients/connection-view.ts';
export { andThen, type NowOrLater } from '../core/time/now-or-later.ts';
export { Denial, type Challenge, type DenialCode, type DenialDetails } from '../core/session/denial.ts';
export type { Playback } from '../core/session/playback.ts';
export type { StreamProvider } from '../core/session/providers/provider.ts';
export type { StreamName } from '../core/session/providers/providers.ts';
export type { Provision } from '../core/session/providers/provision.ts';
export type { Publication } from '../core/session/publication.ts';
export type {
  CloseSession,
  ConnectRequest,
  DeniedRequest,
  StreamRequest,
  StreamTarget,
} from '../core/session/requests.ts';
export type { SessionCounters, SessionView } from '../core/session/session-view.ts';
export type {
  StoredItem,
  StoredLibrary,
  StoredMedia,
  StoredReader,
} from '../core/session/stored/stored-media.ts';
export {
  PausedViewers,
  type PausedViewersLimits,
  type TakenBytes,
  type WatchedViewer,
} from '../core/session/stored/paused-viewers.ts';
export {
  StoredPlayer,
  type StoredOutput,
  type StoredPlayerSettings,
} from '../core/session/stored/stored-player.ts';
export type { Delivery, DeliverySettings } from '../core/stream/delivery.ts';
export type { PublisherView } from '../core/stream/publisher.ts';
export type { PacketFilter } from '../core/stream/packets/packet-filters.ts';
export type { DiscontinuityReason, Sink, StartPosition } from '../core/stream/sink.ts';
export type { StreamTracks } from '../core/stream/stream-headers.ts';
export type {
  StreamCounters,
  StreamOrigin,
  StreamState,
  StreamTiming,
  StreamView,
} from '../core/stream/stream-view.ts';
export { Waiters } from '../core/stream/waiters.ts';
export { after, timeoutSignal } from '../core/time/after.ts';
export { Throttle } from '../core/time/throttle.ts';
export type { Tick } from '../core/time/ticker.ts';
export { withTimeout } from '../core/time/timeout.ts';
