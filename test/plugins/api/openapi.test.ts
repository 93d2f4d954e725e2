// The OpenAPI document says what the API does.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Validator } from '@seriousme/openapi-schema-validator';
import { OpenAPIClientAxios, type Document } from 'openapi-client-axios';
import { expect, test } from 'vitest';
import { OPERATIONS } from '../../../plugins/api/operations/index.ts';
import { startApi, type ApiServer } from './api-kit.ts';

interface Described {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: object;
}

async function read(server: ApiServer): Promise<OpenApi> {
  return (await server.ask('/api/openapi.json')).json<OpenApi>();
}

test('it is valid OpenAPI 3.1', async () => {
  const document = await read(await startApi());
  const { valid, errors } = await new Validator().validate(structuredClone(document) as never);
  expect(errors ?? 'none').toBe('none');
  expect(valid).toBe(true);
  expect(document.openapi).toBe('3.1.0');
});

test('it has every operation, under a name of its own, in plain sentences', async () => {
  const { paths } = await read(await startApi());
  const all = Object.values(paths).flatMap((path) => Object.values(path));
  expect(all).toHaveLength(OPERATIONS.length);
  expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(all.length);
  for (const { operationId, summary, tags, parameters, responses } of all) {
    expect(operationId).toMatch(/^[a-z][A-Za-z]+$/);
    expect(summary).toMatch(/^[A-Z].*\.$/s);
    expect(tags).toHaveLength(1);
    expect(new Set(parameters.map(({ name, in: place }) => `${place} ${name}`)).size).toBe(parameters.length);
    expect(Object.keys(responses).some((status) => status.startsWith('2'))).toBe(true);
  }
});

test('every parameter of a path is described, and every operation is served', async () => {
  const server = await startApi();
  const { paths } = await read(server);
  for (const [path, methods] of Object.entries(paths))
    for (const [method, { parameters }] of Object.entries(methods)) {
      const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(parameters.filter((each) => each.in === 'path').map(({ name }) => name)).toEqual(wanted);
      if (path === '/api/v1/events') continue;
      const answer = await server.ask(path.replaceAll(/\{\w+\}/g, 'none'), {
        method: method.toUpperCase() as 'GET',
      });
      expect(answer.body, `${method} ${path}`).not.toContain('nothing is served');
      expect(answer.statusCode, `${method} ${path}`).not.toBe(500);
    }
});

test('what is answered fits the schema that the document gives', async () => {
  const server = await startApi();
  await server.published();
  await server.watched();
  await server.post('/api/v1/bans', { address: '203.0.113.1' });
  await server.ask('/control/push?oper=start&app=live&name=movie&url=rtmp://127.0.0.1:9/a/b');
  const document = await read(server);
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ ...withoutOthers(document), $id: 'openapi' });
  const checked: string[] = [];
  for (const [path, { get }] of Object.entries(document.paths)) {
    if (!get || path.includes('{') || path.endsWith('/events')) continue;
    const answer = await server.ask(path);
    if (answer.statusCode !== 200) continue;
    const pointer = path.replaceAll('~', '~0').replaceAll('/', '~1');
    const $ref = `openapi#/paths/${pointer}/get/responses/200/content/application~1json/schema`;
    const validate = ajv.compile({ $ref });
    expect(validate(answer.json()) ? [] : validate.errors, path).toEqual([]);
    checked.push(path);
  }
  expect(checked).toEqual(
    expect.arrayContaining(['/api/v1/streams', '/api/v1/sessions', '/api/v1/relays', '/api/v1/bans']),
  );
});

/** A copy in which an object may have no fields but those that are described. */
function withoutOthers<Schema>(schema: Schema): Schema {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(withoutOthers) as Schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, each]) => [key, withoutOthers(each)]));
  const isClosed = 'properties' in copy && copy['type'] === 'object';
  return { ...copy, ...(isClosed && { additionalProperties: false }) } as Schema;
}

test('a client that is made of it works', async () => {
  const server = await startApi();
  const publisher = await server.published();
  const definition = (await read(server)) as unknown as Document;
  const made = new OpenAPIClientAxios({
    definition: { ...definition, servers: [{ url: `http://127.0.0.1:${server.port('api.port')}` }] },
  });
  const client = await made.init();
  const call = client as unknown as Record<
    string,
    (...given: unknown[]) => Promise<{ data: Record<string, unknown> }>
  >;
  expect((await call['listStreams']!({ app: 'live' })).data).toMatchObject({
    total: 1,
    items: [{ name: 'movie' }],
  });
  expect((await call['getStream']!({ app: 'live', name: 'movie' })).data).toMatchObject({ state: 'live' });
  expect((await call['addBan']!(undefined, { address: '203.0.113.9', seconds: 60 })).data).toMatchObject({
    closed: 0,
  });
  await call['endStream']!({ app: 'live', name: 'movie' });
  expect(publisher.ended?.code).toBe('kicked');
});
