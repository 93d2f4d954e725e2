// The callbacks of SRS (http_hooks): POST of JSON; 200 with the body `0` or `{"code":0}` allows.
import { dirname } from 'node:path';
import { hostOf, type Client } from 'livego';
import type { Answer, Decision, Format, NotifyEvent, OutgoingRequest, Question, Subject } from '../events.ts';

const ACTIONS: Partial<Record<NotifyEvent['type'], string>> = {
  connect: 'on_connect',
  disconnect: 'on_close',
  publish: 'on_publish',
  publish_done: 'on_unpublish',
  play: 'on_play',
  play_done: 'on_stop',
  record_done: 'on_dvr',
  segment_done: 'on_hls',
};

export function srsFormat(serverId: string): Format {
  const build = (action: string, fields: object, url: string): OutgoingRequest => {
    const body = JSON.stringify({ server_id: serverId, service_id: 'livego', action, ...fields });
    return { method: 'POST', url, contentType: 'application/json', body };
  };
  return {
    gate: ['connect', 'publish', 'play'],
    questionTells: true,
    ask: (question, subject, url) => build(ACTIONS[question]!, fieldsOf(question, subject), url),
    tell: (event, url) => {
      const action = ACTIONS[event.type];
      if (action === undefined) return undefined;
      if ('subject' in event) return build(action, fieldsOf(event.type, event.subject), url);
      return 'file' in event ? build(action, fileFields(event), url) : undefined;
    },
    decide,
  };
}

function fieldsOf(
  type: NotifyEvent['type'] | Question,
  { client, app, name, query, counters }: Subject,
): object {
  const common = { client_id: client.id, ip: hostOf(client.remote), vhost: '__defaultVhost__', app };
  const { tcUrl, pageUrl } = addressesOf(client, app);
  if (type === 'disconnect')
    return { ...common, send_bytes: counters?.sentBytes ?? 0, recv_bytes: counters?.receivedBytes ?? 0 };
  const text = query.toString();
  const param = text === '' ? '' : `?${text}`;
  if (type === 'connect') return { ...common, stream: '', param, tcUrl, pageUrl };
  const stream = {
    tcUrl,
    stream: name,
    param,
    stream_url: `/${app}/${name}`,
    stream_id: `vid-${app}-${name}`,
  };
  return type === 'play' ? { ...common, ...stream, pageUrl } : { ...common, ...stream };
}

function addressesOf({ tcUrl, pageUrl }: Client, app: string): { tcUrl: string; pageUrl: string } {
  return { tcUrl: tcUrl ?? `rtmp://__defaultVhost__/${app}`, pageUrl: pageUrl ?? '' };
}

function fileFields({ file }: Extract<NotifyEvent, { file: unknown }>): object {
  const { app, name, session, path, durationMs } = file;
  return {
    client_id: session ?? '',
    ip: '',
    vhost: '__defaultVhost__',
    app,
    stream: name,
    param: '',
    cwd: process.cwd(),
    file: path,
    stream_url: `/${app}/${name}`,
    ...(file.kind === 'segment' && { duration: durationMs / 1000, url: path, m3u8: dirname(path) }),
  };
}

function decide({ status, body }: Answer): Decision {
  const text = body.trim();
  if (status === 200 && (text === '0' || codeOf(text) === 0)) return { allow: true };
  if (status >= 500) return { allow: 'unclear', reason: `it answered ${status}` };
  return { allow: false, reason: 'the web service said no' };
}

function codeOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as { code?: unknown }).code : undefined;
  } catch {
    return undefined;
  }
}
