// What programs and plugins import from "livego".
export { createConfigSource, type ConfigSourceSettings } from './config/load.ts';
export { watchFiles } from './config/watch/watch.ts';
export { BUILTIN_PLUGINS } from './plugins/index.ts';
export type { Admission } from './core/session/admission.ts';
export { createServer, LivegoServer, type ServerSettings } from './core/server.ts';
export { definePlugin, type JsonSchema, type PluginDefinition } from './core/plugin/plugin.ts';
export type {
  AppContext,
  ConnectionSpec,
  ListenSpec,
  PluginContext,
  RouteSpec,
  ServerContext,
} from './core/plugin/context.ts';
export { Denial, type DenialCode } from './core/session/denial.ts';
export { LivegoError, type ErrorCode } from './core/errors.ts';
export type {
  ConnectRequest,
  Figures,
  FinishedFile,
  HookName,
  HookTaps,
  StreamProvider,
} from './core/plugin/hooks.ts';
export { createLogger, type Logger } from './core/log.ts';
export type { ReloadReport } from './core/kernel/describe-report.ts';
export {
  MediaPacket,
  type AudioCodec,
  type Codec,
  type MediaKind,
  type PacketInfo,
  type VideoCodec,
} from './core/media/packet.ts';
export type { PacketFormat } from './core/media/packet-format.ts';
export type { Playback } from './core/session/playback.ts';
export type { Publication } from './core/session/publication.ts';
export type { Client, EndCause, EndCode, Session, StreamRequest } from './core/session/session.ts';
export type { Replay, Sink } from './core/stream/sink.ts';
export type { Stream, StreamCounters, StreamState } from './core/stream/stream.ts';
export type { ViewerOutput, ViewerTransport } from './core/delivery/viewer.ts';
