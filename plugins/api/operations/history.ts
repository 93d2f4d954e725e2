// Operations about the configs that have been applied, and about the reloads.
import { Denial, readConfigDocument, type AppliedText } from 'livego';
import { describeReport } from '../config/describe.ts';
import { hideSecrets } from '../config/secrets.ts';
import type { Asked, Operation } from '../http/operation.ts';
import { listParameters, listSchema, pageOf } from '../http/paging.ts';
import { ANY_OBJECT, ref } from '../openapi/schemas.ts';
import type { ApiServices } from '../services.ts';
import { answerTo, reasonOf } from './config.ts';

const PATH = '/api/v1/config/history/{generation}';

function find({ context }: ApiServices, { params }: Asked): AppliedText {
  const { generation = '' } = params;
  const found = context.config.history.find((each) => String(each.generation) === generation);
  if (!found) throw new Denial('not-found', `config ${generation} is not known any more`);
  return found;
}

export const historyOperations: readonly Operation[] = [
  {
    id: 'listReloads',
    tag: 'config',
    method: 'GET',
    path: '/api/v1/reloads',
    summary: 'The last reloads with their reports, the newest first.',
    right: 'read',
    query: listParameters(['outcome']),
    result: listSchema(ref('Report')),
    run: ({ query }, { context }) => pageOf(context.config.reports.map(describeReport), query),
  },
  {
    id: 'listConfigHistory',
    tag: 'config',
    method: 'GET',
    path: '/api/v1/config/history',
    summary: 'The configs that have been applied, the newest first.',
    right: 'read',
    query: listParameters([]),
    result: listSchema(ANY_OBJECT),
    run: ({ query }, { context }) => pageOf(context.config.history.map(describe), query),
  },
  {
    id: 'getConfigOfHistory',
    tag: 'config',
    method: 'GET',
    path: PATH,
    summary: 'A config that has been applied, secrets hidden.',
    right: 'read',
    result: ANY_OBJECT,
    run: (asked, services) => {
      const found = find(services, asked);
      return { ...describe(found), config: hideSecrets(readConfigDocument(found.text)) };
    },
  },
  {
    id: 'restoreConfig',
    tag: 'config',
    method: 'POST',
    path: `${PATH}:restore`,
    summary: 'Puts a config that has been applied back into the file, word for word, and applies it.',
    right: 'change',
    result: ref('Report'),
    problems: [409, 422],
    run: async (asked, services) => {
      const { text } = find(services, asked);
      return answerTo(await services.context.config.edit(() => text, { reason: reasonOf(asked) }));
    },
  },
];

function describe({ generation, at, reason, words, tag }: AppliedText) {
  return { generation, at: at.toISOString(), reason, words, etag: `"${tag}"` };
}
