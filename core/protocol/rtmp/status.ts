// onStatus: how a server tells the outcome of a publish, a play or the connection (RTMP 1.0, 7.2.2).
//
// The descriptions are for people; clients go by `code` and `level`, and some by the presence of `description`.
import { amfProperties } from '../../media/amf-value.ts';
import type { AmfValue } from '../../media/amf-value.ts';
import type { RtmpCommand, RtmpData } from './command.ts';

/** Codes this server sends. */
export type StatusCode =
  | 'NetConnection.Connect.Success'
  | 'NetConnection.Connect.Rejected'
  | 'NetConnection.Connect.InvalidApp'
  | 'NetConnection.Connect.Failed'
  | 'NetConnection.Connect.Closed'
  | 'NetConnection.Connect.ReconnectRequest'
  | 'NetConnection.Call.Failed'
  | 'NetStream.Publish.Start'
  | 'NetStream.Publish.BadName'
  | 'NetStream.Publish.Denied'
  | 'NetStream.Publish.Failed'
  | 'NetStream.Unpublish.Success'
  | 'NetStream.Play.Reset'
  | 'NetStream.Play.Start'
  | 'NetStream.Play.StreamNotFound'
  | 'NetStream.Play.Failed'
  | 'NetStream.Play.Stop'
  | 'NetStream.Play.UnpublishNotify'
  | 'NetStream.Play.Complete'
  | 'NetStream.Seek.Notify'
  | 'NetStream.Pause.Notify'
  | 'NetStream.Unpause.Notify';

/** An onStatus of a peer, which may have any code. */
export interface RtmpStatus {
  readonly level: string;
  readonly code: string;
  readonly description: string;
  /** The whole information object, with everything else that a server may say (`tcUrl`, `ex`, `details` …). */
  readonly info: Readonly<Record<string, AmfValue>>;
}

/** The publish has been accepted. FFmpeg and librtmp continue at `code`, OBS prints `description`. */
export function publishStart(streamName: string): RtmpCommand {
  return buildStatus('NetStream.Publish.Start', `${streamName} is now published.`, {
    details: streamName,
    clientid: CLIENT_ID,
  });
}

/** The publish has been rejected: the name is taken (`BadName`), a gate denied it (`Denied`), or a fault (`Failed`). */
export function publishRejected(reason: 'BadName' | 'Denied' | 'Failed', description: string): RtmpCommand {
  return buildStatus(`NetStream.Publish.${reason}`, description, { clientid: CLIENT_ID });
}

/** The answer to FCUnpublish, deleteStream or closeStream of a publisher. */
export function unpublishSuccess(streamName: string): RtmpCommand {
  return buildStatus('NetStream.Unpublish.Success', `${streamName} is no longer published.`, {
    clientid: CLIENT_ID,
  });
}

/** First answer to play: the player drops what it has buffered. Flash and librtmp expect it before Play.Start. */
export function playReset(streamName: string): RtmpCommand {
  return buildStatus('NetStream.Play.Reset', `Resetting and playing ${streamName}.`, {
    details: streamName,
    clientid: CLIENT_ID,
  });
}

export function playStart(streamName: string): RtmpCommand {
  return buildStatus('NetStream.Play.Start', `Started playing ${streamName}.`, {
    details: streamName,
    clientid: CLIENT_ID,
  });
}

/** The play has been rejected: no such stream, or any other reason. */
export function playRejected(reason: 'StreamNotFound' | 'Failed', description: string): RtmpCommand {
  return buildStatus(`NetStream.Play.${reason}`, description, { clientid: CLIENT_ID });
}

/** The stream has ended for good; ffmpeg takes it as the end of the file. */
export function playStop(streamName: string): RtmpCommand {
  return buildStatus('NetStream.Play.Stop', `Stopped playing ${streamName}.`, {
    details: streamName,
    clientid: CLIENT_ID,
  });
}

/** The publisher has ended the stream; ffmpeg takes it as the end of the file. */
export function unpublishNotify(streamName: string): RtmpCommand {
  return buildStatus('NetStream.Play.UnpublishNotify', `${streamName} is no longer published.`, {
    details: streamName,
    clientid: CLIENT_ID,
  });
}

/**
 * Everything of a recording has been sent. Flash Media Server sends it as data behind the last packet, then the end of the
 * stream and Play.Stop.
 */
export function playComplete(durationMs: number, bytes: number): RtmpData {
  const code: StatusCode = 'NetStream.Play.Complete';
  return { name: 'onPlayStatus', args: [{ level: 'status', code, duration: durationMs / 1000, bytes }] };
}

/** The answer to seek: packets from here on are those of the new position. */
export function seekNotify(streamName: string, timeMs: number): RtmpCommand {
  return buildStatus('NetStream.Seek.Notify', `Seeking ${timeMs} (stream ID: ${streamName}).`, {
    details: streamName,
    clientid: CLIENT_ID,
  });
}

export function pauseNotify(streamName: string): RtmpCommand {
  return buildStatus('NetStream.Pause.Notify', `Paused ${streamName}.`, {
    details: streamName,
    clientid: CLIENT_ID,
  });
}

export function unpauseNotify(streamName: string): RtmpCommand {
  return buildStatus('NetStream.Unpause.Notify', `Resumed ${streamName}.`, {
    details: streamName,
    clientid: CLIENT_ID,
  });
}

/** Sent on message stream 0 before the server closes the connection, so that the client knows it was intended. */
export function connectionClosed(description: string): RtmpCommand {
  return buildStatus('NetConnection.Connect.Closed', description);
}

/**
 * Enhanced RTMP v2, "Reconnect Request": asks a client that has the reconnect bit of capsEx to connect again, to
 * `tcUrl` if given (absolute or relative), else to the same place. The client continues until its new connection works.
 * To be sent on message stream 0.
 */
export function reconnectRequest(
  options: { readonly tcUrl?: string; readonly description?: string } = {},
): RtmpCommand {
  const code: StatusCode = 'NetConnection.Connect.ReconnectRequest';
  return onStatus({
    level: 'status',
    code,
    ...(options.tcUrl === undefined ? {} : { tcUrl: options.tcUrl }),
    ...(options.description === undefined ? {} : { description: options.description }),
  });
}

/** A status that a peer has implied without sending one. */
export function impliedStatus(code: StatusCode, description = ''): RtmpStatus {
  return { level: statusLevel(code), code, description, info: {} };
}

/** Reads onStatus, or the information object of _result and _error. Undefined if the command holds none. */
export function parseStatus(command: RtmpCommand): RtmpStatus | undefined {
  const info = amfProperties(command.args[0]);
  const code = info?.['code'];
  if (info === undefined || typeof code !== 'string') return undefined;
  const { level, description } = info;
  return {
    level: typeof level === 'string' ? level : 'status',
    code,
    description: typeof description === 'string' ? description : '',
    info,
  };
}

/** Clients check only that it is there; the one of Flash Media Server identifies nothing either. */
const CLIENT_ID = 'livego';

/** 'error' makes a client give up, so exactly the rejections have it. */
function statusLevel(code: StatusCode): 'status' | 'error' {
  return /\.(?:Rejected|InvalidApp|BadName|Denied|Failed|StreamNotFound)$/.test(code) ? 'error' : 'status';
}

/** An onStatus to be sent on the message stream that it is about. `extra` adds fields such as `details`. */
function buildStatus(
  code: StatusCode,
  description: string,
  extra: Readonly<Record<string, AmfValue>> = {},
): RtmpCommand {
  return onStatus({ level: statusLevel(code), code, description, ...extra });
}

function onStatus(info: Readonly<Record<string, AmfValue>>): RtmpCommand {
  return { name: 'onStatus', transactionId: 0, object: null, args: [{ ...info }] };
}
