// The recordings that the plugins of a generation offer.
import { livegoError } from '../../errors.ts';
import type { StoredItem, StoredLibrary, StoredMedia } from '../../session/stored/stored-media.ts';
import type { Scope } from '../instance/scope.ts';

export class StoredTable implements StoredLibrary {
  readonly #media = new Map<string, { readonly plugin: string; readonly media: StoredMedia }>();

  /** Throws LVG_PLUGIN_FAILED for two plugins with the same prefix. */
  constructor(scopes: readonly Scope[]) {
    for (const scope of scopes) for (const media of scope.declared.stored) this.#add(scope.label, media);
  }

  has(prefix: string): boolean {
    return this.#media.has(prefix);
  }

  find(path: string): StoredItem | undefined {
    const [prefix = '', ...rest] = path.split('/');
    return this.#media.get(prefix)?.media.find(rest.join('/'));
  }

  #add(plugin: string, media: StoredMedia): void {
    const { prefix } = media;
    const present = this.#media.get(prefix);
    if (present)
      throw livegoError('LVG_PLUGIN_FAILED', 'storedTwice', { plugin, other: present.plugin, prefix });
    this.#media.set(prefix, { plugin, media });
  }
}
