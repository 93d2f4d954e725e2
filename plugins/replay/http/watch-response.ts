// A response with a recording, whose viewer may pause: a player that pauses stops to read, and says nothing.
import type { ServerResponse } from 'node:http';
import type { PausedViewers, Playback, ServerContext } from 'livego';

const LOOK_MS = 1000;

export interface PauseServices {
  readonly pauses: PausedViewers;
  readonly context: Pick<ServerContext, 'now' | 'peerLog'>;
}

/** Counts what the viewer gets, and cuts it off when it has paused for too long. */
export function watchResponse(
  response: ServerResponse,
  playback: Playback,
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
  const looks = setInterval(() => {
    const queuedBytes = socket.writableLength;
    viewer.look({ takenBytes: socket.bytesWritten - queuedBytes, queuedBytes }, context.now());
  }, LOOK_MS);
  looks.unref();
  response.once('close', () => {
    clearInterval(looks);
    viewer.leave();
  });
}
