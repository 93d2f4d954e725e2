// `livego sign URL`: makes a link with the secret of a config.
import { createConfigSource } from '../config/load.ts';
import { formatFault } from '../core/config-fault.ts';
import type { ResolvedApp } from '../core/config.ts';
import { matchesServername } from '../core/servername.ts';
import { parseStreamAddress, type StreamAddress } from '../core/stream-address.ts';
import { BUILTIN_PLUGINS } from '../plugins/index.ts';
import type { AuthOptions, SignOptions } from '../plugins/auth/schema.ts';
import { signLink, type Action } from '../plugins/auth/credentials/signatures.ts';
import type { CliIo } from './io.ts';

export interface SignRequest {
  readonly url: string;
  readonly action: Action;
  readonly expiresInSeconds: number;
  readonly ip: string | undefined;
  readonly file: string;
}

export async function sign(request: SignRequest, io: CliIo): Promise<number> {
  const fail = (message: string): number => {
    io.err(`${message}\n`);
    return 1;
  };
  const builtins = io.builtins ?? BUILTIN_PLUGINS;
  const loaded = await createConfigSource({ file: request.file, builtins, env: io.env }).load();
  if (!loaded.ok) return fail(loaded.faults.map((fault) => formatFault(fault)).join('\n'));
  const { apps } = loaded.config;
  const find = (name: string): ResolvedApp | undefined =>
    apps.find(({ servername }) => matchesServername(servername, name));
  const address = parseLink(request.url, (name) => find(name) !== undefined);
  if (typeof address === 'string') return fail(address);
  const options = signOptions(find(address.app), request.action);
  if (!options) return fail(`${request.file} has no auth.sign.secret for application "${address.app}"`);
  if (options.bindIp && request.ip === undefined)
    return fail('auth.sign.bindIp is on: name the client’s address with --ip');
  io.out(`${buildLink(request, address, options)}\n`);
  return 0;
}

function buildLink(
  { url, action, expiresInSeconds, ip }: SignRequest,
  { app, name }: StreamAddress,
  options: SignOptions,
): string {
  const expires = Math.floor(Date.now() / 1000) + expiresInSeconds;
  const facts = { action, app, name, expires, ip: options.bindIp ? ip : undefined };
  const parameters = new URLSearchParams(signLink(facts, options.secret, options));
  return `${url}${url.includes('?') ? '&' : '?'}${parameters.toString()}`;
}

function signOptions(app: ResolvedApp | undefined, action: Action): SignOptions | undefined {
  const options = app?.plugins.get('auth')?.options as AuthOptions | undefined;
  const sign = (options?.[action] ?? options)?.sign;
  return sign && sign.secret !== '' ? sign : undefined;
}

/** The stream behind a link of any protocol, or what is wrong with the link. */
function parseLink(url: string, isApp: (name: string) => boolean): StreamAddress | string {
  const match = /^(rtmps?|https?|wss?):\/\/[^/?#]+\/([^?#]+)(?:\?([^#]*))?$/i.exec(url);
  if (!match) return `"${url}" is not the address of a stream; write rtmp://HOST/APP/NAME`;
  const [, scheme = '', path = '', query = ''] = match;
  const name = scheme.toLowerCase().startsWith('rtmp') ? path : path.replace(/\.(?:flv|m3u8)$/i, '');
  const address = parseStreamAddress({ app: '', name: `${name}?${query}` }, isApp);
  return address.ok ? address : address.reason;
}
