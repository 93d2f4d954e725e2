// Pages that may show a stream. A browser's word can be believed, that of other programs cannot: this keeps streams off
// foreign pages, and nobody else away.
import { Denial, matchesServername, type Client } from 'livego';
import type { RefererOptions } from './schema.ts';

const HTTP = /^(?:https?|wss?)-/;

export class RefererList {
  readonly #options: RefererOptions;

  constructor(options: RefererOptions) {
    this.#options = options;
  }

  check({ protocol, pageUrl }: Client): Denial | undefined {
    const { allow, allowEmpty } = this.#options;
    if (allow.length === 0 || !HTTP.test(protocol)) return undefined;
    if (pageUrl === undefined || pageUrl === '')
      return allowEmpty ? undefined : new Denial('forbidden', 'the request names no page (Referer, Origin)');
    const host = hostOfPage(pageUrl);
    if (host !== undefined && allow.some((pattern) => matchesServername(pattern.toLowerCase(), host)))
      return undefined;
    return new Denial('forbidden', 'streams may not be played on this page');
  }
}

function hostOfPage(url: string): string | undefined {
  try {
    const { hostname } = new URL(url);
    return hostname === '' ? undefined : hostname.toLowerCase();
  } catch {
    // "null", the origin of a page from a file or a sandbox, is no URL.
    return undefined;
  }
}
