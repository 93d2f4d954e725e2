// What a generation serves at each address: one TCP protocol, or HTTP with the routes of every plugin that asked for it.
import type { ConnectionSpec, ListenSpec, RouteSpec } from '../plugin/context.ts';
import { LivegoError } from '../errors.ts';
import { HttpServer } from '../http/http-server.ts';
import { Router, type OwnedRoute } from '../http/router.ts';
import type { Logger } from '../log.ts';
import { formatAddress, isWildcard, parseListenAddress, type ListenAddress } from '../net/address.ts';
import type { Listener } from '../net/listener-pool.ts';
import { readCredentials, TlsAcceptor, type Credentials } from '../net/tls.ts';
import type { Scope } from './scope.ts';

/** One plugin's claim to an address. */
interface Claim {
  readonly scope: Scope;
  readonly spec: ListenSpec;
}

/** Everything claimed at one address, before anything is opened. */
export interface EndpointPlan {
  /** Shared by all who name the same address; with port 0 each option gets a port of its own. */
  readonly key: string;
  readonly address: ListenAddress;
  /** The option that a message about this address names: "httpflv.port". */
  readonly option: string;
  readonly tls: ListenSpec['tls'];
  readonly service:
    | { readonly kind: 'tcp'; readonly onConnection: ConnectionSpec['onConnection'] }
    | { readonly kind: 'http'; readonly router: Router };
}

/** Groups what the scopes declared by address. Throws when two claims exclude each other. Opens nothing. */
export function planEndpoints(scopes: readonly Scope[], log: Logger): EndpointPlan[] {
  const claims = new Map<string, Claim[]>();
  for (const scope of scopes) {
    for (const spec of [...scope.connections, ...scope.routes]) {
      const key = keyOf(scope, spec);
      claims.set(key, [...(claims.get(key) ?? []), { scope, spec }]);
    }
  }
  const plans = [...claims].map(([key, sharing]) => plan(key, sharing, log));
  for (const each of plans) requireFree(each, plans);
  return plans;
}

// Every interface and one of them, on the same port: the system would refuse the second.
function requireFree(one: EndpointPlan, plans: readonly EndpointPlan[]): void {
  if (one.address.port === 0 || !isWildcard(one.address)) return;
  const other = plans.find((each) => each !== one && each.address.port === one.address.port);
  if (!other) return;
  const addresses = `${formatAddress(one.address)} and ${formatAddress(other.address)}`;
  throw new LivegoError(
    'LVG_LISTEN',
    `${one.option} and ${other.option} name ${addresses}, which exclude each other; change a port`,
  );
}

function plan(key: string, claims: readonly Claim[], log: Logger): EndpointPlan {
  const [first, ...rest] = claims as [Claim, ...Claim[]];
  for (const other of rest) requireSharable(first, other);
  const { spec } = first;
  const connection = first.scope.connections.find((each) => each === spec);
  const routes = claims.map(({ scope, spec: each }): OwnedRoute => ({
    ...(each as RouteSpec),
    plugin: scope.definition.name,
  }));
  return {
    key,
    address: addressOf(first),
    option: optionOf(first),
    tls: spec.tls,
    service: connection
      ? { kind: 'tcp', onConnection: (socket) => connection.onConnection(socket) }
      : { kind: 'http', router: new Router(routes, log) },
  };
}

function requireSharable(one: Claim, other: Claim): void {
  const where = formatAddress(addressOf(one));
  const both = `${optionOf(one)} and ${optionOf(other)} both name ${where}`;
  if (!('path' in one.spec) || !('path' in other.spec)) {
    throw new LivegoError('LVG_LISTEN', `${both}, but only HTTP can share a port; change one of them`);
  }
  if (one.spec.tls?.cert !== other.spec.tls?.cert || one.spec.tls?.key !== other.spec.tls?.key) {
    throw new LivegoError(
      'LVG_LISTEN',
      `${both}, but not with the same certificate; give both the same, or change a port`,
    );
  }
}

function keyOf(scope: Scope, spec: ListenSpec): string {
  const address = addressOf({ scope, spec });
  return address.port === 0
    ? `${formatAddress(address)}#${optionOf({ scope, spec })}`
    : formatAddress(address);
}

function addressOf(claim: Claim): ListenAddress {
  const address = parseListenAddress(claim.spec.address);
  if (address) return address;
  throw new LivegoError(
    'LVG_LISTEN',
    `${optionOf(claim)}: "${claim.spec.address}" is no address; write 1935, ":1935" or "127.0.0.1:1935"`,
  );
}

function optionOf({ scope, spec }: Claim): string {
  return `${scope.definition.name}.${spec.option}`;
}

/** An address that is served. Kept, with its connections, from one generation to the next. */
export class Endpoint {
  readonly key: string;
  readonly #listener: Listener;
  #http: HttpServer | undefined;
  #tls: { readonly fingerprint: string; readonly acceptor: TlsAcceptor } | undefined;
  #plan: EndpointPlan;

  constructor(plan: EndpointPlan, listener: Listener) {
    this.key = plan.key;
    this.#plan = plan;
    this.#listener = listener;
  }

  get plan(): EndpointPlan {
    return this.#plan;
  }

  get port(): number {
    return this.#listener.port;
  }

  get scheme(): 'tcp' | 'tls' | 'http' | 'https' {
    const secure = this.#plan.tls !== undefined;
    if (this.#plan.service.kind === 'http') return secure ? 'https' : 'http';
    return secure ? 'tls' : 'tcp';
  }

  /**
   * From now on new connections, and new requests on old ones, are served by this plan. Cannot fail. True if a
   * certificate was in use and is another now.
   */
  use(plan: EndpointPlan, credentials: Credentials | undefined): boolean {
    const before = this.#tls?.fingerprint;
    this.#plan = plan;
    const { service } = plan;
    if (service.kind === 'http') {
      this.#http ??= new HttpServer(service.router);
      this.#http.use(service.router);
    } else {
      this.#http?.close();
      this.#http = undefined;
    }
    const accept = service.kind === 'http' ? this.#acceptHttp : service.onConnection;
    if (!credentials) this.#tls = undefined;
    else if (this.#tls?.fingerprint !== credentials.fingerprint) {
      // Looked up per connection: a plan may change while a handshake is under way.
      const acceptor = new TlsAcceptor(credentials, (socket) => this.#acceptClear(socket));
      this.#tls = { fingerprint: credentials.fingerprint, acceptor };
    }
    const { acceptor } = this.#tls ?? {};
    this.#listener.use(acceptor ? (socket) => acceptor.accept(socket) : accept);
    return before !== undefined && credentials !== undefined && before !== credentials.fingerprint;
  }

  close(): void {
    this.#http?.close();
  }

  #acceptHttp = (socket: Parameters<HttpServer['accept']>[0]): void => this.#http?.accept(socket);

  #acceptClear(socket: Parameters<ConnectionSpec['onConnection']>[0]): void {
    const { service } = this.#plan;
    if (service.kind === 'http') this.#acceptHttp(socket);
    else service.onConnection(socket);
  }
}

/** Certificates of all plans that want one, by the plan's key. */
export async function readAllCredentials(plans: readonly EndpointPlan[]): Promise<Map<string, Credentials>> {
  const wanted = plans.filter((each) => each.tls !== undefined);
  const read = wanted.map(
    async (each) => [each.key, await readCredentials(each.tls!, filesOption(each))] as const,
  );
  return new Map(await Promise.all(read));
}

/** "rtmp.tls.port" is the address; certificate and key stand beside it. */
function filesOption(plan: EndpointPlan): string {
  return plan.option.replace(/\.port$/, '');
}
