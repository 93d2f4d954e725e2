// Whether everybody who reaches the server may publish: said once at the start, with the way out.
import { isIP } from 'node:net';
import type { ServedAddress } from '../net/served-address.ts';
import type { App } from './generation/app.ts';
import { hasGuards } from './generation/guards.ts';

/** More applications than this are counted. */
const MAX_NAMED = 3;

/** Undefined while somebody watches the door of each application, or only programs of this machine reach it. */
export function describeOpenPublishing(
  { apps }: { readonly apps: { readonly all: readonly Pick<App, 'servername' | 'scopes'>[] } },
  addresses: readonly ServedAddress[],
): string | undefined {
  const open = addresses.filter(({ scheme, host }) => /^(tcp|tls)$/.test(scheme) && !isLoopback(host));
  const unguarded = apps.all.filter(({ scopes }) => !hasGuards(scopes, ['connect', 'publish']));
  if (open.length === 0 || unguarded.length === 0) return undefined;
  const options = open.map(({ option }) => option).join(' and ');
  const names = unguarded.slice(0, MAX_NAMED).map(({ servername }) => servername);
  const more = unguarded.length - names.length;
  const where = `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return `everybody who reaches ${options} may publish to ${where}; configure "auth", or listen on 127.0.0.1`;
}

function isLoopback(host: string | undefined): boolean {
  if (host === undefined) return false;
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
