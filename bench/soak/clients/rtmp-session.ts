// An RTMP session with the server under test.

import { RtmpClientSession } from '../../../core/protocol/rtmp/client/client.ts';
import { APP, NAME } from './stream-name.ts';

export function openSession(
  mode: 'publish' | 'play',
  port: number,
  socket: { write(bytes: Buffer): unknown; once(event: 'connect', then: () => void): unknown },
  observer: Partial<ConstructorParameters<typeof RtmpClientSession>[0]['observer']>,
): RtmpClientSession {
  const nothing = (): void => {};
  const session = new RtmpClientSession({
    mode,
    app: APP,
    name: NAME,
    tcUrl: `rtmp://127.0.0.1:${port}/${APP}`,
    send: (bytes) => void socket.write(bytes),
    observer: { onReady: nothing, onRejected: nothing, onEnded: nothing, ...observer },
  });
  socket.once('connect', () => session.start());
  return session;
}
