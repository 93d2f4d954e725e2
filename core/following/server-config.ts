// A running server's config, for plugins that show, check and change it.
import type { ConfigFault } from '../config-fault.ts';
import type { ConfigSource, ResolvedConfig } from '../config.ts';
import { describeChanges, nameChanges } from '../kernel/reload/describe-report.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { AppliedTexts, tagOf } from './applied-texts.ts';
import { livegoError, messageOf } from '../errors.ts';
import type {
  AppliedConfig,
  AppliedText,
  CheckedConfig,
  ConfigAccess,
  ConfigEdit,
  ConfigText,
  EditedConfig,
  PlannedConfig,
  ShortForm,
} from '../plugin/config-access.ts';
import type { PluginDefinition } from '../plugin/plugin.ts';
import type { ReloadReport } from '../plugin/reload-report.ts';
import { showIn } from '../log/variable-mask.ts';

export interface ServerActions {
  kernel(): Kernel;
  /** Default: the kernel's own. */
  reports?(): readonly ReloadReport[];
  /** The texts that have been applied. Default: those that were noted here. */
  history?(): readonly AppliedText[];
  apply(text: string, reason: string): Promise<ReloadReport>;
  reload(reason: string): Promise<ReloadReport>;
}

export class ServerConfig implements ConfigAccess {
  readonly #source: ConfigSource;
  readonly #actions: ServerActions;
  readonly #texts = new AppliedTexts();
  /** The config that was described last. */
  #described: { readonly config: ResolvedConfig; readonly as: AppliedConfig } | undefined;

  constructor(source: ConfigSource, actions: ServerActions) {
    this.#source = source;
    this.#actions = actions;
  }

  get file(): string {
    return this.#source.name;
  }

  get shortForms(): readonly ShortForm[] {
    return shortFormsOf(this.#actions.kernel().generation.config?.definitions ?? []);
  }

  get reports(): readonly ReloadReport[] {
    return this.#actions.reports?.() ?? this.#actions.kernel().reports.all;
  }

  get history(): readonly AppliedText[] {
    return this.#actions.history?.() ?? this.#texts.all;
  }

  /** Keeps a text that has been applied. */
  noteApplied(text: string | undefined, reason: string, report: ReloadReport): void {
    if (text !== undefined && report.outcome === 'applied') this.#texts.add(text, this.#show(reason), report);
  }

  async read(): Promise<ConfigText> {
    if (!this.#source.read) throw livegoError('LVG_CONFIG_WRITE', 'noFile', {});
    const text = await this.#source.read();
    return { text, tag: tagOf(text) };
  }

  edit(change: (text: string) => string, edit: ConfigEdit): Promise<EditedConfig> {
    return this.#actions.kernel().everywhere.exclusively('config', () => this.#edit(change, edit));
  }

  // Plugins ask for each application, and a config has thousands: it is described once.
  current(): AppliedConfig | undefined {
    const { config } = this.#actions.kernel().generation;
    if (config && this.#described?.config !== config)
      this.#described = { config, as: describeConfig(config) };
    return config && this.#described?.as;
  }

  async check(text: string): Promise<CheckedConfig> {
    const loaded = await this.#source.load(text);
    const { warnings } = loaded;
    if (!loaded.ok) return { ok: false, faults: loaded.faults, warnings };
    try {
      await this.#actions.kernel().check(loaded.config);
      return { ok: true, warnings };
    } catch (error) {
      return { ok: false, faults: [], error: this.#show(messageOf(error)), warnings };
    }
  }

  async plan(text: string): Promise<PlannedConfig> {
    const loaded = await this.#source.load(text);
    const { warnings } = loaded;
    if (!loaded.ok) return { ok: false, faults: loaded.faults, warnings };
    const kernel = this.#actions.kernel();
    const { config } = kernel.generation;
    try {
      const changes = await kernel.preview(config ?? loaded.config, loaded.config);
      const words = describeChanges(changes).map((each) => this.#show(each));
      return { ok: true, warnings, changes: showIn(nameChanges(changes), (text) => this.#show(text)), words };
    } catch (error) {
      return { ok: false, faults: [], error: this.#show(messageOf(error)), warnings };
    }
  }

  apply(text: string, reason: string): Promise<ReloadReport> {
    return this.#actions.apply(text, reason);
  }

  reload(reason: string): Promise<ReloadReport> {
    return this.#actions.reload(reason);
  }

  // An editor may save the file while the new text is checked: then the change is made again, to what it has saved. To a
  // file that is saved more often than that takes, it is made without in the end: the reload checks it as well, and takes
  // back what it rejects.
  async #edit(change: (text: string) => string, { reason, tag }: ConfigEdit): Promise<EditedConfig> {
    for (let attempt = 1; ; attempt++) {
      const before = await this.read();
      if (tag !== undefined && tag !== before.tag) return { outcome: 'conflict', tag: before.tag };
      const text = change(before.text);
      if (attempt > MAX_CHECKS) return await this.#save(before.text, text, reason);
      const checked = await this.check(text);
      if (!checked.ok) return rejected(checked.faults, checked.error);
      const now = await this.read();
      if (now.tag === before.tag) return await this.#save(before.text, text, reason);
    }
  }

  #show(text: string): string {
    return this.#source.show?.(text) ?? text;
  }

  async #save(before: string, text: string, reason: string): Promise<EditedConfig> {
    if (!this.#source.write) throw livegoError('LVG_CONFIG_WRITE', 'noFile', {});
    if (text !== before) await this.#source.write(text);
    const report = await this.reload(reason);
    if (report.outcome !== 'rejected') return { outcome: 'saved', tag: tagOf(text), report };
    const isOurs = (await this.read()).text === text;
    if (isOurs && text !== before) await this.#source.write(before);
    return rejected(report.faults, report.error);
  }
}

/** An editor that saves during each of them is a program that writes all the time. */
const MAX_CHECKS = 4;

function rejected(faults: readonly ConfigFault[], error: string | undefined): EditedConfig {
  return { outcome: 'rejected', faults, ...(error !== undefined && { error }) };
}

function shortFormsOf(definitions: readonly PluginDefinition[]): readonly ShortForm[] {
  const options = new Map<string, string[]>();
  for (const { name, aliases, sharedAliases } of definitions)
    for (const [key, option] of Object.entries({ ...aliases, ...sharedAliases }))
      options.set(key, [...(options.get(key) ?? []), `${name}.${option}`]);
  return [...options].map(([key, targets]) => ({ key, options: targets }));
}

function describeConfig({ server, plugins, apps }: ResolvedConfig): AppliedConfig {
  // All plugins get the same: what a config says of options is frozen already.
  const describe = (own: ResolvedConfig['plugins']): AppliedConfig['plugins'] =>
    Object.freeze(Object.fromEntries(own));
  return Object.freeze({
    server,
    plugins: describe(plugins),
    apps: Object.freeze(
      apps.map(({ servername, options, plugins: own }) =>
        Object.freeze({ servername, options, plugins: describe(own) }),
      ),
    ),
  });
}
