// A response with a recording, whose viewer may pause: a player that pauses stops to read, and says nothing.
import type { ServerResponse } from 'node:http';
import type { PausedViewers, ServerContext } from 'livego';
import type { AdmittedViewer } from './gates.ts';

export interface PauseServices {
  readonly pauses: PausedViewers;
  readonly context: Pick<ServerContext, 'peerLog'>;
}

/** Counts what the viewer gets, and cuts it off when it has paused for too long. */
export function watchResponse(
  response: ServerResponse,
  { playback, everySecond }: AdmittedViewer,
  { pauses, context }: PauseServices,
): void {
  const { socket } = response;
  if (!socket || response.destroyed) return;
  const before = socket.bytesWritten;
  playback.countWith(() => ({
    sentBytes: socket.bytesWritten - before,
    queuedBytes: socket.writableLength,
  }));
  const viewer = pauses.watch((cause) => {
    context.peerLog.info(
      { stream: playback.displayKey },
      `${playback.displayKey}: a viewer of a recording is closed: ${cause.message}`,
    );
    playback.stop(cause);
    response.destroy();
  });
  everySecond((now) => {
    const queuedBytes = socket.writableLength;
    viewer.look({ takenBytes: socket.bytesWritten - queuedBytes, queuedBytes }, now);
  });
  response.once('close', () => viewer.leave());
}
