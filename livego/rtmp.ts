// `livego/rtmp`: the protocol without a socket, for servers and clients alike.
export * as responses from '../core/protocol/rtmp/responses.ts';
export * as status from '../core/protocol/rtmp/status.ts';
export { agreeCapabilities, CAPS_EX, parseCapabilities } from '../core/protocol/rtmp/capabilities.ts';
export { PayloadMemory } from '../core/protocol/rtmp/chunks/payload-memory.ts';
export type { BytesOwnership } from '../core/protocol/rtmp/chunks/unfinished-memory.ts';
export {
  RtmpClientSession,
  type RtmpClientObserver,
  type RtmpRejection,
} from '../core/protocol/rtmp/client/client.ts';
export type { RtmpClientOptions } from '../core/protocol/rtmp/client/options.ts';
export {
  buildData,
  dataPayloadAsAmf0,
  parseData,
  type RtmpCommand,
  type RtmpData,
} from '../core/protocol/rtmp/command.ts';
export { RtmpConnection } from '../core/protocol/rtmp/connection.ts';
export { MESSAGE_TYPE, type ControlMessage, type RtmpMessage } from '../core/protocol/rtmp/message.ts';
export {
  parseConnect,
  parsePlay,
  parsePublish,
  type ConnectCommand,
  type PlayCommand,
} from '../core/protocol/rtmp/request.ts';
export { RtmpPacketFormat } from '../core/protocol/rtmp/rtmp-format.ts';
export { parseAppPath, parseRtmpUrl, parseStreamAddress, type RtmpUrl } from '../core/stream-address.ts';
export type { RtmpStatus, StatusCode } from '../core/protocol/rtmp/status.ts';
