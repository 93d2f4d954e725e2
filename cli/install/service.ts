// `livego service`: prints units for systemd.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseListenAddress } from '../../core/net/address.ts';
import type { CliIo } from '../io.ts';
import { PACKAGE_FOLDER } from '../package-files.ts';

export interface ServiceRequest {
  readonly config: string;
  readonly user?: string;
  /** Print a unit for sockets at these addresses instead. */
  readonly socket?: readonly string[];
}

/** The number of the first socket that systemd passes (sd_listen_fds(3)). */
const FIRST_SOCKET = 3;

/** systemd's strict rule (https://systemd.io/USER_NAMES), or a number. */
const USER = /^(?:[A-Za-z_][\w-]{0,30}|\d+)$/;

/** The exit code: 1 if an address or the user is none. */
export function printService(request: ServiceRequest, io: CliIo): number {
  const { user } = request;
  if (user !== undefined && !USER.test(user)) {
    io.err(`"${user}" is not the name of a user\n`);
    return 1;
  }
  if (request.socket === undefined) {
    io.out(serviceUnit(request));
    return 0;
  }
  const wrong = request.socket.find((each) => parseListenAddress(each) === undefined);
  if (wrong !== undefined) {
    io.err(`"${wrong}" is not an address; write 1935, ":1935" or "127.0.0.1:1935"\n`);
    return 1;
  }
  io.out(fill('livego.socket', { SOCKETS: request.socket.map(describeSocket).join('\n') }));
  return 0;
}

/** systemd takes a bare port for every interface. */
function describeSocket(address: string, index: number): string {
  return `# In the config: { fd: ${FIRST_SOCKET + index} }\nListenStream=${address.trim().replace(/^:/, '')}`;
}

function serviceUnit({ config, user }: ServiceRequest): string {
  const command = [
    process.execPath,
    join(PACKAGE_FOLDER, 'bin', 'livego.js'),
    '--config_file',
    resolve(config),
  ];
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
