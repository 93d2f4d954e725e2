// What programs and plugins import from "livego".
export { createConfigSource, type ConfigSourceSettings } from './config/load.ts';
export { watchFiles } from './config/watch.ts';
export { BUILTIN_PLUGINS } from './plugins/index.ts';
export type { Admission } from './core/admission.ts';
export { createServer, LivegoServer, type ServerSettings } from './core/server.ts';
export { definePlugin, type JsonSchema, type PluginDefinition } from './core/plugin.ts';
export type {
  AppContext,
  ConnectionSpec,
  ListenSpec,
  PluginContext,
  RouteSpec,
  ServerContext,
} from './core/context.ts';
export { Denial, type DenialCode } from './core/denial.ts';
export { LivegoError, type ErrorCode } from './core/errors.ts';
export type {
  ConnectRequest,
  Figures,
  FinishedFile,
  HookName,
  HookTaps,
  StreamProvider,
} from './core/hooks.ts';
export { createLogger, type Logger } from './core/log.ts';
export type { ReloadReport } from './core/report.ts';
export {
  MediaPacket,
  type AudioCodec,
  type Codec,
  type MediaKind,
  type PacketDescription,
  type VideoCodec,
} from './core/stream/packet.ts';
export type { PacketFormat } from './core/stream/packet-format.ts';
export type { Playback } from './core/stream/playback.ts';
export type { Publication } from './core/stream/publication.ts';
export type { Client, EndCause, EndCode, Session, StreamRequest } from './core/stream/session.ts';
export type { Replay, Sink } from './core/stream/sink.ts';
export type { Stream, StreamCounters, StreamState } from './core/stream/stream.ts';
export type { ViewerOutput, ViewerTransport } from './core/stream/viewer.ts';
