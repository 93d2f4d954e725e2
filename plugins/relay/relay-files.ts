// The files that relays need, read when a config is started: one that cannot be read rejects the config.
import { readRegularFile } from 'livego/files';
import { createSecureContext } from 'node:tls';
import { LivegoError, messageOf } from 'livego';
import type { TlsTrust } from './connections/dial.ts';
import { readSlate, type SlateFile } from './slate.ts';

const MAX_PEM_BYTES = 4 * 1024 * 1024;

interface NamedFiles {
  readonly ca: string;
  readonly fallback?: string;
}

export class RelayFiles {
  readonly #authorities = new Map<string, Buffer>();
  readonly #slates = new Map<string, SlateFile>();

  /** Throws LVG_TLS or LVG_FLV, naming the file and what is wrong with it. */
  async read(specs: readonly NamedFiles[]): Promise<void> {
    for (const { ca, fallback = '' } of specs) {
      if (ca !== '' && !this.#authorities.has(ca)) this.#authorities.set(ca, await readAuthorities(ca));
      if (fallback !== '' && !this.#slates.has(fallback))
        this.#slates.set(fallback, await readSlate(fallback));
    }
  }

  findTrust({ ca, insecure }: { readonly ca: string; readonly insecure: boolean }): TlsTrust {
    return { ca: this.#authorities.get(ca), insecure };
  }

  findSlate(file: string): SlateFile | undefined {
    return this.#slates.get(file);
  }
}

async function readAuthorities(file: string): Promise<Buffer> {
  try {
    const ca = await readRegularFile(file, { maxBytes: MAX_PEM_BYTES });
    createSecureContext({ ca });
    return ca;
  } catch (error) {
    const message = `relay.ca: ${file} cannot be used (${messageOf(error)}); it must be a PEM file`;
    throw new LivegoError('LVG_TLS', message, { cause: error });
  }
}
