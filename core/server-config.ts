// A running server's config, for plugins that show, check and change it.
import type { ConfigSource, ResolvedConfig } from './config.ts';
import { messageOf } from './errors.ts';
import { describeChanges, nameChanges } from './kernel/reload/describe-report.ts';
import type { Kernel } from './kernel/kernel.ts';
import type { AppliedConfig, CheckedConfig, ConfigAccess, PlannedConfig } from './plugin/config-access.ts';
import type { ReloadReport } from './plugin/reload-report.ts';

export interface ServerActions {
  kernel(): Kernel;
  /** Default: the kernel's own. */
  reports?(): readonly ReloadReport[];
  apply(text: string, reason: string): Promise<ReloadReport>;
  reload(reason: string): Promise<ReloadReport>;
}

export class ServerConfig implements ConfigAccess {
  readonly #source: ConfigSource;
  readonly #actions: ServerActions;

  constructor(source: ConfigSource, actions: ServerActions) {
    this.#source = source;
    this.#actions = actions;
  }

  get file(): string {
    return this.#source.name;
  }

  get reports(): readonly ReloadReport[] {
    return this.#actions.reports?.() ?? this.#actions.kernel().reports.all;
  }

  current(): AppliedConfig | undefined {
    const { config } = this.#actions.kernel().generation;
    return config && describeConfig(config);
  }

  async check(text: string): Promise<CheckedConfig> {
    const loaded = await this.#source.load(text);
    const { warnings } = loaded;
    if (!loaded.ok) return { ok: false, faults: loaded.faults, warnings };
    try {
      this.#actions.kernel().check(loaded.config);
      return { ok: true, warnings };
    } catch (error) {
      return { ok: false, faults: [], error: messageOf(error), warnings };
    }
  }

  async plan(text: string): Promise<PlannedConfig> {
    const loaded = await this.#source.load(text);
    const { warnings } = loaded;
    if (!loaded.ok) return { ok: false, faults: loaded.faults, warnings };
    const kernel = this.#actions.kernel();
    const { config } = kernel.generation;
    try {
      const changes = kernel.preview(config ?? loaded.config, loaded.config);
      return { ok: true, warnings, changes: nameChanges(changes), words: describeChanges(changes) };
    } catch (error) {
      return { ok: false, faults: [], error: messageOf(error), warnings };
    }
  }

  apply(text: string, reason: string): Promise<ReloadReport> {
    return this.#actions.apply(text, reason);
  }

  reload(reason: string): Promise<ReloadReport> {
    return this.#actions.reload(reason);
  }
}

function describeConfig({ server, plugins, apps }: ResolvedConfig): AppliedConfig {
  return {
    server,
    plugins: Object.fromEntries(plugins),
    apps: apps.map(({ servername, options, plugins: own }) => ({
      servername,
      options,
      plugins: Object.fromEntries(own),
    })),
  };
}
