// Lets routes of one path differ by the extension of what is asked for: `/*` with `.flv` is one plugin's, with `.m3u8` another's.
import type { IncomingMessage } from 'node:http';
import type { Handler, HTTPVersion } from 'find-my-way';

export const NO_EXTENSION = '';

/** The extension of a request path's last segment, lower case; "" if there is none. */
export function extensionOf(url: string): string {
  const end = url.search(/[?#;]/);
  const path = end < 0 ? url : url.slice(0, end);
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') ? path.slice(dot + 1).toLowerCase() : NO_EXTENSION;
}

/** As find-my-way wants it. */
export const extensionConstraint = {
  name: 'extension',
  storage: createExtensionStore,
  deriveConstraint: (request: IncomingMessage): string => extensionOf(request.url ?? ''),
  validate: (): void => {},
};

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
