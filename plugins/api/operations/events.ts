// GET /api/v1/events: what happens, as it happens.
import { Denial } from 'livego';
import { EventClient } from '../events/event-client.ts';
import type { EventKind } from '../events/event-log.ts';
import { ANSWERED, type Operation } from '../http/operation.ts';

const KINDS: readonly EventKind[] = ['stream', 'session', 'alert', 'plugin', 'file', 'reload'];

export const eventOperations: readonly Operation[] = [
  {
    id: 'followEvents',
    tag: 'events',
    method: 'GET',
    path: '/api/v1/events',
    summary:
      'Server-sent events. With Last-Event-ID those that were missed come first; an event "gap" says that some are lost.',
    right: 'read',
    query: {
      kinds: {
        type: 'string',
        pattern: `^(${KINDS.join('|')})(,(${KINDS.join('|')}))*$`,
        description: `Only events of these kinds: ${KINDS.join(', ')}. Default: all.`,
      },
      lastEventId: { type: 'string', maxLength: 4096, description: 'As the header Last-Event-ID.' },
    },
    headers: { 'Last-Event-ID': 'The last event that the client has seen.' },
    result: { type: 'string' },
    resultType: 'text/event-stream',
    problems: [503],
    run: async ({ query, request, response }, { context, feed, options }) => {
      const most = options.maxEventClients;
      const free = await context.everywhere.takePlace('api.events', most);
      if (!free) throw new Denial('limit', `${most} clients follow events already (api.maxEventClients)`, 5);
      const header = request.headers['last-event-id'];
      const lastId =
        (typeof header === 'string' ? header : undefined) ?? (query['lastEventId'] as string | undefined);
      const kinds =
        typeof query['kinds'] === 'string' ? new Set(query['kinds'].split(',') as EventKind[]) : undefined;
      const ended = (client: EventClient): void => {
        feed.remove(client);
        free();
      };
      const filled = (client: EventClient): void => feed.flushSoon(client);
      if (request.method === 'HEAD') {
        free();
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end();
      } else {
        const settings = { kinds, now: context.now(), ended, filled };
        const client = new EventClient({ request, response }, settings);
        await feed.add(client, lastId);
      }
      return ANSWERED;
    },
  },
];
