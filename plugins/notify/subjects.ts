// Clients and sessions as subjects of events.
import type { ConnectionView, ConnectRequest, DeniedRequest, SessionView } from 'livego';
import type { Subject } from './events.ts';

const NO_PARAMETERS = new URLSearchParams();

/** The parameters that may be passed on. */
export function visibleParameters(query: URLSearchParams, hidden: readonly string[]): URLSearchParams {
  const visible = new URLSearchParams(query);
  for (const name of hidden) visible.delete(name);
  return visible;
}

export function connecting({ client, app, query }: ConnectRequest, hidden: readonly string[]): Subject {
  const visible = visibleParameters(query, hidden);
  return { ...ofConnection, client, app, query: visible, startedAt: undefined };
}

export function disconnected({ client, app, startedAt }: ConnectionView): Subject {
  return { ...ofConnection, client, app, query: NO_PARAMETERS, startedAt };
}

const ofConnection = { session: undefined, role: 'connect', name: '', counters: undefined } as const;

export function ofSession(session: SessionView, query: URLSearchParams): Subject {
  const { id, role, client, app, name, startedAt, counters } = session;
  return { client, session: id, role, app, name, query, startedAt, counters };
}

/** The name is that which may be printed. */
export function denied({ id, role, client, app, displayKey }: DeniedRequest): Subject {
  const name = role === 'connect' ? '' : displayKey.slice(app.length + 1);
  const session = role === 'connect' ? undefined : id;
  return {
    client,
    session,
    role,
    app,
    name,
    query: NO_PARAMETERS,
    startedAt: undefined,
    counters: undefined,
  };
}
