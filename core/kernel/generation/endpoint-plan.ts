// The services of a generation at each address, planned before anything is opened: one TCP protocol, or HTTP with the
// routes of every plugin that names the address.
import { describeExpiry } from '../../net/certificate-expiry.ts';
import { livegoError } from '../../errors.ts';
import type { ControlAccess } from '../../http/access/control-access.ts';
import { Router, type OwnedRoute } from '../../http/router.ts';
import type { Logger } from '../../log/log.ts';
import { formatAddress, isWildcard, parseListenAddress, type ListenAddress } from '../../net/address.ts';
import type { PlannedAddress } from '../../net/planned-address.ts';
import type { AddressSet } from '../../net/address-set.ts';
import { readCredentials, type Credentials } from '../../net/tls.ts';
import type { EndpointSpec } from '../instance/declarations.ts';
import type { Scope } from '../instance/scope.ts';
import type { Proxies } from './proxies.ts';

/** One plugin's claim to an address. */
interface Claim {
  readonly scope: Scope;
  readonly spec: EndpointSpec;
}

/** Everything claimed at one address. */
export interface EndpointPlan extends PlannedAddress {
  /** Proxies that must send the header of the PROXY protocol here. */
  readonly proxies: AddressSet;
  readonly service:
    Extract<EndpointSpec['service'], { kind: 'tcp' }> | { readonly kind: 'http'; readonly router: Router };
}

/** Whom the addresses of a generation believe. */
export interface EndpointTrust {
  readonly proxies: Proxies;
  readonly access: ControlAccess;
}

/** Groups the declared endpoints by address. Throws when two claims exclude each other. Opens nothing. */
export function planEndpoints(scopes: readonly Scope[], trust: EndpointTrust, log: Logger): EndpointPlan[] {
  const claims = new Map<string, Claim[]>();
  for (const scope of scopes) {
    for (const spec of scope.declared.endpoints) {
      const key = keyOf({ scope, spec });
      claims.set(key, [...(claims.get(key) ?? []), { scope, spec }]);
    }
  }
  for (const scope of scopes) addGuests(scope, claims);
  const plans = [...claims].map(([key, sharing]) =>
    plan(key, sharing as [Claim, ...Claim[]], { ...trust, log }),
  );
  for (const each of plans) requireFree(each, plans);
  return plans;
}

/** Adds the routes that a plugin serves at the addresses of another. */
function addGuests(scope: Scope, claims: Map<string, Claim[]>): void {
  for (const { hosts, routes, allowOrigin } of scope.declared.guests) {
    const isHosted = (name: string, { scope: host, spec }: Claim): boolean =>
      host.definition.name === name && spec.service.kind === 'http' && spec.option !== undefined;
    const host = hosts.find((name) => [...claims.values()].flat().some((claim) => isHosted(name, claim)));
    if (host === undefined) continue;
    for (const [key, sharing] of claims) {
      const claim = sharing.find((each) => isHosted(host, each));
      if (!claim) continue;
      const { address, tls } = claim.spec;
      const service = { kind: 'http', routes, allowOrigin } as const;
      claims.set(key, [...sharing, { scope, spec: { option: undefined, address, tls, service } }]);
    }
  }
}

/** Certificates of all plans that want one, by the plan's key. */
export async function readAllCredentials(plans: readonly EndpointPlan[]): Promise<Map<string, Credentials>> {
  const read = plans.flatMap(({ key, tls, options }) => {
    // "rtmp.tls.port" is the address; certificate and key stand beside it.
    const option = options[0].replace(/\.port$/, '');
    return tls ? [readCredentials(tls, option).then((credentials) => [key, credentials] as const)] : [];
  });
  return new Map(await Promise.all(read));
}

/** Clients reject a certificate that has expired, so its operator should know. */
export function warnOfExpiry(
  plans: readonly EndpointPlan[],
  credentials: ReadonlyMap<string, Credentials>,
  log: Logger,
): void {
  const told = new Set<string>();
  for (const { key, tls } of plans) {
    const pair = credentials.get(key);
    const expiry = pair && describeExpiry(pair.cert, Date.now());
    if (!tls || expiry === undefined || told.has(tls.cert)) continue;
    told.add(tls.cert);
    log.warn(`the certificate ${tls.cert} ${expiry}`);
  }
}

// An address of every interface excludes those of single interfaces on the same port: the system opens only the first.
function requireFree(one: EndpointPlan, plans: readonly EndpointPlan[]): void {
  if (one.address.port === 0 || !isWildcard(one.address)) return;
  const other = plans.find((each) => each !== one && each.address.port === one.address.port);
  if (!other) return;
  const addresses = `${formatAddress(one.address)} and ${formatAddress(other.address)}`;
  throw livegoError('LVG_LISTEN', 'excludes', { option: one.options[0], other: other.options[0], addresses });
}

function plan(
  key: string,
  claims: readonly [Claim, ...Claim[]],
  { proxies, access, log }: EndpointTrust & { readonly log: Logger },
): EndpointPlan {
  const [first, ...rest] = claims;
  for (const other of rest) requireSharable(first, other);
  const { service, tls } = first.spec;
  const named = claims.filter(({ spec }) => spec.option !== undefined);
  const [firstOption, ...options] = named.map(optionOf) as [string, ...string[]];
  return {
    key,
    address: addressOf(first),
    options: [firstOption, ...new Set(options)],
    tls,
    proxies: proxies.of([firstOption, ...options]),
    service:
      service.kind === 'tcp'
        ? service
        : { kind: 'http', router: new Router(routesOf(claims), log, { proxies: proxies.http, access }) },
  };
}

function routesOf(claims: readonly Claim[]): OwnedRoute[] {
  return claims.flatMap(({ scope, spec: { service } }) =>
    service.kind === 'tcp'
      ? []
      : service.routes.map((route) => ({
          ...route,
          plugin: scope.definition.name,
          allowOrigin: service.allowOrigin,
        })),
  );
}

function requireSharable(one: Claim, other: Claim): void {
  const address = formatAddress(addressOf(one));
  const values = { option: optionOf(one), other: optionOf(other), address };
  if (one.spec.service.kind === 'tcp' || other.spec.service.kind === 'tcp') {
    throw livegoError('LVG_LISTEN', 'notHttp', values);
  }
  if (one.spec.tls?.cert !== other.spec.tls?.cert || one.spec.tls?.key !== other.spec.tls?.key) {
    throw livegoError('LVG_LISTEN', 'certificates', values);
  }
}

function keyOf(claim: Claim): string {
  const address = addressOf(claim);
  const isChosen = address.port === 0 && address.fd === undefined;
  return isChosen ? `${formatAddress(address)}#${optionOf(claim)}` : formatAddress(address);
}

function addressOf(claim: Claim): ListenAddress {
  const written = claim.spec.address;
  const address = parseListenAddress(written);
  if (address) return address;
  const shown = typeof written === 'object' ? JSON.stringify(written) : written;
  throw livegoError('LVG_LISTEN', 'syntax', { option: optionOf(claim), address: shown });
}

function optionOf({ scope, spec }: Claim): string {
  const { name } = scope.definition;
  return spec.option === undefined ? name : `${name}.${spec.option}`;
}
