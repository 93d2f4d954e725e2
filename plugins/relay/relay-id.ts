// Ids of the relays that the config asks for. They follow from the config alone: every worker gives the same relay the same
// one, also a worker that has seen other reloads, and figures keep their labels over restarts.
import { createHash } from 'node:crypto';
import type { StreamPlace } from './connections/address.ts';
import { addressesOf, type RelaySpec } from './specs.ts';

/** Hexadecimal digits. Two relays that have the same ones are told apart by a number behind them. */
const DIGITS = 6;

/** `push-3f09ac`. Secrets of its address have no part in it, so that it tells nothing of them. */
export function idOfConfig({ kind, spec }: RelaySpec, servername: string): string {
  const place = { app: servername, name: spec.name };
  const urls = kind === 'push' ? [spec.url] : spec.urls;
  const only = kind === 'push' ? [spec.prefix, spec.only] : [spec.app];
  const facts = [kind, servername, spec.name, ...only, ...labelsOf(urls, place)];
  return `${kind}-${createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, DIGITS)}`;
}

/** The id, or the first one behind it that is free. */
export function freeId(id: string, isTaken: (id: string) => boolean): string {
  for (let number = 1; ; number++) {
    const next = number === 1 ? id : `${id}-${number}`;
    if (!isTaken(next)) return next;
  }
}

function labelsOf(urls: readonly string[], { app, name }: StreamPlace): readonly string[] {
  return addressesOf(urls, { app, name, displayKey: `${app}/${name}` }, name).map(({ label }) => label);
}
