// `livego service`: prints units for systemd.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseListenAddress } from '../../core/net/address.ts';
import type { CliIo } from '../io.ts';
import { PACKAGE_FOLDER } from '../package-files.ts';

export interface ServiceRequest {
  readonly config: string;
  readonly user?: string;
  /** Print a unit for a socket at this address instead. */
  readonly socket?: string;
}

/** The exit code: 1 if the address is none. */
export function printService(request: ServiceRequest, io: CliIo): number {
  if (request.socket === undefined) {
    io.out(serviceUnit(request));
    return 0;
  }
  const address = parseListenAddress(request.socket);
  if (address === undefined) {
    io.err(`"${request.socket}" is not an address; write 1935, ":1935" or "127.0.0.1:1935"\n`);
    return 1;
  }
  // systemd takes a bare port for every interface.
  io.out(fill('livego.socket', { ADDRESS: request.socket.trim().replace(/^:/, '') }));
  return 0;
}

function serviceUnit({ config, user }: ServiceRequest): string {
  const command = [process.execPath, join(PACKAGE_FOLDER, 'bin', 'livego.js'), '--config_file', config];
  return fill('livego.service', {
    COMMAND: command.map(quote).join(' '),
    DOCS: escapePath(join(PACKAGE_FOLDER, 'docs', 'guides', 'install.md')),
    USER: user === undefined ? 'DynamicUser=yes' : `User=${user}`,
  });
}

/** A unit of examples/systemd with the values in the place of @NAME@. */
function fill(template: string, values: Readonly<Record<string, string>>): string {
  const text = readFileSync(join(PACKAGE_FOLDER, 'examples', 'systemd', template), 'utf8');
  return text.replaceAll(/@([A-Z]+)@/g, (mark, name: string) => values[name] ?? mark);
}

/** As systemd reads a word of ExecStart: % begins a specifier, $ a variable. */
function quote(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@%+=:,./-]+$/.test(escaped) ? escaped : `"${escaped.replaceAll(/["\\]/g, '\\$&')}"`;
}

function escapePath(path: string): string {
  return encodeURI(path).replaceAll('%', '%%');
}
