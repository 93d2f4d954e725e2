// Operations about relays.
import { Denial } from 'livego';
import { entryOf } from '../classic/control.ts';
import type { Operation } from '../http/operation.ts';
import { listParameters, listSchema, pageOf } from '../http/paging.ts';
import { ref } from '../openapi/schemas.ts';
import type { ApiServices } from '../services.ts';

interface Relay extends Readonly<Record<string, unknown>> {
  readonly id: string;
  readonly app: string;
  readonly state: string;
  readonly lastError?: string;
}

interface StartBody {
  readonly app: string;
  readonly waitSeconds: number;
}

const LOOK_AGAIN_MS = 100;

const startOperation: Operation = {
  id: 'startRelay',
  tag: 'relays',
  method: 'POST',
  path: '/api/v1/relays',
  summary:
    'Pushes a stream to another server, or pulls one from there, until it is stopped or the server ends. Answers when it is live, has failed for the first time, or after `waitSeconds`.',
  right: 'change',
  body: {
    type: 'object',
    additionalProperties: false,
    required: ['kind', 'app', 'name', 'url'],
    properties: {
      kind: { enum: ['push', 'pull'] },
      app: { type: 'string', minLength: 1 },
      name: { type: 'string', minLength: 1 },
      url: { type: 'string', minLength: 1 },
      only: { enum: ['all', 'audio', 'video'] },
      waitSeconds: { type: 'number', minimum: 0, maximum: 30, default: 5 },
    },
  },
  result: ref('Relay'),
  resultStatus: 201,
  problems: [501, 503],
  run: async ({ body }, services) => {
    const { waitSeconds, ...input } = body as StartBody;
    const { id } = await services.others.call<{ readonly id: string }>('relay.start', input);
    return await waitFor(services, id, performance.now() + waitSeconds * 1000);
  },
};

export const relayOperations: readonly Operation[] = [
  {
    id: 'listRelays',
    tag: 'relays',
    method: 'GET',
    path: '/api/v1/relays',
    summary: 'All relays with their states: those of the config, of viewers, and of requests.',
    right: 'read',
    query: listParameters(['kind', 'app', 'name', 'state', 'origin']),
    result: listSchema(ref('Relay')),
    problems: [501],
    run: async ({ query }, { others }) => pageOf(await others.list('relay.list', 'relays'), query),
  },
  {
    id: 'listEngines',
    tag: 'engines',
    method: 'GET',
    path: '/api/v1/engines',
    summary: 'The programs that transcode, cut or record streams, with their states and their last words.',
    right: 'read',
    query: listParameters(['app', 'name', 'profile', 'state']),
    result: listSchema(ref('Engine')),
    problems: [501],
    run: async ({ query }, { others }) => pageOf(await others.list('engine.list', 'engines'), query),
  },
  startOperation,
  {
    id: 'stopRelay',
    tag: 'relays',
    method: 'DELETE',
    path: '/api/v1/relays/{id}',
    summary: 'Stops a relay that was started by a request.',
    right: 'change',
    result: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } },
    problems: [501],
    run: async ({ params: { id = '' } }, services) => {
      const relay = (await list(services)).find((each) => each.id === id || entryOf(each) === id);
      if (!relay) throw new Denial('not-found', `there is no relay ${id}`);
      return await services.others.call('relay.stop', { app: relay.app, id: entryOf(relay) });
    },
  },
];

/** The relay once it is known what becomes of it. */
async function waitFor(services: ApiServices, id: string, limit: number): Promise<Relay> {
  for (;;) {
    const relay = (await list(services)).find((each) => entryOf(each) === id);
    if (!relay) throw new Denial('not-found', `relay ${id} has ended`);
    const isSettled = relay.state === 'live' || relay.state === 'idle' || relay.lastError !== undefined;
    if (isSettled || performance.now() >= limit) return relay;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

async function list({ others }: ApiServices): Promise<readonly Relay[]> {
  return (await others.list('relay.list', 'relays')) as readonly Relay[];
}
