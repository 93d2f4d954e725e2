// Operations about the whole server.
import type { Operation } from '../http/operation.ts';
import { listParameters, listSchema, pageOf } from '../http/paging.ts';
import { ANY_OBJECT, ref } from '../openapi/schemas.ts';

export const serverOperations: readonly Operation[] = [
  {
    id: 'getServer',
    tag: 'server',
    method: 'GET',
    path: '/api/v1/server',
    summary: 'Version, load, addresses and the last reload of the server.',
    right: 'read',
    result: ref('Server'),
    problems: [501],
    run: (_asked, { others }) => others.call('stat.server'),
  },
  {
    id: 'listApplications',
    tag: 'server',
    method: 'GET',
    path: '/api/v1/applications',
    summary: 'The entries of servers[], with their plugins, streams and viewers.',
    right: 'read',
    query: listParameters(['servername']),
    result: listSchema(ref('Application')),
    problems: [501],
    run: async ({ query }, { others }) =>
      pageOf(await others.list('stat.applications', 'applications'), query),
  },
  {
    id: 'listAlerts',
    tag: 'server',
    method: 'GET',
    path: '/api/v1/alerts',
    summary: 'What is wrong with publishers, and what was and no longer is.',
    right: 'read',
    query: listParameters(['state', 'code', 'app', 'stream']),
    result: listSchema(ref('Alert')),
    problems: [501],
    run: async ({ query }, { others }) => pageOf(await others.list('stat.alerts', 'alerts'), query),
  },
  {
    id: 'listCommands',
    tag: 'commands',
    method: 'GET',
    path: '/api/v1/commands',
    summary: 'The commands of all plugins, custom ones included, with the schemas of their input.',
    right: 'read',
    query: listParameters(['name']),
    result: listSchema(ANY_OBJECT),
    run: ({ query }, { context }) =>
      pageOf(
        context.commands.list().map((command) => ({ ...command })),
        query,
      ),
  },
  {
    id: 'callCommand',
    tag: 'commands',
    method: 'POST',
    path: '/api/v1/commands/{name}:call',
    summary: 'Calls a command of a plugin. The body is its input, the answer its outcome.',
    right: 'change',
    body: ANY_OBJECT,
    result: {},
    problems: [409, 501],
    run: async ({ params, body }, { others }) =>
      (await others.call(params['name'] ?? '', body as Record<string, unknown>)) ?? null,
  },
];
