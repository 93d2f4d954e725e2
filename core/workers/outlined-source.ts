// Loads configs and tells what a supervisor needs to know of them.
import type { ConfigSource, LoadResult, ResolvedConfig } from '../config.ts';
import { messageOf } from '../errors.ts';
import { Kernel } from '../kernel/kernel.ts';
import { createLogger } from '../log/log.ts';
import type { PlannedAddress } from '../net/planned-address.ts';
import type { ConfigOutline } from './config-outline.ts';

export class OutlinedSource implements ConfigSource<ConfigOutline> {
  readonly #source: ConfigSource;

  constructor(source: ConfigSource) {
    this.#source = source;
  }

  get name(): string {
    return this.#source.name;
  }

  show(text: string): string {
    return this.#source.show?.(text) ?? text;
  }

  async load(text?: string): Promise<LoadResult<ConfigOutline>> {
    const loaded = await this.#source.load(text);
    return loaded.ok ? { ...loaded, config: await outlineOf(loaded.config) } : loaded;
  }

  async read(): Promise<string> {
    return (await this.#source.read?.()) ?? '';
  }
}

/** Every plugin declares what it wants; nothing is opened or started. */
async function outlineOf(config: ResolvedConfig): Promise<ConfigOutline> {
  const { server, apps, placeOf } = config;
  const facts = { server, applications: apps.map(({ servername }) => servername) };
  const kernel = new Kernel(createLogger({ level: 'silent' }));
  try {
    const plans = await kernel.plan(config);
    const addresses = plans.map(({ key, address, options, tls, service }): PlannedAddress => ({
      key,
      address,
      options,
      tls,
      service: { kind: service.kind },
    }));
    const options = addresses.flatMap((each) => each.options);
    const places = options.map((option) => [option, placeOf?.(option)] as const);
    const known = places.filter((each): each is [string, string] => each[1] !== undefined);
    return { ...facts, addresses, conflict: undefined, places: new Map(known) };
  } catch (error) {
    return { ...facts, addresses: [], conflict: messageOf(error), places: new Map() };
  } finally {
    kernel.ticker.stop();
  }
}
