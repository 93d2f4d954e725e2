// A text that many clients request: built once for each revision, compressed once, shared by all responses.
import { gzipSync } from 'node:zlib';

/** The bytes of a response; they must not be changed. */
export interface CachedBody {
  readonly body: Buffer;
  /** The same as characters of one byte each, which Node writes together with the headers. */
  readonly latin1: string;
  /** Includes its quotation marks. */
  readonly etag: string;
  /** Whether these are the bytes of gzip. */
  readonly compressed: boolean;
  /** The same text, compressed by the first call. */
  gzip(): CachedBody;
}

export function cacheBody(text: string, tag: string): CachedBody {
  const body = Buffer.from(text);
  let compressed: CachedBody | undefined;
  return {
    body,
    latin1: body.length === text.length ? text : body.toString('latin1'),
    etag: `"${tag}"`,
    compressed: false,
    gzip: () => (compressed ??= asIs(gzipSync(body), `"${tag}-gz"`)),
  };
}

function asIs(body: Buffer, etag: string): CachedBody {
  const cached: CachedBody = {
    body,
    latin1: body.toString('latin1'),
    etag,
    compressed: true,
    gzip: () => cached,
  };
  return cached;
}

/** The bodies of the newest revision, by name. */
export class CachedBodies {
  /** Keeps the tags of this run of the server apart from those of other runs. */
  readonly #nonce: string;
  readonly #bodies = new Map<string, CachedBody>();
  #revision = 0;
  #built = 0;

  constructor(nonce: string) {
    this.#nonce = nonce;
  }

  /** Bodies built so far. */
  get built(): number {
    return this.#built;
  }

  /** Everything built so far is out of date. */
  renew(): void {
    this.#revision++;
    this.#bodies.clear();
  }

  get(name: string, build: () => string): CachedBody {
    let cached = this.#bodies.get(name);
    if (!cached) {
      cached = cacheBody(build(), `${this.#nonce}-${this.#revision}-${name}`);
      this.#bodies.set(name, cached);
      this.#built++;
    }
    return cached;
  }
}
