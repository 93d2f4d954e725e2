// A playlist as it goes out: built once for each revision, shared by everybody who asks.
import { gzipSync } from 'node:zlib';

/** Bytes of an answer, which nobody may change. */
export interface CachedBody {
  readonly body: Buffer;
  /** With its quotation marks. */
  readonly etag: string;
  /** The same, compressed when first asked for. */
  gzip(): CachedBody;
}

export function prepare(text: string, tag: string): CachedBody {
  const body = Buffer.from(text);
  let compressed: CachedBody | undefined;
  return {
    body,
    etag: `"${tag}"`,
    gzip: () => (compressed ??= asIs(gzipSync(body), `"${tag}-gz"`)),
  };
}

function asIs(body: Buffer, etag: string): CachedBody {
  const prepared: CachedBody = { body, etag, gzip: () => prepared };
  return prepared;
}

/** Keeps what was prepared for the newest revision, by kind. */
export class CachedPlaylists<Kind extends string> {
  /** Distinguishes the tags of this run of the server from those of others. */
  readonly #nonce: string;
  readonly #prepared = new Map<Kind, CachedBody>();
  #revision = 0;
  #built = 0;

  constructor(nonce: string) {
    this.#nonce = nonce;
  }

  /** How many playlists were built so far. */
  get built(): number {
    return this.#built;
  }

  /** Everything prepared so far is out of date. */
  renew(): void {
    this.#revision++;
    this.#prepared.clear();
  }

  get(kind: Kind, build: () => string): CachedBody {
    let prepared = this.#prepared.get(kind);
    if (!prepared) {
      prepared = prepare(build(), `${this.#nonce}-${this.#revision}-${kind}`);
      this.#prepared.set(kind, prepared);
      this.#built++;
    }
    return prepared;
  }
}
