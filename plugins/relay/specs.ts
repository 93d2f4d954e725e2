// What the options ask for, in one form: the classic options are translated.
import { matchesServername } from 'livego';
import {
  fillTemplate,
  findFault,
  hideName,
  parseAddress,
  type RelayAddress,
  type StreamPlace,
} from './connections/address.ts';
import type { PullOptions, PushOptions, RelayOptions } from './schema.ts';

export interface PushSpec {
  /** A template. */
  readonly url: string;
  /** The streams that are pushed: a name, or a pattern with `*`. */
  readonly name: string;
  /** `live/movie` must contain this; for the classic options. */
  readonly prefix: string;
  readonly only: 'all' | 'audio' | 'video';
  readonly ca: string;
  readonly insecure: boolean;
}

export interface PullSpec {
  readonly urls: readonly string[];
  readonly app: string;
  readonly name: string;
  readonly fallback: string;
  readonly ca: string;
  readonly insecure: boolean;
}

export type RelaySpec =
  { readonly kind: 'push'; readonly spec: PushSpec } | { readonly kind: 'pull'; readonly spec: PullSpec };

export type DemandSpec = Omit<PullSpec, 'app' | 'name'>;

/** Whether the streams of an application entry are meant by a name of their own. */
export function isPattern(servername: string): boolean {
  return servername.includes('*');
}

export function pushSpecs(options: RelayOptions): readonly PushSpec[] {
  const classic = options.staticPush.map((push): PushSpec =>
    typeof push === 'string'
      ? staticPush(`${push.replace(/\/+$/, '')}/`, '', options)
      : staticPush(withPath(push.upstream), push.master_prefix, options),
  );
  return [...options.push.map((push) => readPush(push, options)), ...classic, ...subPushes(options)];
}

export function pullSpecs(options: RelayOptions, servername: string): readonly PullSpec[] {
  const pulls = options.pull.map((pull) => pullSpec(pull, options, servername));
  const classic = options.staticPull.map(({ source, app, stream }) =>
    pullSpec({ url: source, app, name: stream }, options, servername),
  );
  return [...pulls, ...classic];
}

export function demandSpec(options: RelayOptions): DemandSpec | undefined {
  const urls = typeof options.onDemand === 'string' ? [options.onDemand] : options.onDemand;
  const used = urls.filter((url) => url !== '');
  if (used.length === 0) return undefined;
  for (const url of used) requireAddress(url, 'pull', 'onDemand');
  const { fallback, ca, insecure } = options;
  return { urls: used, fallback, ca, insecure };
}

export function readPush(push: string | PushOptions, options: RelayOptions): PushSpec {
  const spec = pushSpec(typeof push === 'string' ? { url: push } : push, options);
  requireAddress(spec.url, 'push', 'push');
  return spec;
}

export function pullSpec(
  pull: PullOptions,
  { fallback, ca, insecure }: RelayOptions,
  servername: string,
): PullSpec {
  const { app = isPattern(servername) ? '' : servername } = pull;
  const urls = typeof pull.url === 'string' ? [pull.url] : pull.url;
  for (const url of urls) requireAddress(url, 'pull', 'pull');
  if (!matchesServername(servername, app))
    throw new TypeError(
      `pull: "${app}" is no application of servers[${servername}]; give one that it matches as "app"`,
    );
  return { fallback, ca, insecure, ...pull, app, urls };
}

export function concerns(
  { name, prefix }: PushSpec,
  stream: StreamPlace & { readonly key: string },
): boolean {
  return matchesServername(name, stream.name) && stream.key.includes(prefix);
}

/** The complete addresses for one stream. */
export function addressesOf(
  urls: readonly string[],
  place: StreamPlace & { readonly displayKey: string },
  shown?: string,
): readonly RelayAddress[] {
  const addresses = urls
    .map((url) => parseAddress(fillTemplate(url, place), shown))
    .filter((address) => address !== undefined);
  const isSecret = place.displayKey !== `${place.app}/${place.name}`;
  return isSecret ? addresses.map((address) => hideName(address, place.name)) : addresses;
}

function pushSpec(push: PushOptions, { ca, insecure }: RelayOptions): PushSpec {
  return { name: '*', prefix: '', only: 'all', ca, insecure, ...push };
}

function staticPush(url: string, prefix: string, options: RelayOptions): PushSpec {
  requireAddress(url, 'push', 'staticPush');
  return { ...pushSpec({ url }, options), prefix };
}

// Classic: a stream with the lesser prefix goes to where streams with the master's go.
function subPushes(options: RelayOptions): PushSpec[] {
  return options.subStaticPush.flatMap(({ master_prefix, sub_prefix }) =>
    options.staticPush
      .filter((push) => typeof push === 'object' && push.master_prefix === master_prefix)
      .map((push) => {
        const { upstream } = push as { readonly upstream: string };
        return staticPush(withPath(upstream), sub_prefix, options);
      }),
  );
}

// Classic: the upstream gets the whole path, application included.
function withPath(upstream: string): string {
  return `${upstream.replace(/\/+$/, '')}/{app}/{name}`;
}

function requireAddress(url: string, use: 'push' | 'pull', option: string): void {
  const fault = findFault(url, use);
  if (fault !== undefined) throw new TypeError(`${option}: ${fault}`);
}
