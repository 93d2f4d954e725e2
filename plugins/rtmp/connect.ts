// The connect command: from the application that a client names to a connection that may publish and play.
import { Denial, type AdmissionView, type Arrival, type CloseSession, type Connection } from 'livego';
import {
  agreeCapabilities,
  parseAppPath,
  parseConnect,
  responses,
  type ConnectCommand,
  type RtmpCommand,
  type RtmpConnection,
} from 'livego/rtmp';

/** The acknowledgement window and peer bandwidth that we announce, in bytes; the same as the classic server's. */
const WINDOW_BYTES = 2_500_000;

/** A client that the connect gates admitted. */
export interface Connected {
  readonly command: ConnectCommand;
  readonly connection: Connection;
}

/** The response to a client that is denied (NetConnection status codes). */
export interface ConnectDenial {
  readonly transactionId: number;
  readonly code: Parameters<typeof responses.connectError>[1];
  readonly reason: string;
}

/** Throws LVG_RTMP_COMMAND if the command is malformed. */
export async function enterApplication(
  command: RtmpCommand,
  arrival: Arrival,
  admission: AdmissionView,
  close: CloseSession,
): Promise<Connected | ConnectDenial> {
  const connect = parseConnect(command);
  const { app, tcUrl, pageUrl, flashVersion, type, transactionId } = connect;
  const intent = type === 'nonprivate' ? 'publish' : undefined;
  arrival.describe({ tcUrl, pageUrl, userAgent: flashVersion, intent });
  const parsed = parseAppPath(app);
  if (!parsed.ok) return { transactionId, code: 'NetConnection.Connect.InvalidApp', reason: parsed.reason };
  const connection = await arrival.enter(configuredApp(parsed.app, admission), parsed.query, close);
  if (!(connection instanceof Denial)) return { command: connect, connection };
  const unknown = connection.code === 'not-found';
  const code = unknown ? 'NetConnection.Connect.InvalidApp' : 'NetConnection.Connect.Rejected';
  return { transactionId, code, reason: describeDenial(connection) };
}

// Adobe's authentication ("authmod"), as encoders read it from the description: librtmp, OBS, ffmpeg, FMLE. Without
// parameters it asks for a user; with them it asks for the answer to a challenge, or says that the answer was wrong.
function describeDenial({ reason, challenges }: Denial): string {
  const challenge = challenges?.find(({ scheme }) => scheme === 'adobe');
  if (!challenge) return reason;
  const parameters = Object.entries(challenge.parameters);
  if (parameters.length === 0) return '[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ';
  const query = parameters.map(([name, value]) => `${name}=${value}`).join('&');
  return `[ AccessManager.Reject ] : [ authmod=adobe ] : ?${query}`;
}

/** Tells the client that it is connected, and the parameters of the connection. */
export function acceptConnect(command: ConnectCommand, connection: RtmpConnection, chunkSize: number): void {
  const { transactionId, objectEncoding } = command;
  connection.setWindow(WINDOW_BYTES);
  connection.sendControl({ kind: 'set-peer-bandwidth', size: WINDOW_BYTES, limit: 'dynamic' });
  connection.setChunkSize(chunkSize);
  const capabilities = agreeCapabilities(command.capabilities);
  // Always AMF0: only this response tells the client that AMF3 has been agreed on.
  connection.sendCommand(responses.connectResult({ transactionId, objectEncoding, capabilities }));
}

// A client may name more than the application: `live/room` means `live` if only `live` is configured, and `vod/live` the
// recordings of `live`.
function configuredApp(path: string, admission: AdmissionView): string {
  const [first = '', ...rest] = path.split('/');
  const ofRecordings = admission.stored.has(first) ? firstApp(rest, admission) : undefined;
  return ofRecordings ?? firstApp([first, ...rest], admission) ?? path;
}

/** The longest beginning that is an application. */
function firstApp(segments: readonly string[], admission: AdmissionView): string | undefined {
  for (let count = segments.length; count > 0; count--) {
    const app = segments.slice(0, count).join('/');
    if (admission.hasApp(app)) return app;
  }
  return undefined;
}
