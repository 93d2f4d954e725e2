// The OpenAPI document, from the operations themselves (https://spec.openapis.org/oas/v3.1.1).
import { readVersion, type JsonSchema } from 'livego';
import type { Operation } from '../http/operation.ts';
import { COMPONENTS } from './schemas.ts';

const SUMMARIES: Readonly<Record<number, string>> = {
  400: 'The request makes no sense.',
  401: 'A token is needed.',
  403: 'This is not allowed.',
  404: 'There is no such thing.',
  408: 'The body did not arrive in time.',
  409: 'The state of the server does not allow it.',
  412: 'Somebody else was quicker: the config has changed.',
  413: 'The body is too large.',
  415: 'The type of the body is not known here.',
  422: 'The config would be rejected.',
  428: 'If-Match is needed.',
  429: 'Too many requests.',
  500: 'A fault of the server; its log says why.',
  501: 'The plugin that does this is off.',
  503: 'A limit is reached.',
};

const ALWAYS = [400, 401, 403, 429, 500];

export function buildDocument(operations: readonly Operation[]): object {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    const path = (paths[operation.path] ??= {});
    path[operation.method.toLowerCase()] = describeOperation(operation);
  }
  const tags = [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name }));
  return {
    openapi: '3.1.0',
    info: {
      title: 'livego',
      version: readVersion(),
      summary: 'Shows and changes a running livego server.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags,
    security: [{ bearer: [] }, {}],
    paths,
    components: {
      schemas: COMPONENTS,
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description:
            'A token of control.tokens, or a JSON Web Token (jwt.secret). None is needed where neither is set, and only programs of the same machine are answered then.',
        },
      },
    },
  };
}

function describeOperation(operation: Operation): object {
  const { id, tag, summary, right, body, bodyTypes } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(right === 'change' && { description: 'Readers may not do this.' }),
    parameters: parametersOf(operation),
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    ...(bodyTypes && {
      requestBody: { required: true, content: Object.fromEntries(bodyTypes.map(contentOf)) },
    }),
    responses: { ...success(operation), ...problems(operation) },
  };
}

function contentOf(type: string): [string, object] {
  return [type, { schema: type.includes('json') && !type.includes('json5') ? {} : { type: 'string' } }];
}

function parametersOf({ path, query = {}, headers = {} }: Operation): object[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(query).map(([name, { description, ...schema }]: [string, JsonSchema]) => ({
    name,
    in: 'query',
    ...(description !== undefined && { description }),
    schema,
  }));
  const inHeaders = Object.entries(headers).map(([name, description]) => ({
    name,
    in: 'header',
    description,
    schema: { type: 'string' },
  }));
  return [...inPath, ...inQuery, ...inHeaders];
}

function success({
  summary,
  result,
  resultType = 'application/json',
  resultStatus = 200,
}: Operation): object {
  return { [resultStatus]: { description: summary, content: { [resultType]: { schema: result } } } };
}

function problems({ problems = [], path, query, body, bodyTypes }: Operation): object {
  const named = /\{/.test(path) ? [404] : [];
  const mayBeInvalid = query !== undefined || body !== undefined || bodyTypes !== undefined;
  const always = ALWAYS.filter((status) => status !== 400 || mayBeInvalid);
  const ofBody = body === undefined && bodyTypes === undefined ? [] : [408, 413];
  const all = [...new Set([...always, ...ofBody, ...named, ...problems])].sort((one, other) => one - other);
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  return Object.fromEntries(
    all.map((status) => [status, { description: SUMMARIES[status] ?? 'A problem.', content }]),
  );
}
