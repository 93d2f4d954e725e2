// The connect command: from the application that a client names to a connection that may publish and play.
import {
  Denial,
  type AdmissionView,
  type Arrival,
  type CloseSession,
  type Connection,
  type StreamTarget,
} from 'livego';
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

/** A client whose connect was accepted. */
export class Connected {
  readonly command: ConnectCommand;
  readonly #arrival: Arrival;
  readonly #close: CloseSession;
  /** Undefined until an application has been entered. */
  #connection: Connection | undefined;
  /** Why the application that the client named could not be entered. */
  #denied: { readonly app: string; readonly denial: Denial } | undefined;

  constructor(command: ConnectCommand, arrival: Arrival, close: CloseSession) {
    this.command = command;
    this.#arrival = arrival;
    this.#close = close;
  }

  /** The connection to the application of a stream, which is entered now if no other has been. */
  async connectionFor({ app, query }: Pick<StreamTarget, 'app' | 'query'>): Promise<Connection | Denial> {
    if (this.#connection) return this.#connection;
    if (this.#denied?.app === app) return this.#denied.denial;
    const entered = await this.#arrival.enter(app, query, this.#close);
    if (entered instanceof Denial) this.#denied = { app, denial: entered };
    else this.#connection = entered;
    return entered;
  }

  /** The client names a stream by an address that is none. */
  deny(role: 'publish' | 'play', denial: Denial): void {
    this.#arrival.deny(role, this.#connection?.app ?? '', denial);
  }
}

/** The response to a client that is denied (NetConnection status codes). */
export interface ConnectDenial {
  readonly transactionId: number;
  readonly reason: string;
}

/**
 * Enters the application that the client names. Encoders show the reason for a denial when they publish, and not before: so
 * a client that names an unknown application is told then. By then it may have named a known one: some clients send the
 * whole address as the stream's name.
 *
 * Throws LVG_RTMP_COMMAND if the command is malformed.
 */
export async function enterApplication(
  command: RtmpCommand,
  arrival: Arrival,
  admission: AdmissionView,
  close: CloseSession,
): Promise<Connected | ConnectDenial> {
  const connect = parseConnect(command);
  const { tcUrl, pageUrl, flashVersion, type, transactionId } = connect;
  const intent = type === 'nonprivate' ? 'publish' : undefined;
  arrival.describe({ tcUrl, pageUrl, userAgent: flashVersion, intent });
  const parsed = parseAppPath(connect.app);
  const connected = new Connected(connect, arrival, close);
  const app = parsed.ok ? configuredApp(parsed.app, admission) : undefined;
  if (!parsed.ok || app === undefined) return connected;
  const entered = await connected.connectionFor({ app, query: parsed.query });
  if (!(entered instanceof Denial) || entered.code === 'not-found') return connected;
  return { transactionId, reason: describeDenial(entered) };
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
function configuredApp(path: string, admission: AdmissionView): string | undefined {
  const [first = '', ...rest] = path.split('/');
  const ofRecordings = admission.stored.has(first) ? firstApp(rest, admission) : undefined;
  return ofRecordings ?? firstApp([first, ...rest], admission);
}

/** The longest beginning that is an application. */
function firstApp(segments: readonly string[], admission: AdmissionView): string | undefined {
  for (let count = segments.length; count > 0; count--) {
    const app = segments.slice(0, count).join('/');
    if (admission.hasApp(app)) return app;
  }
  return undefined;
}
