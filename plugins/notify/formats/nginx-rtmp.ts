// The notifications of nginx-rtmp: a form by POST or GET; 2xx allows, 3xx renames, anything else denies.
import { basename } from 'node:path';
import { hostOf } from 'livego';
import type { Answer, Decision, Format, NotifyEvent, OutgoingRequest, Question, Subject } from '../events.ts';

const CALLS: Partial<Record<NotifyEvent['type'], string>> = {
  connect: 'connect',
  disconnect: 'disconnect',
  publish: 'publish',
  publish_done: 'publish_done',
  play: 'play',
  play_done: 'play_done',
  record_done: 'record_done',
};

export function nginxRtmpFormat(method: 'GET' | 'POST'): Format {
  const build = (
    fields: Readonly<Record<string, string>>,
    query: URLSearchParams,
    url: string,
  ): OutgoingRequest => {
    // The client's parameters follow the others and replace none.
    const form = new URLSearchParams(fields);
    for (const [name, value] of query) if (!(name in fields)) form.append(name, value);
    const contentType = 'application/x-www-form-urlencoded';
    if (method === 'POST') return { method, url, contentType, body: form.toString() };
    return { method, url: `${url}${url.includes('?') ? '&' : '?'}${form.toString()}`, contentType, body: '' };
  };
  const ofSubject = (type: NotifyEvent['type'] | Question, subject: Subject, url: string): OutgoingRequest =>
    build({ ...clientFields(subject), ...ownFields(type, subject) }, subject.query, url);
  return {
    gate: ['connect', 'publish', 'play'],
    questionTells: true,
    ask: ofSubject,
    tell: (event, url) => {
      if ('subject' in event && (CALLS[event.type] !== undefined || event.type === 'update'))
        return ofSubject(event.type, event.subject, url);
      return event.type === 'record_done' ? build(fileFields(event), new URLSearchParams(), url) : undefined;
    },
    decide,
    endsAfterUpdate: ({ status }) =>
      status < 400 ? undefined : `the web service answered ${status} to an update`,
  };
}

function clientFields({ app, client }: Subject): Record<string, string> {
  return {
    app,
    flashver: client.userAgent ?? '',
    swfurl: '',
    tcurl: client.tcUrl ?? '',
    pageurl: client.pageUrl ?? '',
    addr: hostOf(client.remote),
  };
}

function ownFields(type: NotifyEvent['type'] | Question, subject: Subject): Record<string, string> {
  const { client, name, role, startedAt } = subject;
  const call = type === 'update' ? `update_${role}` : (CALLS[type] ?? type);
  const now = Date.now();
  if (type === 'connect') return { call, epoch: String(now % 2 ** 32) };
  if (type === 'disconnect') return { call, clientid: client.id };
  const common = { call, clientid: client.id, name };
  if (type === 'publish') return { ...common, type: 'live' };
  if (type === 'play') return { ...common, start: '-2000', duration: '0', reset: '1' };
  if (type !== 'update') return common;
  const seconds = String(Math.round((now - (startedAt?.getTime() ?? now)) / 1000));
  return { ...common, time: seconds, timestamp: String(now - (startedAt?.getTime() ?? now)) };
}

function fileFields({ file }: Extract<NotifyEvent, { file: unknown }>): Record<string, string> {
  const { app, name, plugin, path, session } = file;
  return { call: 'record_done', app, clientid: session ?? '', name, recorder: plugin, path };
}

function decide({ status, location }: Answer): Decision {
  if (status >= 200 && status < 300) return { allow: true };
  if (status < 300 || status >= 400) return { allow: false, reason: `the web service answered ${status}` };
  // A name, or a URL whose last part is the name.
  const name = location === undefined ? '' : basename(location.split('?', 1)[0] ?? '');
  if (name === '') return { allow: 'unclear', reason: 'it redirects to nowhere' };
  try {
    return { allow: true, name: decodeURIComponent(name) };
  } catch {
    return { allow: 'unclear', reason: 'it redirects to an address with a broken "%"' };
  }
}
