// What all instances on one server share: meters, alerts, the last measurements.
import type { AppliedConfig, ConfigAccess } from 'livego';
import { AlertBoard } from './alerts/alert-board.ts';
import { LoopDelay } from './figures/loop-delay.ts';
import { SessionRates } from './figures/session-rates.ts';
import { StreamMeters } from './figures/stream-meter.ts';

type Application = AppliedConfig['apps'][number];

export class StatState {
  readonly meters = new StreamMeters();
  readonly sessionRates = new SessionRates();
  readonly loopDelay = new LoopDelay();
  readonly alerts = new AlertBoard();
  /** Of the server-wide instance, while it is current. */
  config: ConfigAccess | undefined;

  #applications:
    { readonly of: AppliedConfig; readonly byName: ReadonlyMap<string, Application> } | undefined;

  /** Whether a plugin is on for the application with this entry of servers[]. */
  isOn(plugin: string, servername: string): boolean {
    const current = this.config?.current();
    if (current && this.#applications?.of !== current)
      this.#applications = { of: current, byName: new Map(current.apps.map((app) => [app.servername, app])) };
    const app = current && this.#applications?.byName.get(servername);
    return app?.plugins[plugin]?.enabled ?? false;
  }
}
