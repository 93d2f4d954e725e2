// /control/get, reset, delete, push and pull, word for word as the classic server answers them.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { denyClassic, replyClassic, type Route, type RouteMatch } from 'livego/http';
import { LEAVES_BODY, problemOf } from '../http/problem.ts';
import type { ApiServices } from '../services.ts';
import { readForm } from './form.ts';

interface ClassicAnswer {
  readonly status: number;
  readonly data: string;
}

type Handler = (form: URLSearchParams) => Promise<ClassicAnswer>;

/** The classic server looked at no method. */
const ANY_METHOD = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'] as const;

export function controlRoutes(services: ApiServices): Route[] {
  const relays = new ClassicRelays(services);
  return [
    route('/control/get', (form) => keyRequest(services, form, 'get')),
    route('/control/reset', (form) => keyRequest(services, form, 'reset')),
    route('/control/delete', (form) => keyRequest(services, form, 'delete')),
    route('/control/push', (form) => relays.push(form)),
    route('/control/pull', (form) => relays.pull(form)),
  ];
}

function route(path: string, handler: Handler): Route {
  return {
    methods: ANY_METHOD,
    path,
    access: { right: 'change', deny: denyClassic },
    handler: async (request: IncomingMessage, response: ServerResponse, match: RouteMatch) => {
      try {
        const { status, data } = await handler(await readForm(request, match));
        await replyClassic(request, response, status, data);
      } catch (thrown) {
        const problem = problemOf(thrown);
        if (!problem) throw thrown;
        if (LEAVES_BODY.has(problem.status)) response.setHeader('connection', 'close');
        await replyClassic(request, response, problem.status, problem.detail);
      }
    },
  };
}

async function keyRequest(
  { others, context }: ApiServices,
  form: URLSearchParams,
  what: 'get' | 'reset' | 'delete',
): Promise<ClassicAnswer> {
  const room = form.get('room') ?? '';
  if (room === '') return { status: 400, data: `url: /control/${what}?room=<ROOM_NAME>` };
  try {
    const { key } = await others.call<{ readonly key?: string }>(`auth.${what}-key`, { room });
    return { status: 200, data: key ?? 'Ok' };
  } catch (thrown) {
    const problem = problemOf(thrown);
    if (problem?.code === 'not-found') return { status: 404, data: 'room not found' };
    if (!problem) context.log.error({ err: thrown }, `/control/${what}: the store of channel keys failed`);
    // The classic server gives the message of its store; a plugin that is off is told by its own status.
    const data = problem?.detail ?? 'the store of channel keys failed; the log says why';
    return { status: problem?.status === 501 ? 501 : 400, data };
  }
}

type Kind = 'push' | 'pull';

/** What the two requests answer: the classic words of each. */
const WORDS = {
  missing: 'control push parameter error, please check them.',
  started: (kind: Kind, url: string) => `<h1>${kind} url start ${url} ok</h1></br>`,
  // "push" for both, as the classic server has it.
  stopped: (url: string) => `<h1>push url stop ${url} ok</h1></br>`,
  failed: (reason: string) => `push error=${reason}`,
} as const;

class ClassicRelays {
  readonly #services: ApiServices;

  constructor(services: ApiServices) {
    this.#services = services;
  }

  /** Always 200. */
  async push(form: URLSearchParams): Promise<ClassicAnswer> {
    const { data } = await this.#run('push', form);
    return { status: 200, data };
  }

  async pull(form: URLSearchParams): Promise<ClassicAnswer> {
    const { ok, data } = await this.#run('pull', form);
    const stopping = form.get('oper') === 'stop';
    const isClassicStop = stopping && this.#services.options.strictClassic;
    return { status: ok && !isClassicStop ? 200 : 400, data };
  }

  async #run(kind: Kind, form: URLSearchParams): Promise<{ readonly ok: boolean; readonly data: string }> {
    const [oper, app, name, url] = ['oper', 'app', 'name', 'url'].map((each) => form.get(each) ?? '');
    const stopping = oper === 'stop';
    if (!oper || !app || !name || (!url && !stopping)) return { ok: false, data: WORDS.missing };
    const request = { kind, app, name, url: url ?? '' };
    try {
      return stopping ? await this.#stop(request) : await this.#start(request);
    } catch (thrown) {
      const problem = problemOf(thrown);
      if (!problem) throw thrown;
      return { ok: false, data: WORDS.failed(problem.detail) };
    }
  }

  // One relay for each kind, application and name, as the classic server means it: a second start replaces the first.
  async #start(request: RelayRequest): Promise<{ readonly ok: boolean; readonly data: string }> {
    const { kind, app, name, url } = request;
    const before = await this.#find(request);
    const { id } = await this.#services.others.call<{ readonly id: string }>('relay.start', {
      kind,
      app,
      name,
      url,
    });
    for (const other of before) if (entryOf(other) !== id) await this.#drop(other, app);
    return { ok: true, data: WORDS.started(kind, url) };
  }

  async #stop(request: RelayRequest): Promise<{ readonly ok: boolean; readonly data: string }> {
    const { kind, app, name, url } = request;
    const found = await this.#find(request);
    const missing = `session key[${kind}:${app}/${name}] not exist, please check it again.`;
    if (found.length === 0) return { ok: false, data: kind === 'push' ? `<h1>${missing}</h1>` : missing };
    for (const relay of found) await this.#drop(relay, app);
    return { ok: true, data: WORDS.stopped(url) };
  }

  async #find({ kind, app, name }: RelayRequest): Promise<readonly Relay[]> {
    const relays = (await this.#services.others.list('relay.list', 'relays')) as unknown as readonly Relay[];
    const ours = relays.filter(
      (each) => each.kind === kind && each.origin === 'run-time' && each.name === name && each.app === app,
    );
    return [...new Map(ours.map((each) => [entryOf(each), each])).values()];
  }

  async #drop(relay: Relay, app: string): Promise<void> {
    await this.#services.others.call('relay.stop', { app, id: entryOf(relay) });
  }
}

interface RelayRequest {
  readonly kind: Kind;
  readonly app: string;
  readonly name: string;
  readonly url: string;
}

interface Relay {
  readonly id: string;
  readonly kind: string;
  readonly origin: string;
  readonly app: string;
  readonly name: string;
}

/** A push that runs has the id of its entry with the stream's name behind it: "push-1:movie". */
export function entryOf({ id }: { readonly id: string }): string {
  return id.split(':', 1)[0] ?? id;
}
