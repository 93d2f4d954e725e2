// Streams, sessions and connections as data that another worker can be sent.
import type { ConnectionView } from '../session/clients/connection-view.ts';
import type { Session } from '../session/session.ts';
import type { Stream } from '../stream/stream.ts';
import type { ConnectionRecord, SessionRecord, StreamRecord, WorkerNumber } from '../plugin/worker-calls.ts';

export function recordStream(stream: Stream, worker: WorkerNumber): StreamRecord {
  const { app, name, key, displayKey, state, startedAt, viewerCount, counters, tracks, publisher } = stream;
  const { video, audio } = tracks;
  return {
    worker,
    app,
    name,
    key,
    displayKey,
    state,
    startedAt,
    viewerCount,
    counters,
    tracks: { video, audio },
    gop: stream.gopFigures,
    publisher: publisher && { id: publisher.id, client: publisher.client, startedAt: publisher.startedAt },
  };
}

export function recordSession(session: Session, worker: WorkerNumber): SessionRecord {
  const { id, role, app, name, displayKey, client, startedAt, counters } = session;
  return { worker, id, role, app, name, displayKey, client, startedAt, counters };
}

export function recordConnection(
  { client, app, startedAt }: ConnectionView,
  worker: WorkerNumber,
): ConnectionRecord {
  return { worker, client, app, startedAt };
}
