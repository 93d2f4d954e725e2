// Finds the plugin that serves a request. Built once for each address and generation, then swapped as a whole.
//
// The room has what HTTP needs in every plugin: the server, the router, CORS, replies with JSON, bodies and files. The
// plugins decide what is served; listening sockets are in core/net.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import createRouter, { type HTTPMethod } from 'find-my-way';
import { callPlugin } from '../call-plugin.ts';
import { livegoError } from '../errors.ts';
import type { Logger } from '../log/log.ts';
import { Denial } from '../session/denial.ts';
import { AddressSet } from '../net/address-set.ts';
import { callerOf, localAccess, type ControlAccess, type RouteAccess } from './access/control-access.ts';
import { clientAddressOf, noteClient } from './forwarded-client.ts';
import { listOrigins, mayUpgrade, preflightHeaders, setCorsHeaders, type AllowOrigin } from './cors.ts';
import { extensionConstraint, extensionOf, NO_EXTENSION } from './extension-constraint.ts';
import { denyUpgrade, replyDenial, replyJson } from './replies/reply.ts';
import { onRequestEnd } from './request-end.ts';

/** Path parameters, percent-decoded. The rest of a wildcard path is `params["*"]`. */
export type RouteParams = Readonly<Record<string, string | undefined>>;

/** The parsed URL of a request. */
export interface RouteMatch {
  readonly params: RouteParams;
  /** As received, without the query. */
  readonly path: string;
  /** As received, without the question mark. */
  readonly search: string;
  readonly query: URLSearchParams;
}

/** Responds to a request. CORS headers have been set. */
export type RouteHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  match: RouteMatch,
) => void | Promise<void>;

/** Takes over a connection that asks for another protocol (WebSocket). Pages of other origins have been denied already. */
export type UpgradeHandler = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  match: RouteMatch,
) => void | Promise<void>;

/** One route of a plugin. */
export interface Route {
  readonly methods: readonly HTTPMethod[];
  /** find-my-way syntax: `/control/get`, `/api/streams/:id`, `/*`. */
  readonly path: string;
  /** Only paths that end in `.<extension>`: several plugins can then share `/*` on one port. */
  readonly extension?: string;
  /** Who may ask: the operator's programs. Default: everybody. */
  readonly access?: RouteAccess;
  readonly handler: RouteHandler;
  /** Takes WebSocket upgrades of the same path. */
  readonly upgrade?: UpgradeHandler;
}

export interface OwnedRoute extends Route {
  readonly plugin: string;
  readonly allowOrigin: AllowOrigin;
}

/** Whom a router believes. */
export interface RouterTrust {
  /** Peers whose X-Forwarded-For is believed. Default: none. */
  readonly proxies?: AddressSet;
  /** Who may use routes that are not for everybody. Default: programs of this machine. */
  readonly access?: ControlAccess;
}

type Store = { readonly route: OwnedRoute };

/** A route for a request, and what its handler is given: plain properties, which a plugin may spread. */
interface FoundRoute {
  readonly route: OwnedRoute;
  readonly match: RouteMatch;
}

export class Router {
  readonly #find: ReturnType<typeof createRouter>;
  readonly #log: Logger;
  readonly #proxies: AddressSet;
  readonly #access: ControlAccess;
  /** Methods of any route. */
  readonly #methods: readonly HTTPMethod[];
  /** Origins whose pages may use anything that is open to everybody here: they may also read that something is not here. */
  readonly #origins: readonly string[];

  /** Throws LVG_ROUTE_CONFLICT naming both plugins and the route. */
  constructor(routes: readonly OwnedRoute[], log: Logger, trust: RouterTrust = {}) {
    this.#log = log;
    this.#proxies = trust.proxies ?? new AddressSet([]);
    this.#access = trust.access ?? localAccess();
    this.#methods = [...new Set(routes.flatMap(({ methods }) => methods))];
    this.#origins = routes.flatMap(({ access, allowOrigin }) => (access ? [] : listOrigins(allowOrigin)));
    this.#find = createRouter({
      ignoreTrailingSlash: true,
      maxParamLength: 4096,
      constraints: { extension: extensionConstraint },
    });
    for (const route of routes) this.#add(route, routes);
    for (const route of preflightRoutes(routes)) this.#add(route, routes);
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const found = this.#lookUp(request);
    if (!found) return this.#answerNothing(request, response);
    const { route, match } = found;
    noteClient(request, this.#proxies);
    const failed = (error: unknown): void => {
      this.#logFailure(route, 'answer', error);
      if (response.headersSent) return void response.destroy();
      const body = { error: 'internal', reason: 'the server failed to answer; its log says why' };
      replyJson(request, response, { status: 500, body });
    };
    setCorsHeaders(request, response, route.allowOrigin);
    if (!route.access) return callPlugin(() => route.handler(request, response, match), failed);
    callPlugin(() => this.#handleControlled(request, response, found), failed);
  }

  #answerNothing(request: IncomingMessage, response: ServerResponse): void {
    const others = this.#methods.flatMap((method) => this.#lookUp(request, method) ?? []);
    const [other] = others;
    if (!other) {
      setCorsHeaders(request, response, this.#origins);
      return replyDenial(request, response, notFound(request));
    }
    const { allowOrigin } = other.route;
    setCorsHeaders(request, response, allowOrigin);
    const allow = [...new Set(others.flatMap(({ route }) => route.methods))].join(', ');
    const reason = `${request.method} is not possible at ${other.match.path}; ${allow} is`;
    replyJson(request, response, { status: 405, body: { error: 'invalid', reason }, headers: { allow } });
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const found = this.#lookUp(request);
    if (!found?.route.upgrade) return denyUpgrade(socket, notFound(request));
    const { route, match } = found;
    noteClient(request, this.#proxies);
    if (!mayUpgrade(request, route.allowOrigin)) return denyUpgrade(socket, foreignOrigin(request));
    const failed = (error: unknown): void => {
      this.#logFailure(route, 'upgrade', error);
      socket.destroy();
    };
    callPlugin(async () => {
      const denial = route.access && (await this.#check(request, route, route.access));
      if (denial) denyUpgrade(socket, denial);
      else await route.upgrade?.(request, socket, head, match);
    }, failed);
  }

  async #handleControlled(
    request: IncomingMessage,
    response: ServerResponse,
    { route, match }: FoundRoute,
  ): Promise<void> {
    const { access } = route;
    if (!access) return;
    const denial = await this.#check(request, route, access);
    if (response.destroyed) return;
    if (denial) return (access.deny ?? replyDenial)(request, response, denial);
    const handled = new Promise<void>((resolve) => resolve(route.handler(request, response, match)));
    if (access.right === 'change') this.#auditLater(request, response, { route, handled });
    await handled;
  }

  #check(request: IncomingMessage, route: OwnedRoute, access: RouteAccess): Promise<Denial | undefined> {
    return this.#access.check(request, access, listOrigins(route.allowOrigin));
  }

  // What is changed is changed, also for a client that does not wait for the answer. Its address is gone by then. The query
  // is left out: it may hold a token.
  #auditLater(
    request: IncomingMessage,
    response: ServerResponse,
    { route: { plugin }, handled }: { readonly route: OwnedRoute; readonly handled: void | Promise<void> },
  ): void {
    const { method, url = '/' } = request;
    const { name } = callerOf(request);
    const facts = { audit: true, plugin, caller: name, address: clientAddressOf(request), method };
    const audit = (): void =>
      this.#log.info(
        { ...facts, path: url.split('?', 1)[0], status: response.statusCode },
        `${name} asked for a change`,
      );
    onRequestEnd(request, response, () => void Promise.resolve(handled).then(audit, audit));
  }

  #lookUp(
    request: IncomingMessage,
    method = (request.method ?? 'GET') as HTTPMethod,
  ): FoundRoute | undefined {
    const url = request.url ?? '/';
    const extension = extensionOf(url);
    const found =
      this.#find.find(method, url, { extension }) ??
      this.#find.find(method, url, { extension: NO_EXTENSION });
    if (!found) return undefined;
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const search = mark < 0 ? '' : url.slice(mark + 1);
    const match = { params: found.params, path, search, query: new URLSearchParams(search) };
    return { route: (found.store as Store).route, match };
  }

  // The URL is left out: it may hold a key.
  #logFailure({ plugin, path, extension }: OwnedRoute, what: string, error: unknown): void {
    const route = extension === undefined ? path : `${path} (.${extension})`;
    this.#log.error({ err: error, plugin, route }, `plugin ${plugin} failed to ${what}`);
  }

  #add(route: OwnedRoute, all: readonly OwnedRoute[]): void {
    const options = { constraints: { extension: route.extension ?? NO_EXTENSION } };
    try {
      this.#find.on([...route.methods], route.path, options as never, () => {}, { route } satisfies Store);
    } catch (error) {
      const other = all.find((each) => each !== route && isSamePlace(each, route));
      const claimed = `${route.methods.join(',')} ${route.path}${route.extension ? ` (.${route.extension})` : ''}`;
      const values = { plugin: other?.plugin ?? '?', other: route.plugin, route: claimed };
      throw livegoError('LVG_ROUTE_CONFLICT', 'both', values, error);
    }
  }
}

function notFound({ method, url = '/' }: IncomingMessage): Denial {
  return new Denial('not-found', `nothing is served at ${method} ${url.split('?', 1)[0]}`);
}

function foreignOrigin({ headers }: IncomingMessage): Denial {
  return new Denial('forbidden', `pages of ${headers.origin} may not connect (allowOrigin)`);
}

/** An OPTIONS route for each place that has none of its own (Fetch standard, "CORS-preflight request"). */
function preflightRoutes(routes: readonly OwnedRoute[]): OwnedRoute[] {
  const made: OwnedRoute[] = [];
  for (const route of routes) {
    const here = routes.filter((each) => isSamePlace(each, route));
    if (here[0] !== route || here.some(({ methods }) => methods.includes('OPTIONS'))) continue;
    const { plugin, path, extension } = route;
    made.push({
      plugin,
      path,
      ...(extension !== undefined && { extension }),
      methods: ['OPTIONS'],
      allowOrigin: '',
      handler: (request, response) => respondToPreflight(request, response, here),
    });
  }
  return made;
}

// Plugins that share a place by different methods may allow different origins, and browsers remember every method listed.
function respondToPreflight(
  request: IncomingMessage,
  response: ServerResponse,
  here: readonly OwnedRoute[],
): void {
  const wanted = request.headers['access-control-request-method'];
  const asked = here.find(
    ({ methods }) => wanted === undefined || methods.some((method) => method === wanted),
  );
  if (asked) setCorsHeaders(request, response, asked.allowOrigin);
  const own = here.filter(({ plugin }) => plugin === asked?.plugin);
  const methods = new Set(own.flatMap((route) => route.methods));
  response.writeHead(204, preflightHeaders(request, [...methods, 'OPTIONS'])).end();
}

function isSamePlace(one: Route, other: Route): boolean {
  return shapeOf(one.path) === shapeOf(other.path) && one.extension === other.extension;
}

// Parameters of different names are the same route: `/:app` and `/:id`.
function shapeOf(path: string): string {
  return path.replaceAll(/(?<!:):\w+/g, ':');
}
