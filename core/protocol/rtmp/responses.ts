// A server's answers to commands, in the form that librtmp, OBS, ffmpeg, GStreamer, VLC and Flash wait for.
import type { AmfValue } from '../../media/amf-value.ts';
import { buildCapabilities } from './capabilities.ts';
import type { RtmpCapabilities } from './capabilities.ts';
import type { RtmpCommand, RtmpData } from './command.ts';
import type { StatusCode } from './status.ts';

/** Encoders look for this version before they use FCPublish and H.264; every known server claims it. */
const FMS_VERSION = 'FMS/3,0,1,123';

/** The content of the answer to connect. */
export interface ConnectResult {
  readonly transactionId: number;
  /** 0 or 3, as the client asked: whether commands come back as type 20 or 17. */
  readonly objectEncoding: number;
  /** From `agreeCapabilities`; nothing is added for a client that sent none. */
  readonly capabilities: RtmpCapabilities;
}

/** `_result` of connect (7.2.1.1). */
export function connectResult(result: ConnectResult): RtmpCommand {
  const properties: Record<string, AmfValue> = {
    fmsVer: FMS_VERSION,
    capabilities: 31,
    mode: 1,
    ...buildCapabilities(result.capabilities),
  };
  const info: Record<string, AmfValue> = {
    level: 'status',
    code: 'NetConnection.Connect.Success' satisfies StatusCode,
    description: 'Connection succeeded.',
    objectEncoding: result.objectEncoding,
  };
  return { name: '_result', transactionId: result.transactionId, object: properties, args: [info] };
}

/** `_error` of connect; to be followed by the end of the connection. */
export function connectError(
  transactionId: number,
  code:
    'NetConnection.Connect.Rejected' | 'NetConnection.Connect.InvalidApp' | 'NetConnection.Connect.Failed',
  description: string,
): RtmpCommand {
  return { name: '_error', transactionId, object: null, args: [{ level: 'error', code, description }] };
}

/** `_result` of createStream (7.2.1.3). `streamId` is the message stream id to use, from 1. */
export function createStreamResult(transactionId: number, streamId: number): RtmpCommand {
  return { name: '_result', transactionId, object: null, args: [streamId] };
}

/** `_result` without a value: for releaseStream, FCPublish, _checkbw and other calls that wait for any answer. */
export function emptyResult(transactionId: number): RtmpCommand {
  return { name: '_result', transactionId, object: null, args: [undefined] };
}

/** `_result` of getStreamLength, in seconds; 0 for a live stream. */
export function streamLengthResult(transactionId: number, seconds: number): RtmpCommand {
  return { name: '_result', transactionId, object: null, args: [seconds] };
}

/** `_error` of any other call, unknown ones included. */
export function callError(transactionId: number, description: string): RtmpCommand {
  const code: StatusCode = 'NetConnection.Call.Failed';
  return { name: '_error', transactionId, object: null, args: [{ level: 'error', code, description }] };
}

/** After FCPublish: Flash Media Live Encoder does not start without it. */
export function onFCPublish(streamName: string): RtmpCommand {
  const code: StatusCode = 'NetStream.Publish.Start';
  return { name: 'onFCPublish', transactionId: 0, object: null, args: [{ code, description: streamName }] };
}

/** After FCUnpublish. */
export function onFCUnpublish(streamName: string): RtmpCommand {
  const code: StatusCode = 'NetStream.Unpublish.Success';
  return { name: 'onFCUnpublish', transactionId: 0, object: null, args: [{ code, description: streamName }] };
}

/** After FCSubscribe, which players of CDNs send before play. */
export function onFCSubscribe(streamName: string): RtmpCommand {
  const code: StatusCode = 'NetStream.Play.Start';
  return {
    name: 'onFCSubscribe',
    transactionId: 0,
    object: null,
    args: [{ level: 'status', code, description: streamName }],
  };
}

/** After connect: "bandwidth is measured", which old Flash players and librtmp wait for or answer with _checkbw. */
export function onBWDone(): RtmpCommand {
  return { name: 'onBWDone', transactionId: 0, object: null, args: [8192] };
}

/** Before the media of a play: the player may read samples of audio and video. */
export function sampleAccess(): RtmpData {
  return { name: '|RtmpSampleAccess', args: [true, true] };
}
