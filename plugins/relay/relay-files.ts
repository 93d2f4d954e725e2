// The files that relays need, read when a config is started: one that cannot be read rejects the config. Authorities are
// read again when they change, for connections that begin later.
import { X509Certificate } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { LivegoError, messageOf, type Logger } from 'livego';
import { readRegularFile } from 'livego/files';
import type { TlsTrust } from './connections/dial.ts';
import { readSlate, type SlateFile } from './relays/slate.ts';

const MAX_PEM_BYTES = 4 * 1024 * 1024;

interface NamedFiles {
  readonly ca: string;
  readonly fallback?: string;
}

interface Authorities {
  readonly ca: Buffer;
  /** Tells whether the file has been written since. */
  readonly stamp: string;
}

export class RelayFiles {
  readonly #authorities = new Map<string, Authorities>();
  readonly #slates = new Map<string, SlateFile>();
  /** Files that could not be read again, by the stamp that they had. */
  readonly #unusable = new Map<string, string>();
  #refreshing = false;

  /** Throws LVG_TLS or LVG_FLV, naming the file and what is wrong with it. */
  async read(specs: readonly NamedFiles[]): Promise<void> {
    for (const { ca, fallback = '' } of specs) {
      if (ca !== '' && !this.#authorities.has(ca)) this.#authorities.set(ca, await readAuthorities(ca));
      if (fallback !== '' && !this.#slates.has(fallback))
        this.#slates.set(fallback, await readSlate(fallback));
    }
  }

  /** Whether there is anything to refresh: of thousands of applications few name authorities of their own. */
  get hasAuthorities(): boolean {
    return this.#authorities.size > 0;
  }

  /** Reads authorities again that have changed. Answers whether there were any. */
  async refresh(log: Logger): Promise<boolean> {
    if (this.#refreshing) return false;
    this.#refreshing = true;
    try {
      const before = new Map(this.#authorities);
      for (const file of before.keys()) await this.#refreshOne(file, log);
      return [...before].some(([file, known]) => this.#authorities.get(file) !== known);
    } finally {
      this.#refreshing = false;
    }
  }

  findTrust({ ca, insecure }: { readonly ca: string; readonly insecure: boolean }): TlsTrust {
    return { ca: this.#authorities.get(ca)?.ca, insecure };
  }

  findSlate(file: string): SlateFile | undefined {
    return this.#slates.get(file);
  }

  // A file that is being written, or is gone, leaves what was read before; the log says so once.
  async #refreshOne(file: string, log: Logger): Promise<void> {
    const known = this.#authorities.get(file);
    const stamp = await stampOf(file).catch(() => 'missing');
    if (stamp === known?.stamp || stamp === this.#unusable.get(file)) return;
    try {
      this.#authorities.set(file, await readAuthorities(file));
      this.#unusable.delete(file);
      log.info(`relay.ca: ${file} was read again`);
    } catch (error) {
      this.#unusable.set(file, stamp);
      log.warn(`${messageOf(error)}; what was read before stays`);
    }
  }
}

async function readAuthorities(file: string): Promise<Authorities> {
  try {
    // The stamp comes first: a write in between is found at the next look.
    const stamp = await stampOf(file);
    const ca = await readRegularFile(file, { maxBytes: MAX_PEM_BYTES });
    requireCertificates(ca.toString('latin1'));
    return { ca, stamp };
  } catch (error) {
    const message = `relay.ca: ${file} cannot be used (${messageOf(error)}); it must be a PEM file`;
    throw new LivegoError('LVG_TLS', message, { cause: error });
  }
}

const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^]*?-----END [\w ]+-----/g;

// TLS itself takes a file without certificates for an empty list of authorities, with which every peer fails.
function requireCertificates(text: string): void {
  const certificates = text.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) throw new TypeError('it holds no certificate');
  for (const certificate of certificates) void new X509Certificate(certificate);
}

async function stampOf(file: string): Promise<string> {
  const { ino, size, mtimeMs, ctimeMs } = await stat(file);
  return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}
