// Master playlists: of a stream and its copies in other qualities, with the addresses of one viewer or of all.
//
// What it says of the streams is written once for each change, with marks in place of the addresses.
import { cacheBody, type CachedBody } from 'livego/http';
import { buildMasterPlaylist } from 'livego/media';
import { RemotePresentation } from '../elsewhere/remote-presentation.ts';
import { fillMaster, mediaUriOf } from '../elsewhere/snapshot.ts';
import type { Presentation } from '../presentation.ts';
import type { PresentationRegistry } from '../presentations.ts';
import type { ServedPresentation } from '../served-presentation.ts';

/** The address of the media playlist of a stream, by its key. */
type UriOf = (key: string) => string;

interface Template {
  readonly revision: number;
  readonly text: string;
}

interface Shared {
  readonly template: string;
  readonly address: string;
  readonly body: CachedBody;
}

export class MasterPlaylists {
  readonly #registry: PresentationRegistry;
  readonly #nonce: string;
  readonly #templates = new WeakMap<Presentation, Template>();
  /** Of each presentation the one that was asked for last. */
  readonly #shared = new WeakMap<ServedPresentation, Shared>();
  #built = 0;

  /** @param nonce - distinguishes the tags of this run of the server from those of others */
  constructor(registry: PresentationRegistry, nonce: string) {
    this.#registry = registry;
    this.#nonce = nonce;
  }

  /** With addresses that only one viewer has. Throws unless the presentation is `ready`, as all of these. */
  ofViewer(presentation: ServedPresentation, uriOf: UriOf): CachedBody {
    return this.#build(this.#templateOf(presentation), uriOf);
  }

  /** With addresses that all viewers have who ask with the same one. */
  ofAll(presentation: ServedPresentation, address: string, uriOf: UriOf): CachedBody {
    const template = this.#templateOf(presentation);
    const present = this.#shared.get(presentation);
    if (present?.template === template && present.address === address) return present.body;
    const body = this.#build(template, uriOf);
    this.#shared.set(presentation, { template, address, body });
    return body;
  }

  /** With marks in place of the addresses: see `mediaUriOf`. */
  ofOwn(presentation: Presentation): string {
    const { revision } = this.#registry;
    const present = this.#templates.get(presentation);
    if (present?.revision === revision) return present.text;
    const all = [presentation, ...this.#registry.renditionsOf(presentation)];
    const text = buildMasterPlaylist(all.map((each) => each.variant(mediaUriOf(each.key))));
    this.#templates.set(presentation, { revision, text });
    return text;
  }

  #templateOf(presentation: ServedPresentation): string {
    return presentation instanceof RemotePresentation
      ? presentation.master
      : this.ofOwn(presentation as Presentation);
  }

  #build(template: string, uriOf: UriOf): CachedBody {
    return cacheBody(fillMaster(template, uriOf), `${this.#nonce}-${++this.#built}`);
  }
}
