// From options to methods, in the order in which they are asked: what costs least comes first.
import { Chain } from './chain.ts';
import type { PasswordCheck } from '../credentials/passwords.ts';
import { isOn, type MethodOptions } from '../method-schema.ts';
import type { Method } from './verdict.ts';
import { AddressList } from './address-list.ts';
import type { ChannelKey } from './channel-key.ts';
import { JsonWebToken } from './json-web-token.ts';
import { SignedLink } from './signed-link.ts';
import { StaticUsers } from './static-users.ts';

export interface ChainParts {
  readonly channelKey: ChannelKey;
  readonly passwords: PasswordCheck;
}

export interface BuiltChain {
  readonly chain: Chain;
  readonly users: StaticUsers | undefined;
  /** Reads keys of tokens. */
  start(): Promise<void>;
}

export function usesChannelKeys({ channelKeys }: MethodOptions): boolean {
  return isOn(channelKeys);
}

/** Whether any method is configured for publishing. */
export function hasPublishMethods(options: MethodOptions): boolean {
  const { allow, sign, jwt, users } = options;
  const hasKey = jwt.secret !== '' || jwt.keyFile !== '' || jwt.jwksUrl !== '';
  return allow.length > 0 || usesChannelKeys(options) || sign.secret !== '' || hasKey || users.length > 0;
}

/** Channel keys are for publishing: rooms are played by their names. */
export function buildChain(options: MethodOptions, role: 'publish' | 'play', parts: ChainParts): BuiltChain {
  const { mode, allow, sign, jwt, users } = options;
  const methods: Method[] = [];
  if (allow.length > 0) methods.push(new AddressList(allow));
  if (role === 'publish' && usesChannelKeys(options)) methods.push(parts.channelKey);
  if (sign.secret !== '') methods.push(new SignedLink(sign));
  const hasKey = jwt.secret !== '' || jwt.keyFile !== '' || jwt.jwksUrl !== '';
  const token = hasKey ? new JsonWebToken(jwt) : undefined;
  if (token) methods.push(token);
  const staticUsers = users.length > 0 ? new StaticUsers(users, parts.passwords) : undefined;
  if (staticUsers) methods.push(staticUsers);
  return {
    chain: new Chain(methods, mode),
    users: staticUsers,
    start: async () => token?.start(),
  };
}
