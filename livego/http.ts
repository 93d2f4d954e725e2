// `livego/http`: routes, CORS, replies and bodies.
export { callerOf, type RouteAccess } from '../core/http/access/control-access.ts';
export type { Caller } from '../core/http/access/bearer-tokens.ts';
export { CachedBodies, cacheBody, type CachedBody } from '../core/http/files/cached-body.ts';
export {
  ChunkedFormat,
  FLV_AUDIO_CHUNKED,
  FLV_CHUNKED,
  FLV_VIDEO_CHUNKED,
  LAST_CHUNK,
} from '../core/http/chunked-format.ts';
export { addVary, ALLOW_ORIGIN_SCHEMA, type AllowOrigin } from '../core/http/cors.ts';
export {
  replyCachedBody,
  replyFile,
  type FileReply,
  type FileSource,
} from '../core/http/files/file-reply.ts';
export { denyUpgrade, replyDenial, replyJson, type JsonReply } from '../core/http/replies/reply.ts';
export {
  calledHostOf,
  denyClassic,
  replyClassic,
  replyClassicJson,
} from '../core/http/replies/classic-reply.ts';
export { replyLongJson, replyText, type TextReply } from '../core/http/replies/text-reply.ts';
export { splitCredentials, type OutgoingUrl } from '../core/http/outgoing-url.ts';
export { onRequestEnd } from '../core/http/request-end.ts';
export type { Route, RouteHandler, RouteMatch, RouteParams, UpgradeHandler } from '../core/http/router.ts';
export { clientAddressOf } from '../core/http/forwarded-client.ts';
export { describeHttpClient, parseStreamUrl } from '../core/http/stream-request.ts';
export { sendRead, type ReadableBytes } from '../core/http/files/send-read.ts';
export { isSent, limitWriteTime } from '../core/http/write-timeout.ts';
export { DENIAL_HTTP_STATUS } from '../core/session/denial.ts';
