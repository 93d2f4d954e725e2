// Operations about streams: lists, ending, muting, recording.
import { Denial, mapInTurns, timeSchema, type StreamRecord } from 'livego';
import type { Asked, Operation } from '../http/operation.ts';
import { listParameters, listSchema, pageOf, pick, showPage, type PageQuery } from '../http/paging.ts';
import { ANY_OBJECT, ref } from '../openapi/schemas.ts';
import type { WantedRecordings } from '../recordings.ts';
import type { ApiServices } from '../services.ts';

const PATH = '/api/v1/streams/{app}/{name}';
const FILTERS = ['app', 'name', 'stream', 'state', 'video.codec', 'audio.codec'];

const listOperations: readonly Operation[] = [
  {
    id: 'listStreams',
    tag: 'streams',
    method: 'GET',
    path: '/api/v1/streams',
    summary: 'All streams that are live or wait for their publisher to return.',
    right: 'read',
    query: listParameters(FILTERS),
    result: listSchema(ref('Stream')),
    problems: [501],
    run: async ({ query }, services) => pageOf(await describeStreams(services), query),
  },
  {
    id: 'getStream',
    tag: 'streams',
    method: 'GET',
    path: PATH,
    summary: 'One stream. A "/" in a name is written as %2F.',
    right: 'read',
    query: { fields: listParameters([])['fields'] ?? {} },
    result: ref('Stream'),
    problems: [501],
    run: async ({ params, query }, services) => {
      const wanted = nameOf(params);
      const found = (await describeStreams(services)).find(({ stream }) => stream === wanted);
      if (!found) throw new Denial('not-found', `there is no stream ${wanted}`);
      return typeof query['fields'] === 'string' ? pick(found, query['fields']) : found;
    },
  },
];

const endOperation: Operation = {
  id: 'endStream',
  tag: 'streams',
  method: 'POST',
  path: `${PATH}:end`,
  summary: 'Ends a stream: its publisher and its viewers are told, and disconnected.',
  right: 'change',
  result: {
    type: 'object',
    required: ['stream', 'closed'],
    properties: { stream: { type: 'string' }, closed: { type: 'integer' } },
  },
  run: async ({ params, caller }, { context, closing }) => {
    const { key, displayKey } = findStream(await context.everywhere.streams(), params);
    const closed = await closing.endStream(key, { code: 'kicked', message: `ended by ${caller.name}` });
    return { stream: displayKey, closed };
  },
};

function muteOperation(id: string, action: string, muted: boolean, summary: string): Operation {
  return {
    id,
    tag: 'streams',
    method: 'POST',
    path: `${PATH}:${action}`,
    summary,
    right: 'change',
    result: {
      type: 'object',
      required: ['stream', 'muted'],
      properties: { stream: { type: 'string' }, muted: { type: 'boolean' } },
    },
    run: async ({ params }, { muting, shared }) => {
      const key = nameOf(params);
      await shared.change(() => muting.set(key, muted));
      return { stream: key, muted };
    },
  };
}

function recordOperation(id: string, action: string, command: string, summary: string): Operation {
  return {
    id,
    tag: 'recordings',
    method: 'POST',
    path: `${PATH}:${action}`,
    summary,
    right: 'change',
    result: ANY_OBJECT,
    problems: [501],
    run: ({ params: { app = '', name = '' } }, { others }) => others.call(command, { app, name }),
  };
}

const listRecordings: Operation = {
  id: 'listRecordings',
  tag: 'recordings',
  method: 'GET',
  path: '/api/v1/recordings',
  summary: 'Recordings: those that are being made, then finished ones, the newest first.',
  right: 'read',
  query: {
    ...listParameters(['app', 'name']),
    kind: { enum: ['recording', 'replay'], description: 'Only those of the server, or of engines.' },
    state: { enum: ['recording', 'failing', 'finished'], description: 'Only those that are so.' },
    endedBefore: timeSchema(
      'Only those that ended before this time ("2026-11-26T10:00:00Z"): with the same one for all pages, no recording stands on two.',
    ),
  },
  result: listSchema(ref('Recording')),
  run: async ({ query }, { recordings }) => {
    const { limit, offset, fields, ...wanted } = query as unknown as PageQuery & WantedRecordings;
    const { items, total } = await recordings.list(wanted, { limit, offset });
    return showPage(items, total, { limit, offset, ...(fields !== undefined && { fields }) });
  },
};

export const streamOperations: readonly Operation[] = [
  ...listOperations,
  endOperation,
  muteOperation(
    'muteStream',
    'mute',
    true,
    'Replaces the sound of a stream by silence, now and whenever it is published, until it is unmuted.',
  ),
  muteOperation('unmuteStream', 'unmute', false, 'Lets a muted stream be heard again.'),
  recordOperation('startRecording', 'record', 'record.start', 'Records a stream from now on.'),
  recordOperation('stopRecording', 'stopRecording', 'record.stop', 'Ends the recording of a stream.'),
  listRecordings,
];

async function describeStreams({ others, context, state }: ApiServices) {
  const figures = await others.list('stat.streams', 'streams');
  const records = state.mutes.isEmpty ? [] : await context.everywhere.streams();
  const muted = new Set(
    records.filter(({ key }) => state.mutes.has(key)).map(({ displayKey }) => displayKey),
  );
  return await mapInTurns(figures, (each): Readonly<Record<string, unknown>> => ({
    ...each,
    muted: muted.has(String(each['stream'])),
  }));
}

/** Throws a Denial. */
function findStream(streams: readonly StreamRecord[], params: Asked['params']): StreamRecord {
  const wanted = nameOf(params);
  const stream = streams.find(({ key }) => key === wanted);
  if (stream) return stream;
  throw new Denial('not-found', `there is no stream ${wanted}`);
}

function nameOf({ app = '', name = '' }: Asked['params']): string {
  return `${app}/${name}`;
}
