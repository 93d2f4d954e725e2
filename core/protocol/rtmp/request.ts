// The commands connect, publish and play, read tolerantly: encoders leave out much and mistype some.
import { LivegoError } from '../../errors.ts';
import { appOfTcUrl } from '../../stream-address.ts';
import { amfProperties } from '../../media/amf-value.ts';
import type { AmfValue } from '../../media/amf-value.ts';
import { parseCapabilities } from './capabilities.ts';
import type { RtmpCapabilities } from './capabilities.ts';
import type { CommandEncoding, RtmpCommand } from './command.ts';

/** connect (7.2.1.1). Texts are as the client sent them and '' where it sent none. */
export interface ConnectCommand {
  readonly transactionId: number;
  readonly app: string;
  readonly tcUrl: string;
  readonly flashVersion: string;
  readonly pageUrl: string;
  readonly swfUrl: string;
  /** "nonprivate" from encoders: FMLE, OBS, librtmp, ffmpeg. Players send none. */
  readonly type: string;
  /** 3 if the client asked for AMF3, else 0: to be repeated in the result. */
  readonly objectEncoding: 0 | 3;
  /** How to send commands to this client. */
  readonly encoding: CommandEncoding;
  readonly capabilities: RtmpCapabilities;
}

/** publish (7.2.2.6). `type` is 'live' unless the client says 'record' or 'append'. */
export interface PublishCommand {
  readonly transactionId: number;
  readonly name: string;
  readonly type: 'live' | 'record' | 'append';
}

/**
 * play (7.2.2.1). `start` as sent: -2 (live, else recorded), -1 (live only), or a position; in seconds by the clause,
 * but players send milliseconds.
 */
export interface PlayCommand {
  readonly transactionId: number;
  readonly name: string;
  readonly start: number;
  /** How much the player wants, in milliseconds; undefined: all. */
  readonly durationMs: number | undefined;
}

/** Throws LVG_RTMP_COMMAND if there is no command object. */
export function parseConnect(command: RtmpCommand): ConnectCommand {
  const fields = amfProperties(command.object);
  if (fields === undefined) {
    throw new LivegoError('LVG_RTMP_COMMAND', 'connect has no command object, so no application is named.');
  }
  const objectEncoding = fields['objectEncoding'] === 3 ? 3 : 0;
  return {
    transactionId: command.transactionId,
    // Some clients leave the application out, because tcUrl has it.
    app: text(fields['app']) || appOfTcUrl(text(fields['tcUrl'])),
    tcUrl: text(fields['tcUrl']),
    flashVersion: text(fields['flashVer']),
    pageUrl: text(fields['pageUrl']),
    swfUrl: text(fields['swfUrl']),
    type: text(fields['type']),
    objectEncoding,
    encoding: objectEncoding === 3 ? 'amf3' : 'amf0',
    capabilities: parseCapabilities(fields),
  };
}

/** A missing name is '', which `parseStreamPath` rejects with its reason. */
export function parsePublish(command: RtmpCommand): PublishCommand {
  const [name, type] = command.args;
  return {
    transactionId: command.transactionId,
    name: text(name),
    type: type === 'record' || type === 'append' ? type : 'live',
  };
}

/** As `parsePublish`. `play(false)`, with which old players stop, has the name ''. */
export function parsePlay(command: RtmpCommand): PlayCommand {
  const [name, start, duration] = command.args;
  return {
    transactionId: command.transactionId,
    name: text(name),
    start: typeof start === 'number' ? start : -2,
    durationMs: typeof duration === 'number' ? durationMs(duration, start) : undefined,
  };
}

// A start of -1 or -2 is in the clause's seconds, and so is the duration behind it. Flash, librtmp and ffmpeg have -1000 and
// -2000, and milliseconds throughout.
function durationMs(duration: number, start: AmfValue): number | undefined {
  if (!(duration > 0) || duration === Number.POSITIVE_INFINITY) return undefined;
  return start === -1 || start === -2 ? duration * 1000 : duration;
}

/** Some encoders send a numeric stream key as a number. */
function text(value: AmfValue): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : '';
}
