// A request about recordings is one of a viewer: the gates of its stream are asked as for a live one.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Denial, type Arrival, type EndCause, type Playback, type ServerContext } from 'livego';
import { describeHttpClient, type RouteMatch } from 'livego/http';

const LEFT: EndCause = { code: 'left', message: 'the viewer has disconnected' };
const SERVED: EndCause = { code: 'left', message: 'the request has been answered' };

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly match: RouteMatch;
}

export interface AdmittedViewer {
  readonly playback: Playback;
  /** Tells about once a second that time has passed, until the viewer leaves. */
  readonly everySecond: Arrival['everySecond'];
}

/** The viewer, who leaves when the response closes; or why there is none. */
export async function askGates(
  { admission }: Pick<ServerContext, 'admission'>,
  { app, name }: { readonly app: string; readonly name: string },
  { request, response, match: { query } }: Exchange,
): Promise<AdmittedViewer | Denial> {
  const close = (): void => void response.destroy();
  const arrival = admission.arrive(describeHttpClient(request, 'vod'));
  response.once('close', () => arrival.leave(LEFT));
  const connection = await arrival.enter(app, query, close);
  if (connection instanceof Denial) return connection;
  const playback = await connection.play({ app, name, query }, close);
  if (playback instanceof Denial) return playback;
  response.once('close', () => playback.stop(SERVED));
  return { playback, everySecond: (tick) => arrival.everySecond(tick) };
}
