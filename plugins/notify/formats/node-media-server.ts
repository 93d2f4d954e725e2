// The notifications of node-media-server 4: one POST of JSON; only 200 allows.
import { hostOf } from 'livego';
import type { Answer, Decision, Format, NotifyEvent, OutgoingRequest, Question, Subject } from '../events.ts';

const ACTIONS: Partial<Record<NotifyEvent['type'], string>> = {
  publish: 'postPublish',
  publish_done: 'donePublish',
  play: 'postPlay',
  play_done: 'donePlay',
  record_done: 'doneRecord',
};

const QUESTIONS: Readonly<Record<Question, string>> = {
  connect: 'preConnect',
  publish: 'prePublish',
  play: 'prePlay',
};

export function nodeMediaServerFormat(): Format {
  const build = (fields: object, url: string): OutgoingRequest => ({
    method: 'POST',
    url,
    contentType: 'application/json',
    body: JSON.stringify(fields),
  });
  return {
    gate: ['publish', 'play'],
    questionTells: false,
    ask: (question, subject, url) => build(fieldsOf(QUESTIONS[question], subject, undefined), url),
    tell: (event, url) => {
      const action = ACTIONS[event.type];
      if (action === undefined) return undefined;
      if ('subject' in event) {
        const endedAt = 'cause' in event ? event.at : undefined;
        return build(fieldsOf(action, event.subject, endedAt), url);
      }
      return 'file' in event ? build(fileFields(action, event), url) : undefined;
    },
    decide,
  };
}

function fieldsOf(action: string, subject: Subject, endedAt: Date | undefined): object {
  const { client, session, app, name, query, startedAt, counters } = subject;
  return {
    id: session ?? client.id,
    ip: hostOf(client.remote),
    app,
    name,
    query: Object.fromEntries(query),
    protocol: client.protocol,
    createtime: startedAt?.getTime() ?? Date.now(),
    endtime: endedAt?.getTime() ?? 0,
    inbytes: counters?.receivedBytes ?? 0,
    outbytes: counters?.sentBytes ?? 0,
    filePath: '',
    action,
  };
}

function fileFields(action: string, { file }: Extract<NotifyEvent, { file: unknown }>): object {
  const { app, name, session, path, startedAt, endedAt, bytes } = file;
  return {
    id: session ?? '',
    ip: '',
    app,
    name,
    query: {},
    protocol: '',
    createtime: startedAt.getTime(),
    endtime: endedAt.getTime(),
    inbytes: bytes,
    outbytes: 0,
    filePath: path,
    action,
  };
}

function decide({ status }: Answer): Decision {
  if (status === 200) return { allow: true };
  if (status >= 500) return { allow: 'unclear', reason: `it answered ${status}` };
  return { allow: false, reason: `the web service answered ${status}` };
}
