// Operations about clients: lists, kicking, bans.
import { Denial } from 'livego';
import type { Operation } from '../http/operation.ts';
import { listParameters, listSchema, pageOf } from '../http/paging.ts';
import { ref } from '../openapi/schemas.ts';

const CLOSED = {
  type: 'object',
  required: ['id', 'closed'],
  properties: { id: { type: 'string' }, closed: { type: 'integer' } },
};

const sessionOperations: readonly Operation[] = [
  {
    id: 'listSessions',
    tag: 'clients',
    method: 'GET',
    path: '/api/v1/sessions',
    summary: 'Publishers and viewers of every protocol.',
    right: 'read',
    query: listParameters(['role', 'app', 'name', 'stream', 'protocol', 'remote', 'client', 'state']),
    result: listSchema(ref('Session')),
    problems: [501],
    run: async ({ query }, { others }) => pageOf(await others.list('stat.sessions', 'sessions'), query),
  },
  {
    id: 'getSession',
    tag: 'clients',
    method: 'GET',
    path: '/api/v1/sessions/{id}',
    summary: 'One publisher or viewer.',
    right: 'read',
    result: ref('Session'),
    problems: [501],
    run: async ({ params: { id = '' } }, { others }) => {
      const found = (await others.list('stat.sessions', 'sessions')).find((each) => each['id'] === id);
      if (!found) throw new Denial('not-found', `there is no session ${id}`);
      return found;
    },
  },
  {
    id: 'kickSession',
    tag: 'clients',
    method: 'POST',
    path: '/api/v1/sessions/{id}:kick',
    summary: 'Ends one publication or playback. Its client is told, and may come again.',
    right: 'change',
    result: CLOSED,
    run: async ({ params: { id = '' }, caller }, { context: { everywhere } }) => {
      const isThere = (await everywhere.sessions()).some((each) => each.id === id);
      const cause = { code: 'kicked', message: `closed by ${caller.name}` } as const;
      if (!isThere || !(await everywhere.close(id, cause)))
        throw new Denial('not-found', `there is no session ${id}`);
      return { id, closed: 1 };
    },
  },
];

const connectionOperations: readonly Operation[] = [
  {
    id: 'listClients',
    tag: 'clients',
    method: 'GET',
    path: '/api/v1/clients',
    summary: 'Clients that have connected, whether they publish, play or neither.',
    right: 'read',
    query: listParameters(['app', 'protocol', 'remote']),
    result: listSchema(ref('Client')),
    run: async ({ query }, { context: { everywhere } }) => {
      const [all, present] = await Promise.all([everywhere.connections(), everywhere.sessions()]);
      const sessions = new Map<string, string[]>();
      for (const { id, client } of present) sessions.set(client.id, [...(sessions.get(client.id) ?? []), id]);
      const clients = all.map(({ app, client, startedAt }) => ({
        id: client.id,
        app,
        protocol: client.protocol,
        remote: client.remote,
        userAgent: client.userAgent ?? null,
        startedAt: startedAt.toISOString(),
        sessions: sessions.get(client.id) ?? [],
      }));
      return pageOf(clients, query);
    },
  },
  {
    id: 'kickClient',
    tag: 'clients',
    method: 'POST',
    path: '/api/v1/clients/{id}:kick',
    summary: 'Disconnects a client, with everything that it publishes and plays.',
    right: 'change',
    result: CLOSED,
    run: async ({ params: { id = '' }, caller }, { context: { everywhere } }) => {
      const isThere = (await everywhere.connections()).some(({ client }) => client.id === id);
      const cause = { code: 'kicked', message: `closed by ${caller.name}` } as const;
      if (!isThere || !(await everywhere.close(id, cause)))
        throw new Denial('not-found', `there is no client ${id}`);
      return { id, closed: 1 };
    },
  },
];

const banOperations: readonly Operation[] = [
  {
    id: 'listBans',
    tag: 'bans',
    method: 'GET',
    path: '/api/v1/bans',
    summary: 'Addresses that may not connect.',
    right: 'read',
    query: listParameters(['address']),
    result: listSchema(ref('Ban')),
    run: ({ query }, { state }) =>
      pageOf(
        state.bans.all.map((ban) => ({ ...ban })),
        query,
      ),
  },
  {
    id: 'addBan',
    tag: 'bans',
    method: 'POST',
    path: '/api/v1/bans',
    summary:
      'Bans an address or a network, and disconnects its clients. For good unless `seconds` is given; it survives a restart.',
    right: 'change',
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['address'],
      properties: {
        address: { type: 'string', minLength: 2, maxLength: 64 },
        seconds: { type: 'integer', minimum: 1, maximum: 315_360_000 },
        reason: { type: 'string', maxLength: 200, default: 'banned by the operator' },
      },
    },
    result: { allOf: [ref('Ban'), { type: 'object', properties: { closed: { type: 'integer' } } }] },
    resultStatus: 201,
    problems: [503],
    run: async ({ body }, { state, shared, closing }) => {
      const { address, seconds, reason } = body as { address: string; seconds?: number; reason: string };
      let closed = 0;
      const ban = await shared.change(
        () => state.bans.add(address, reason, seconds),
        async () => void (closed = await closing.disconnectBanned(reason)),
      );
      return { ...ban, closed };
    },
  },
  {
    id: 'removeBan',
    tag: 'bans',
    method: 'DELETE',
    path: '/api/v1/bans/{address}',
    summary: 'Lifts a ban. The "/" of a network is written as %2F.',
    right: 'change',
    result: { type: 'object', required: ['address'], properties: { address: { type: 'string' } } },
    run: async ({ params: { address = '' } }, { state, shared }) => {
      await shared.change(() => {
        if (!state.bans.remove(address)) throw new Denial('not-found', `${address} is not banned`);
      });
      return { address };
    },
  },
];

export const clientOperations: readonly Operation[] = [
  ...sessionOperations,
  ...connectionOperations,
  ...banOperations,
];
