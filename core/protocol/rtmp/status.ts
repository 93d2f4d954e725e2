// onStatus: how a server tells what became of a publish, a play or the connection (RTMP 1.0, 7.2.2).
//
// The descriptions are for people; clients go by `code` and `level`, and some by the presence of `description`.
import { amfProperties } from '../../media/amf-value.ts';
import type { AmfValue } from '../../media/amf-value.ts';
import type { RtmpCommand } from './command.ts';

export type StatusLevel = 'status' | 'error' | 'warning';

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
  | 'NetStream.Pause.Notify'
  | 'NetStream.Unpause.Notify';

/** What onStatus says, as read from a peer: any code may come. */
export interface RtmpStatus {
  readonly level: string;
  readonly code: string;
  readonly description: string;
  /** The whole information object, for what else a server says (`tcUrl`, `ex`, `details` …). */
  readonly info: Readonly<Record<string, AmfValue>>;
}

/** onStatus for a NetStream: to be sent on its message stream. `extra` adds fields such as `details` or `clientid`. */
export function buildStatus(
  code: StatusCode,
  description: string,
  extra: Readonly<Record<string, AmfValue>> = {},
): RtmpCommand {
  return onStatus({ level: statusLevel(code), code, description, ...extra });
}

/** 'error' is what makes a client give up, so it is exactly the refusals. */
export function statusLevel(code: StatusCode): StatusLevel {
  return /\.(?:Rejected|InvalidApp|BadName|Denied|Failed|StreamNotFound)$/.test(code) ? 'error' : 'status';
}

/** Publishing has been accepted. FFmpeg and librtmp go on at `code`, OBS prints `description`. */
export function publishStart(streamName: string): RtmpCommand {
  return buildStatus('NetStream.Publish.Start', `${streamName} is now published.`, {
    details: streamName,
    clientid: CLIENT_ID,
  });
}

/** Publishing has been refused: the name is taken (`BadName`), a gate said no (`Denied`), or a fault (`Failed`). */
export function publishRefused(reason: 'BadName' | 'Denied' | 'Failed', description: string): RtmpCommand {
  return buildStatus(`NetStream.Publish.${reason}`, description, { clientid: CLIENT_ID });
}

/** The answer to FCUnpublish, deleteStream or closeStream of a publisher. */
export function unpublishSuccess(streamName: string): RtmpCommand {
  return buildStatus('NetStream.Unpublish.Success', `${streamName} is no longer published.`, {
    clientid: CLIENT_ID,
  });
}

/** First answer to play: what was buffered before is void. Flash and librtmp expect it before Play.Start. */
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

/** Playing has been refused: no such stream, or any other reason. */
export function playRefused(reason: 'StreamNotFound' | 'Failed', description: string): RtmpCommand {
  return buildStatus(`NetStream.Play.${reason}`, description, { clientid: CLIENT_ID });
}

/** The stream has ended for good; ffmpeg takes it as the end of the file. */
export function playStop(streamName: string): RtmpCommand {
  return buildStatus('NetStream.Play.Stop', `Stopped playing ${streamName}.`, {
    details: streamName,
    clientid: CLIENT_ID,
  });
}

/** The publisher has gone for good; ffmpeg takes it as the end of the file. */
export function unpublishNotify(streamName: string): RtmpCommand {
  return buildStatus('NetStream.Play.UnpublishNotify', `${streamName} is no longer published.`, {
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

/** Sent on message stream 0 before the server closes the connection, so that the client knows it was meant. */
export function connectionClosed(description: string): RtmpCommand {
  return buildStatus('NetConnection.Connect.Closed', description);
}

/**
 * Enhanced RTMP v2, "Reconnect Request": asks a client that has the reconnect bit of capsEx to connect again, to
 * `tcUrl` if given (absolute or relative), else to where it is. The client goes on until its new connection stands.
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

/** What Flash Media Server sends here identifies nothing either; clients only look whether it is there. */
const CLIENT_ID = 'livego';

function onStatus(info: Readonly<Record<string, AmfValue>>): RtmpCommand {
  return { name: 'onStatus', transactionId: 0, object: null, args: [{ ...info }] };
}
