// Which plugin answers which request. Built once for each address and generation, then swapped as a whole.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import createRouter, { type Handler, type HTTPMethod, type HTTPVersion } from 'find-my-way';
import { LivegoError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { replyJson } from './reply.ts';

/** Path parameters, percent-decoded. The rest of a wildcard path is `params["*"]`. */
export type RouteParams = Readonly<Record<string, string | undefined>>;

export type RouteHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  params: RouteParams,
  query: URLSearchParams,
) => void | Promise<void>;

export type UpgradeHandler = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  params: RouteParams,
  query: URLSearchParams,
) => void | Promise<void>;

/** One route of a plugin. */
export interface Route {
  readonly methods: readonly HTTPMethod[];
  /** find-my-way syntax: `/control/get`, `/api/streams/:id`, `/*`. */
  readonly path: string;
  /** Only paths that end in `.<extension>`: several plugins can then share `/*` on one port. */
  readonly extension?: string;
  readonly handle: RouteHandler;
  /** Takes WebSocket (and other) upgrades of the same path. */
  readonly upgrade?: UpgradeHandler;
}

export interface OwnedRoute extends Route {
  readonly plugin: string;
}

const NO_EXTENSION = '';

/** The extension of a request path's last segment, lower case; "" if there is none. */
function extensionOf(url: string): string {
  const end = url.search(/[?#;]/);
  const path = end < 0 ? url : url.slice(0, end);
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') ? path.slice(dot + 1).toLowerCase() : NO_EXTENSION;
}

type Store = { readonly route: OwnedRoute };

export class Router {
  readonly #find: ReturnType<typeof createRouter>;
  readonly #log: Logger;

  /** Throws LVG_ROUTE_CONFLICT naming both plugins and the route. */
  constructor(routes: readonly OwnedRoute[], log: Logger) {
    this.#log = log;
    this.#find = createRouter({
      ignoreTrailingSlash: true,
      maxParamLength: 4096,
      constraints: {
        extension: {
          name: 'extension',
          storage: createExtensionStore,
          deriveConstraint: (request: IncomingMessage) => extensionOf(request.url ?? ''),
          validate: () => {},
        },
      },
    });
    for (const route of routes) this.#add(route, routes);
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const found = this.#lookUp(request);
    if (!found) return this.#notFound(request, response);
    const { route, params, query } = found;
    const failed = (error: unknown): void => {
      this.#log.error(
        { err: error, plugin: route.plugin, url: redact(request.url) },
        `plugin ${route.plugin} failed to answer`,
      );
      if (response.headersSent) response.destroy();
      else
        replyJson(request, response, 500, {
          error: 'internal',
          reason: 'the server failed to answer; its log says why',
        });
    };
    try {
      const answer = route.handle(request, response, params, query);
      if (answer) answer.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const found = this.#lookUp(request);
    if (!found?.route.upgrade) {
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const { route, params, query } = found;
    const failed = (error: unknown): void => {
      this.#log.error(
        { err: error, plugin: route.plugin, url: redact(request.url) },
        `plugin ${route.plugin} failed to upgrade`,
      );
      socket.destroy();
    };
    try {
      const answer = route.upgrade?.(request, socket, head, params, query);
      if (answer) answer.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #lookUp(
    request: IncomingMessage,
  ): { route: OwnedRoute; params: RouteParams; query: URLSearchParams } | undefined {
    const url = request.url ?? '/';
    const method = (request.method ?? 'GET') as HTTPMethod;
    const extension = extensionOf(url);
    const found =
      this.#find.find(method, url, { extension }) ??
      this.#find.find(method, url, { extension: NO_EXTENSION });
    if (!found) return undefined;
    const mark = url.indexOf('?');
    return {
      route: (found.store as Store).route,
      params: found.params,
      query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    };
  }

  #notFound(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '/').split('?', 1)[0];
    replyJson(request, response, 404, {
      error: 'not-found',
      reason: `nothing is served at ${request.method} ${path}`,
    });
  }

  #add(route: OwnedRoute, all: readonly OwnedRoute[]): void {
    const options = { constraints: { extension: route.extension ?? NO_EXTENSION } };
    try {
      this.#find.on([...route.methods], route.path, options as never, () => {}, { route } satisfies Store);
    } catch (error) {
      const other = all.find(
        (each) =>
          each !== route && shapeOf(each.path) === shapeOf(route.path) && each.extension === route.extension,
      );
      const what = `${route.methods.join(',')} ${route.path}${route.extension ? ` (.${route.extension})` : ''}`;
      throw new LivegoError(
        'LVG_ROUTE_CONFLICT',
        `plugins ${other?.plugin ?? '?'} and ${route.plugin} both claim ${what} on one address; give one of them another port`,
        { cause: error },
      );
    }
  }
}

// Parameters of different names are the same route: `/:app` and `/:id`.
function shapeOf(path: string): string {
  return path.replaceAll(/:\w+/g, ':');
}

// find-my-way asks for a store for each custom constraint.
function createExtensionStore(): {
  get(extension: string): Handler<HTTPVersion> | null;
  set(extension: string, handler: Handler<HTTPVersion>): void;
} {
  const handlers = new Map<string, Handler<HTTPVersion>>();
  return {
    get: (extension) => handlers.get(extension) ?? null,
    set: (extension, handler) => void handlers.set(extension, handler),
  };
}

/** A URL for the log: its path only, since query strings hold tokens. */
export function redact(url: string | undefined): string {
  return (url ?? '').split('?', 1)[0] ?? '';
}
