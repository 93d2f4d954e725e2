// Operations about channel keys and signed links.
import type { Operation } from '../http/operation.ts';

const KEY = {
  type: 'object',
  required: ['room', 'key'],
  properties: { room: { type: 'string' }, key: { type: 'string' } },
};
const CLOSED = { type: 'integer', description: 'Publishers that were closed.' };
const NEW_KEY = {
  type: 'object',
  required: ['room', 'key', 'closed'],
  properties: { ...KEY.properties, closed: CLOSED },
};
const CLOSE = {
  close: { type: 'boolean', default: false, description: 'Whether the room’s present publisher is closed.' },
};
const PATH = '/api/v1/keys/{room}';

const SHARED = { tag: 'keys', right: 'change', problems: [501] } as const;

export const keyOperations: readonly Operation[] = [
  {
    ...SHARED,
    id: 'getKey',
    method: 'POST',
    path: `${PATH}:get`,
    summary: 'The channel key of a room. It is made when it is asked for the first time.',
    result: KEY,
    run: ({ params: { room = '' } }, { others }) => others.call('auth.get-key', { room }),
  },
  {
    ...SHARED,
    id: 'resetKey',
    method: 'POST',
    path: `${PATH}:reset`,
    summary: 'Gives a room another channel key. The one before is worthless from now on.',
    query: CLOSE,
    result: NEW_KEY,
    run: ({ params: { room = '' }, query }, { others }) =>
      others.call('auth.reset-key', { room, close: query['close'] }),
  },
  {
    ...SHARED,
    id: 'deleteKey',
    method: 'DELETE',
    path: PATH,
    summary: 'Takes a room its channel key, so that nobody can publish it.',
    query: CLOSE,
    result: {
      type: 'object',
      required: ['room', 'closed'],
      properties: { room: { type: 'string' }, closed: CLOSED },
    },
    run: ({ params: { room = '' }, query }, { others }) =>
      others.call('auth.delete-key', { room, close: query['close'] }),
  },
  {
    ...SHARED,
    id: 'signLink',
    method: 'POST',
    path: '/api/v1/links:sign',
    summary: 'Makes a signed link, with the secret of auth.sign.',
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['app', 'name', 'action', 'expiresInSeconds'],
      properties: {
        app: { type: 'string', minLength: 1 },
        name: { type: 'string', minLength: 1 },
        action: { enum: ['publish', 'play'] },
        expiresInSeconds: { type: 'integer', minimum: 1, maximum: 315_360_000 },
        ip: { type: 'string', description: 'The client that may use it (auth.sign.bindIp).' },
      },
    },
    result: {
      type: 'object',
      required: ['query', 'expires'],
      properties: {
        query: { type: 'string', description: 'Goes behind the "?" of the stream’s address.' },
        expires: { type: 'string', format: 'date-time' },
      },
    },
    run: ({ body }, { others }) => others.call('auth.sign-link', body as Record<string, unknown>),
  },
];
