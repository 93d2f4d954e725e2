// The files of the page, and the players that it loads. They are read when they are first requested.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Denial } from 'livego';
import { cacheBody, replyCachedBody, replyDenial, type CachedBody } from 'livego/http';

interface PageFile {
  readonly type: string;
  /** Where it may be, the likeliest place first. */
  readonly places: () => readonly string[];
}

const SCRIPT = 'text/javascript; charset=utf-8';

const FILES: Readonly<Record<string, PageFile>> = {
  'index.html': { type: 'text/html; charset=utf-8', places: () => ownPlaces('page/index.html') },
  'page.css': { type: 'text/css; charset=utf-8', places: () => ownPlaces('page/page.css') },
  'page.js': { type: SCRIPT, places: () => ownPlaces('page/page.js') },
  'mpegts.js': { type: SCRIPT, places: () => playerPlaces('mpegts.js', 'mpegts.js/dist/mpegts.js') },
  'hls.js': { type: SCRIPT, places: () => playerPlaces('hls.js', 'hls.js/dist/hls.light.min.js') },
};

/** The page loads nothing from elsewhere. Media comes from other ports of this server, and players make workers. */
const POLICY = [
  "default-src 'self'",
  "img-src 'self' data:",
  'connect-src * ws: wss:',
  'media-src * blob:',
  "worker-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export class PageFiles {
  readonly #bodies = new Map<string, Promise<CachedBody | undefined>>();

  get names(): readonly string[] {
    return Object.keys(FILES);
  }

  handlerOf(name: string): Handler {
    const { type = '' } = FILES[name] ?? {};
    return async (request, response) => {
      const body = await this.#read(name);
      if (!body) return replyDenial(request, response, new Denial('not-found', `this build has no ${name}`));
      response.setHeader('content-security-policy', POLICY);
      response.setHeader('x-content-type-options', 'nosniff');
      replyCachedBody(request, response, body, { type, cacheControl: 'no-cache' });
    };
  }

  #read(name: string): Promise<CachedBody | undefined> {
    let body = this.#bodies.get(name);
    if (!body) {
      body = readFirst(FILES[name]?.places() ?? []);
      this.#bodies.set(name, body);
      // What keeps a file from being read may be over at the next request, such as a lack of descriptors.
      body.catch(() => this.#bodies.delete(name));
    }
    return body;
  }
}

async function readFirst(places: readonly string[]): Promise<CachedBody | undefined> {
  for (const place of places) {
    try {
      const text = await readFile(place, 'utf8');
      return cacheBody(text, createHash('sha256').update(text).digest('base64url').slice(0, 16));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return undefined;
}

/** Beside this file in a checkout; compiled, this file is in dist/plugins/demo of the same package. */
function ownPlaces(path: string): string[] {
  return [`./${path}`, `../../../plugins/demo/${path}`].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  );
}

/** In the package; in a checkout, where npm has installed it. */
function playerPlaces(name: string, module: string): string[] {
  const own = ownPlaces(`players/${name}`);
  try {
    return [...own, createRequire(import.meta.url).resolve(module)];
  } catch {
    // It is a development package.
    return own;
  }
}
