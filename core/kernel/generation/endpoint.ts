// An address that is served. It is kept, with its connections, from one generation to the next.
import type { Socket } from 'node:net';
import { HttpServer } from '../../http/http-server.ts';
import type { Router } from '../../http/router.ts';
import type { HttpServices } from '../../http/http-services.ts';
import type { Listener } from '../../net/listener.ts';
import { readProxyHeader } from '../../net/proxied-connections.ts';
import { TlsAcceptor, type Credentials } from '../../net/tls.ts';
import type { ServedAddress } from '../../net/served-address.ts';
import type { EndpointPlan } from './endpoint-plan.ts';

/** A plan that an endpoint is ready to follow: everything that can fail is done. */
export interface PreparedPlan {
  readonly certificateChanged: boolean;
  /** From now on the plan serves new connections, and new requests on old ones. Cannot fail. */
  apply(): void;
}

interface SecureSide {
  readonly fingerprint: string;
  readonly acceptor: TlsAcceptor;
}

export class Endpoint {
  readonly key: string;
  readonly #listener: Listener;
  readonly #services: HttpServices;
  #http: HttpServer | undefined;
  #tls: SecureSide | undefined;
  #plan: EndpointPlan;

  constructor(plan: EndpointPlan, listener: Listener, services: HttpServices) {
    this.#services = services;
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

  /** For lists of what the server listens on. */
  get served(): ServedAddress {
    const { options, address } = this.#plan;
    return { option: options[0], options, scheme: this.#scheme, host: address.host, port: this.port };
  }

  get #scheme(): ServedAddress['scheme'] {
    const secure = this.#plan.tls !== undefined;
    if (this.#plan.service.kind === 'http') return secure ? 'https' : 'http';
    return secure ? 'tls' : 'tcp';
  }

  prepare(plan: EndpointPlan, credentials: Credentials | undefined): PreparedPlan {
    const { service } = plan;
    const http = service.kind === 'http' ? (this.#http ?? this.#serveHttp(service.router)) : undefined;
    const before = this.#tls;
    const tls = credentials && (this.#reusable(credentials) ?? this.#secure(credentials));
    return {
      certificateChanged: before !== undefined && tls !== undefined && before !== tls,
      apply: () => {
        this.#plan = plan;
        if (!http) this.#http?.close();
        this.#http = http;
        if (service.kind === 'http') http?.use(service.router);
        this.#tls = tls;
        const accept = tls
          ? (socket: Socket) => tls.acceptor.accept(socket)
          : (socket: Socket) => this.#acceptClear(socket);
        this.#listener.use((socket) => this.#acceptProxied(socket, accept));
      },
    };
  }

  close(): void {
    this.#http?.close();
  }

  #serveHttp(router: Router): HttpServer {
    return new HttpServer(router, this.#services);
  }

  #reusable({ fingerprint }: Credentials): SecureSide | undefined {
    return this.#tls?.fingerprint === fingerprint ? this.#tls : undefined;
  }

  #secure(credentials: Credentials): SecureSide {
    const acceptor = new TlsAcceptor(
      credentials,
      (socket) => this.#acceptClear(socket),
      (remote, reason) => this.#listener.noteFailedHandshake(remote, reason),
    );
    return { fingerprint: credentials.fingerprint, acceptor };
  }

  #acceptProxied(socket: Socket, accept: (socket: Socket) => void): void {
    const proxy = socket.remoteAddress ?? '';
    if (!this.#plan.proxies.has(proxy)) return accept(socket);
    const listener = this.#listener;
    readProxyHeader(
      socket,
      () => listener.guard(socket, accept),
      () => listener.noteBadHeader(proxy),
    );
  }

  // The plan is looked up for each connection: it may change while a TLS handshake is under way.
  #acceptClear(socket: Socket): void {
    const { service } = this.#plan;
    const transport = this.#plan.tls ? 'tls' : 'plain';
    if (service.kind === 'tcp') this.#listener.guard(socket, (it) => service.onConnection(it, transport));
    else this.#http?.accept(socket);
  }
}
