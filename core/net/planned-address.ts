// An address that a config asks for, before it is opened.
import type { ListenAddress } from './address.ts';
import type { TlsFiles } from './tls.ts';

export interface PlannedAddress {
  /** Shared by all plugins that name the same address; with port 0 each option gets a port of its own. */
  readonly key: string;
  readonly address: ListenAddress;
  /** The options that name it: "httpflv.port", "hls.port". Messages name the first. */
  readonly options: readonly [string, ...string[]];
  readonly tls: TlsFiles | undefined;
  readonly service: { readonly kind: 'tcp' | 'http' };
}

export function certificateFilesOf(addresses: readonly Pick<PlannedAddress, 'tls'>[]): string[] {
  return addresses.flatMap(({ tls }) => (tls ? [tls.cert, tls.key] : []));
}
