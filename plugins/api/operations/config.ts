// Operations about the config. The file is the truth: what is changed here stands in it afterwards.
import { Denial, matchesServername, readConfigDocument, type EditedConfig, type SessionRecord } from 'livego';
import { describeFault, describePlan, describeReport } from '../config/describe.ts';
import { changeOf, DOCUMENT, JSON_PATCH, MERGE_PATCH, TEXT_TYPES } from '../config/new-text.ts';
import { hideSecrets } from '../config/secrets.ts';
import { Answer, type Asked, type Operation } from '../http/operation.ts';
import { Problem } from '../http/problem.ts';
import { ANY_OBJECT, ref } from '../openapi/schemas.ts';
import type { ApiServices } from '../services.ts';

const PATCH_TYPES = [MERGE_PATCH, JSON_PATCH, DOCUMENT];
const WHOLE_TYPES = [DOCUMENT, ...TEXT_TYPES];
const IF_MATCH = { 'If-Match': 'The ETag of the config that is to be changed.' };
const SHARED = { tag: 'config', problems: [409, 412, 415, 422] } as const;

const readOperation: Operation = {
  id: 'getConfig',
  tag: 'config',
  method: 'GET',
  path: '/api/v1/config',
  summary: 'The config as the file has it, secrets hidden as "***". Its ETag is for If-Match.',
  right: 'read',
  result: ANY_OBJECT,
  problems: [409, 422],
  run: async (_asked, { context }) => {
    const { text, tag } = await context.config.read();
    return new Answer(hideSecrets(readConfigDocument(text)), 200, { etag: `"${tag}"` });
  },
};

const appliedOperation: Operation = {
  id: 'getAppliedConfig',
  tag: 'config',
  method: 'GET',
  path: '/api/v1/config/applied',
  summary: 'The config that is applied, with every default, secrets hidden.',
  right: 'read',
  result: ANY_OBJECT,
  run: (_asked, { context }) => hideSecrets(context.config.current() ?? {}, '', context.show),
};

const changeOperations: readonly Operation[] = [
  {
    ...SHARED,
    id: 'patchConfig',
    method: 'PATCH',
    path: '/api/v1/config',
    summary:
      'Changes the file, comments and order kept, and applies it. A merge patch, or a JSON Patch for single elements of lists.',
    right: 'change',
    headers: IF_MATCH,
    bodyTypes: PATCH_TYPES,
    result: ref('Report'),
    run: async (asked, { context }) => {
      // JSON without a name of its own is a merge patch.
      const type = asked.bodyType === DOCUMENT ? MERGE_PATCH : asked.bodyType;
      const change = changeOf({ ...asked, bodyType: type }, PATCH_TYPES, context.config.shortForms);
      return answerTo(await context.config.edit(change, { reason: reasonOf(asked), tag: tagOf(asked) }));
    },
  },
  {
    ...SHARED,
    id: 'putConfig',
    method: 'PUT',
    path: '/api/v1/config',
    summary:
      'Replaces the config: by a document, which keeps the comments of what it leaves as it is, or by a text.',
    right: 'change',
    headers: IF_MATCH,
    bodyTypes: WHOLE_TYPES,
    result: ref('Report'),
    problems: [...SHARED.problems, 428],
    run: async (asked, { context }) => {
      const tag = tagOf(asked);
      if (tag === undefined)
        throw new Problem(428, 'if-match', 'name the config that is to be replaced, by its ETag in If-Match');
      const change = changeOf(asked, WHOLE_TYPES, context.config.shortForms);
      return answerTo(await context.config.edit(change, { reason: reasonOf(asked), tag }));
    },
  },
  {
    id: 'reloadConfig',
    tag: 'config',
    method: 'POST',
    path: '/api/v1/config:reload',
    summary: 'Loads the file again and applies it.',
    right: 'change',
    result: ref('Report'),
    problems: [409],
    run: async (asked, { context }) => describeReport(await context.config.reload(reasonOf(asked))),
  },
];

const ALL_TYPES = [...new Set([...WHOLE_TYPES, MERGE_PATCH, JSON_PATCH])];

async function planFor(asked: Asked, services: ApiServices) {
  const { config, everywhere } = services.context;
  const change = changeOf(asked, ALL_TYPES, config.shortForms);
  const { text } = await config.read();
  const [plan, sessions] = await Promise.all([config.plan(change(text)), everywhere.sessions()]);
  return describePlan(plan, (place) => countSessions(sessions, place));
}

// They load the custom plugins that the config names, so a reader may not ask for them.
const checkOperations: readonly Operation[] = [
  {
    id: 'checkConfig',
    tag: 'config',
    method: 'POST',
    path: '/api/v1/config:check',
    summary: 'What a config, or a change of the present one, would be rejected for. Starts nothing.',
    right: 'change',
    bodyTypes: ALL_TYPES,
    result: ANY_OBJECT,
    problems: SHARED.problems,
    run: async (asked, services) => {
      const { outcome, faults, error, warnings } = await planFor(asked, services);
      return { ok: outcome !== 'rejected', faults, error, warnings };
    },
  },
  {
    id: 'planConfig',
    tag: 'config',
    method: 'POST',
    path: '/api/v1/config:plan',
    summary:
      'What a config, or a change of the present one, would change, and whom it would disconnect. Starts nothing.',
    right: 'change',
    bodyTypes: ALL_TYPES,
    result: ref('Plan'),
    problems: SHARED.problems,
    run: planFor,
  },
];

export const configOperations: readonly Operation[] = [
  readOperation,
  appliedOperation,
  ...changeOperations,
  ...checkOperations,
];

export function answerTo(edited: EditedConfig): Answer {
  if (edited.outcome === 'saved')
    return new Answer(describeReport(edited.report), 200, { etag: `"${edited.tag}"` });
  if (edited.outcome === 'conflict')
    throw new Problem(412, 'changed', 'the config has changed since you read it; read it again', {
      etag: `"${edited.tag}"`,
    });
  const faults = edited.faults.map(describeFault);
  const first = edited.faults[0];
  const detail = edited.error ?? (first ? `${first.path}: ${first.message}` : 'the config was rejected');
  throw new Problem(422, 'LVG_CONFIG_INVALID', detail, { faults });
}

/** `"…"`, weak or not; undefined for "*" and for none. Throws a problem for a list. */
function tagOf({ request }: Asked): string | undefined {
  const header = request.headers['if-match'];
  if (header === undefined || header.trim() === '*') return undefined;
  const tag = /^\s*(?:W\/)?"([^"]*)"\s*$/.exec(header)?.[1];
  if (tag === undefined) throw new Denial('invalid', 'If-Match must hold one ETag');
  return tag;
}

export function reasonOf({ request, caller }: Asked): string {
  return `${request.method} ${request.url?.split('?', 1)[0]} by ${caller.name}`;
}

/** @param place - "rtmp", or "rtmp of live" */
function countSessions(sessions: readonly SessionRecord[], place: string): number {
  const [plugin, servername] = place.split(' of ');
  return sessions.filter(
    ({ client, app }) =>
      client.plugin === plugin && (servername === undefined || matchesServername(servername, app)),
  ).length;
}
