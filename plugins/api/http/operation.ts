// One operation of the API: what it takes, what it gives, and how it is done. Routes and the OpenAPI document are both made
// from it.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { JsonSchema } from 'livego';
import { callerOf, replyLongJson, type Caller, type Route } from 'livego/http';
import type { ApiServices } from '../services.ts';
import { denyByProblem, problemOf, replyProblem } from './problem.ts';
import { parseJson, readBody } from './read-body.ts';
import { compileInput, type InputCheck } from './validate.ts';

/** A request whose parameters have been checked. */
export interface Asked {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  /** The body as it was sent, with its type. */
  readonly bodyText: string;
  readonly bodyType: string;
  readonly caller: Caller;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** An answer that is more than a body with status 200. */
export class Answer {
  readonly body: unknown;
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;

  constructor(body: unknown, status: number, headers: OutgoingHttpHeaders = {}) {
    this.body = body;
    this.status = status;
    this.headers = headers;
  }
}

/** Returned by an operation that has answered by itself. */
export const ANSWERED = Symbol('answered');

export interface Operation {
  /** "listStreams" */
  readonly id: string;
  readonly tag: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** "/api/v1/streams/{app}/{name}:end" */
  readonly path: string;
  readonly summary: string;
  readonly right: 'read' | 'change';
  /** Schemas of query parameters by name. */
  readonly query?: Readonly<Record<string, JsonSchema>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Schema of a body of JSON. */
  readonly body?: JsonSchema;
  /** Types of a body that the operation reads by itself. */
  readonly bodyTypes?: readonly string[];
  readonly result: JsonSchema;
  /** Type of the answer. Default: JSON. */
  readonly resultType?: string;
  readonly resultStatus?: number;
  /** Statuses of problems beyond those that every operation may have. */
  readonly problems?: readonly number[];
  run(asked: Asked, services: ApiServices): unknown;
}

/** The route of an operation. Its schemas are compiled by the first request: a config is checked often, and asked rarely. */
export function routeOf(operation: Operation, services: ApiServices): Route {
  let check: InputCheck | undefined;
  return {
    methods: operation.method === 'GET' ? ['GET', 'HEAD'] : [operation.method],
    path: routerPath(operation.path),
    access: { right: operation.right, deny: denyByProblem },
    handler: async (request, response, { params, query }) => {
      try {
        check ??= compileInput(operation);
        const asked = await readRequest(operation, check, { request, response, params, query });
        await reply(operation, asked, await operation.run(asked, services));
      } catch (thrown) {
        const problem = problemOf(thrown);
        if (!problem) throw thrown;
        if (response.headersSent) response.destroy();
        else replyProblem(request, response, problem);
      }
    },
  };
}

interface Received {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly params: Readonly<Record<string, string | undefined>>;
  readonly query: URLSearchParams;
}

async function readRequest(
  { body, bodyTypes }: Operation,
  check: InputCheck,
  { request, response, params, query }: Received,
): Promise<Asked> {
  const takesBody = body !== undefined || bodyTypes !== undefined;
  const { text, type } = takesBody ? await readBody(request) : { text: '', type: '' };
  const parsed = body === undefined ? undefined : text.trim() === '' ? {} : parseJson(text);
  if (body !== undefined) check.body(parsed);
  return {
    params: params as Readonly<Record<string, string>>,
    query: check.query(query),
    body: parsed,
    bodyText: text,
    bodyType: type,
    caller: callerOf(request),
    request,
    response,
  };
}

async function reply(
  { resultStatus = 200 }: Operation,
  { request, response }: Asked,
  result: unknown,
): Promise<void> {
  if (result === ANSWERED || response.headersSent) return;
  const { body, status, headers } = result instanceof Answer ? result : new Answer(result, resultStatus);
  await replyLongJson(request, response, { body, status, headers });
}

/** find-my-way: `/streams/:app/:name(^.+)::end`. */
function routerPath(path: string): string {
  const [, base = path, action] = /^(.*?)(?::(\w+))?$/.exec(path) ?? [];
  const last = action === undefined ? ':$1' : ':$1(^.+)';
  const named = base.replace(/\{(\w+)\}$/, last).replaceAll(/\{(\w+)\}/g, ':$1');
  return action === undefined ? named : `${named}::${action}`;
}
