// The format of this server: JSON, one object for each event, `{ type, timestamp, data }` as Standard Webhooks has it.
import { hostOf } from 'livego';
import type { Answer, Decision, Format, NotifyEvent, OutgoingRequest, Subject } from '../events.ts';

export function livegoFormat(serverId: string): Format {
  const build = (type: string, at: Date, data: object, url: string): OutgoingRequest => {
    const server = serverId === '' ? {} : { server: serverId };
    const body = JSON.stringify({ type, timestamp: at.toISOString(), ...server, data });
    return { method: 'POST', url, contentType: 'application/json', body };
  };
  return {
    gate: [],
    questionTells: false,
    tell: (event, url) => {
      const type = 'announced' in event ? event.announced.kind : event.type;
      return build(type, event.at, dataOf(event), url);
    },
    ask: (question, subject, url) => build(`${question}_request`, new Date(), subjectData(subject), url),
    decide,
  };
}

function dataOf(event: NotifyEvent): object {
  if ('subject' in event) {
    const end = 'cause' in event ? { cause: causeOf(event.cause) } : {};
    const denial = event.type === 'denied' ? { code: event.code, reason: event.reason } : {};
    return { ...subjectData(event.subject), ...end, ...denial };
  }
  if ('file' in event) {
    const { file } = event;
    return { ...file, startedAt: file.startedAt.toISOString(), endedAt: file.endedAt.toISOString() };
  }
  if ('announced' in event) {
    const { plugin, app, name, details } = event.announced;
    return { plugin, app, name, ...details };
  }
  if (event.type === 'reload') {
    const { generation, outcome, words } = event;
    return { generation, outcome, words };
  }
  const { app, name, startedAt, cause } = event;
  return { app, name, startedAt: startedAt.toISOString(), ...(cause && { cause: causeOf(cause) }) };
}

function causeOf({
  code,
  message,
  deliberate,
}: {
  code: string;
  message: string;
  deliberate?: boolean;
}): object {
  return { code, message, ...(deliberate !== undefined && { deliberate }) };
}

function subjectData({ client, session, role, app, name, query, startedAt, counters }: Subject): object {
  const { id, protocol, remote, tcUrl, pageUrl, userAgent } = client;
  return {
    app,
    ...(name !== '' && { name }),
    role,
    ...(session !== undefined && { session }),
    client: { id, protocol, address: hostOf(remote), tcUrl, pageUrl, userAgent },
    parameters: Object.fromEntries(query),
    ...(startedAt && { startedAt: startedAt.toISOString() }),
    ...(counters && { counters }),
  };
}

/** 2xx allows, unless the body says no; 4xx denies; anything else decides nothing. */
function decide({ status, body }: Answer): Decision {
  const said = readObject(body);
  const reason =
    typeof said['reason'] === 'string' ? said['reason'].slice(0, 500) : 'the web service said no';
  if (status >= 400 && status < 500) return { allow: false, reason };
  if (status < 200 || status >= 300) return { allow: 'unclear', reason: `it answered ${status}` };
  if (said['allow'] === false) return { allow: false, reason };
  const { name, lifetime } = said;
  return {
    allow: true,
    ...(typeof name === 'string' && name !== '' && { name }),
    ...(typeof lifetime === 'number' && lifetime >= 0 && { lifetimeSeconds: lifetime }),
  };
}

/** An empty or other body says nothing. */
function readObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
