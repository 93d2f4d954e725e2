// Notes what happens on the server as events.
import type { Client, EndCause, ServerContext, SessionView, StreamView } from 'livego';
import type { EventLog } from './event-log.ts';

/** @param seen - streams whose start has been noted: an instance that follows another meets them again */
export function noteEvents(context: ServerContext, log: EventLog, seen: WeakSet<StreamView>): void {
  const { hooks } = context;
  hooks.streamStart.tap((stream) => {
    if (!seen.has(stream)) log.add('stream', 'stream-start', streamFacts(stream));
    seen.add(stream);
  });
  hooks.streamStop.tap((stream, cause) =>
    log.add('stream', 'stream-stop', { ...streamFacts(stream), cause: causeFacts(cause) }),
  );
  noteSessions(hooks, log);
  noteRejections(context, log);
  hooks.denied.tap(({ id, role, app, displayKey, client }, { code, reason }) =>
    log.add('session', 'denied', {
      session: id,
      role,
      app,
      stream: displayKey,
      ...clientFacts(client),
      code,
      reason,
    }),
  );
  hooks.pluginEvent.tap(({ plugin, kind, app, details }) => {
    if (kind === 'alert') log.add('alert', `alert-${String(details['state'])}`, { plugin, app, ...details });
    else log.add('plugin', kind.replaceAll('_', '-'), { plugin, app, ...details });
  });
  hooks.fileEnd.tap(({ plugin, kind, app, path, bytes, durationMs }) => {
    if (kind !== 'segment') log.add('file', 'file-end', { plugin, kind, app, path, bytes, durationMs });
  });
  hooks.configChange.tap(({ generation, outcome, words, milliseconds }) =>
    log.add('reload', 'reload', { generation, outcome, words, milliseconds: Math.round(milliseconds) }),
  );
}

/** No hook tells of a config that was rejected: within a second the list of reports does. */
function noteRejections(context: ServerContext, log: EventLog): void {
  let [last] = context.config.reports;
  context.everySecond(() => {
    const [newest] = context.config.reports;
    if (newest === last) return;
    last = newest;
    const { worker, others } = context.everywhere;
    // All workers have the same reports, and one of them tells.
    if (newest?.outcome !== 'rejected' || others.some((other) => other < worker)) return;
    const { generation, outcome, faults, error } = newest;
    log.add('reload', 'reload', { generation, outcome, faults: faults.length, error: error ?? null });
  });
}

function noteSessions(hooks: ServerContext['hooks'], log: EventLog): void {
  const started = (type: string) => (session: SessionView) => log.add('session', type, sessionFacts(session));
  const stopped = (type: string) => (session: SessionView, _stream: StreamView, cause: EndCause) =>
    log.add('session', type, {
      ...sessionFacts(session),
      counters: session.counters,
      cause: causeFacts(cause),
    });
  hooks.publishStart.tap(started('publish-start'));
  hooks.publishStop.tap(stopped('publish-stop'));
  hooks.playStart.tap(started('play-start'));
  hooks.playStop.tap(stopped('play-stop'));
}

function streamFacts({ app, displayKey }: StreamView) {
  return { app, stream: displayKey };
}

function sessionFacts({ id, role, app, displayKey, client }: SessionView) {
  return { session: id, role, app, stream: displayKey, ...clientFacts(client) };
}

function clientFacts({ id, protocol, remote }: Client) {
  return { client: id, protocol, remote };
}

function causeFacts({ code, message }: EndCause) {
  return { code, message };
}
