// An RTMP session with the server under test.

import { RtmpClientSession } from '../../../core/protocol/rtmp/client/client.ts';
import type { StreamName } from './stream-name.ts';

export function openSession(
  mode: 'publish' | 'play',
  { port, app, name }: StreamName & { readonly port: number },
  socket: { write(bytes: Buffer): unknown; once(event: 'connect', then: () => void): unknown },
  observer: Partial<ConstructorParameters<typeof RtmpClientSession>[0]['observer']>,
): RtmpClientSession {
  const nothing = (): void => {};
  const session = new RtmpClientSession({
    mode,
    app,
    name,
    tcUrl: `rtmp://127.0.0.1:${port}/${app}`,
    send: (bytes) => void socket.write(bytes),
    observer: { onReady: nothing, onRejected: nothing, onEnded: nothing, ...observer },
  });
  socket.once('connect', () => session.start());
  return session;
}
