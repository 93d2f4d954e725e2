// The response to a request, as the HTTP server makes it for each of them.
//
// Node is quick with a head that is given as one list, and slow once a single header has been set before. So the header that
// nearly every response needs, the one for pages of all origins, is only noted until the head is written.
import { ServerResponse, type OutgoingHttpHeader, type OutgoingHttpHeaders } from 'node:http';

/** Names and values in turn. */
export type HeaderList = readonly (string | number)[];

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];

const ALLOW_ORIGIN = 'access-control-allow-origin';
const FOR_ALL: HeaderList = [ALLOW_ORIGIN, '*'];

export class HttpResponse extends ServerResponse {
  #forAllOrigins = false;
  /** It is in the head that has been written, and Node does not know it. */
  #wasForAllOrigins = false;

  /** Pages of all origins may read it, unless the header is set to something else, or removed. */
  allowAllOrigins(): void {
    this.#forAllOrigins = true;
  }

  /** Writes a head that names no header of CORS itself. */
  writeHeadList(status: number, headers: HeaderList): void {
    const adds = this.#forAllOrigins && !super.hasHeader(ALLOW_ORIGIN);
    this.#forAllOrigins = false;
    super.writeHead(status, (adds ? FOR_ALL.concat(headers) : headers) as (string | number)[]);
    this.#wasForAllOrigins = adds;
  }

  override writeHead(status: number, message?: string, headers?: Headers): this;
  override writeHead(status: number, headers?: Headers): this;
  override writeHead(status: number, message?: string | Headers, headers?: Headers): this {
    const given = typeof message === 'string' ? headers : (headers ?? message);
    const all = this.#forAllOrigins && !this.headersSent ? this.#withOrigin(given) : given;
    this.#forAllOrigins = false;
    return typeof message === 'string' ? super.writeHead(status, message, all) : super.writeHead(status, all);
  }

  #withOrigin(given: Headers = {}): Headers {
    if (super.hasHeader(ALLOW_ORIGIN)) return given;
    const isOne = !Array.isArray(given) && super.getHeaderNames().length === 0;
    if (isOne) {
      if (Object.keys(given).some(isAllowOrigin)) return given;
      this.#wasForAllOrigins = true;
      return { [ALLOW_ORIGIN]: '*', ...given };
    }
    // What is given takes its place.
    this.setHeader(ALLOW_ORIGIN, '*');
    return given;
  }

  override getHeader(name: string): ReturnType<ServerResponse['getHeader']> {
    return super.getHeader(name) ?? (this.#isNoted(name) ? '*' : undefined);
  }

  override hasHeader(name: string): boolean {
    return super.hasHeader(name) || this.#isNoted(name);
  }

  override getHeaders(): ReturnType<ServerResponse['getHeaders']> {
    const headers = super.getHeaders();
    if (this.#isNoted(ALLOW_ORIGIN)) headers[ALLOW_ORIGIN] ??= '*';
    return headers;
  }

  override getHeaderNames(): string[] {
    const names = super.getHeaderNames();
    return this.#isNoted(ALLOW_ORIGIN) && !names.includes(ALLOW_ORIGIN) ? [ALLOW_ORIGIN, ...names] : names;
  }

  override appendHeader(name: string, value: string | readonly string[]): this {
    // Node appends to what it knows.
    if (this.#forAllOrigins && isAllowOrigin(name) && !super.hasHeader(name)) this.setHeader(name, '*');
    return super.appendHeader(name, value);
  }

  override removeHeader(name: string): void {
    super.removeHeader(name);
    if (this.#isNoted(name)) this.#forAllOrigins = false;
  }

  #isNoted(name: string): boolean {
    return (this.#forAllOrigins || this.#wasForAllOrigins) && isAllowOrigin(name);
  }
}

function isAllowOrigin(name: string): boolean {
  return name.length === ALLOW_ORIGIN.length && name.toLowerCase() === ALLOW_ORIGIN;
}

/** Writes a head that names no header of CORS itself, in the way that costs least. */
export function writeHeadList(response: ServerResponse, status: number, headers: HeaderList): void {
  if (response instanceof HttpResponse) response.writeHeadList(status, headers);
  else response.writeHead(status, headers as (string | number)[]);
}
