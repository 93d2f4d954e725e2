// What the log says when a server has started: what it serves, and where.
import { formatAddress, isWildcard } from '../../core/net/address.ts';
import type { ServedAddress } from '../../core/net/served-address.ts';

export interface StartFacts {
  readonly version: string;
  /** Absolute; undefined if there is none. */
  readonly file: string | undefined;
  /** Names and patterns. */
  readonly applications: readonly string[];
  readonly addresses: readonly ServedAddress[];
}

interface Protocol {
  readonly option: string;
  readonly scheme: string;
  readonly suffix: string;
  readonly publishes?: true;
}

const PROTOCOLS: readonly Protocol[] = [
  { option: 'rtmp.port', scheme: 'rtmp', suffix: '', publishes: true },
  { option: 'rtmp.tls.port', scheme: 'rtmps', suffix: '', publishes: true },
  { option: 'httpflv.port', scheme: 'http', suffix: '.flv' },
  { option: 'httpflv.tls.port', scheme: 'https', suffix: '.flv' },
  { option: 'hls.port', scheme: 'http', suffix: '.m3u8' },
  { option: 'hls.tls.port', scheme: 'https', suffix: '.m3u8' },
];

export function startLines({ version, file, applications, addresses }: StartFacts): string[] {
  const config = file === undefined ? 'no config file, the defaults' : `the config ${file}`;
  const names = applications.length === 1 ? 'application' : 'applications';
  const lines = [`livego ${version} runs with ${config}; ${names} ${applications.join(', ') || '(none)'}`];
  const app = applications.find((name) => !name.includes('*')) ?? 'APP';
  const urls = (protocols: readonly Protocol[]): string =>
    protocols.flatMap((protocol) => urlsOf(protocol, app, addresses)).join(', ');
  const publish = urls(PROTOCOLS.filter(({ publishes }) => publishes));
  const play = urls(PROTOCOLS);
  if (publish !== '') lines.push(`publish to ${publish}`);
  if (play !== '') lines.push(`play ${play}`);
  return lines;
}

function urlsOf(
  { option, scheme, suffix }: Protocol,
  app: string,
  addresses: readonly ServedAddress[],
): string[] {
  return addresses
    .filter(({ options }) => options.includes(option))
    .map((address) => {
      const host = isWildcard(address) ? 'localhost' : address.host;
      return `${scheme}://${formatAddress({ host, port: address.port })}/${app}/NAME${suffix}`;
    });
}
