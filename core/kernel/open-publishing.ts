// Whether everybody who reaches the server may publish: said once at the start, with the way out.
import { isIP } from 'node:net';
import type { ServedAddress } from '../net/served-address.ts';
import type { App } from './generation/app.ts';
import type { Generation } from './generation/generation.ts';
import { hasGuards } from './generation/guards.ts';

/** Undefined while somebody watches the door, or only programs of this machine reach it. */
export function describeOpenPublishing(
  { scopes, apps }: Pick<Generation, 'scopes' | 'apps'>,
  addresses: readonly ServedAddress[],
): string | undefined {
  const open = addresses.filter(({ scheme, host }) => /^(tcp|tls)$/.test(scheme) && !isLoopback(host));
  if (open.length === 0 || apps.length === 0) return undefined;
  if (hasGuards(scopes, ['connect', 'publish'])) return undefined;
  const options = open.map(({ option }) => option).join(' and ');
  const names = apps.map((app: App) => app.servername).slice(0, 3);
  return `everybody who reaches ${options} may publish to ${names.join(', ')}; configure "auth", or listen on 127.0.0.1`;
}

function isLoopback(host: string | undefined): boolean {
  if (host === undefined) return false;
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
