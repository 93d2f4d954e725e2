// What all instances on one server share: meters, alerts, the last measurements.
import type { ConfigAccess } from 'livego';
import { AlertBoard } from './alerts/alert-board.ts';
import { LoopDelay } from './figures/loop-delay.ts';
import { SessionRates } from './figures/session-rates.ts';
import { StreamMeters } from './figures/stream-meter.ts';

export class StatState {
  readonly meters = new StreamMeters();
  readonly sessionRates = new SessionRates();
  readonly loopDelay = new LoopDelay();
  readonly alerts = new AlertBoard();
  /** Of the server-wide instance, while it is current. */
  config: ConfigAccess | undefined;

  /** Whether a plugin is on for the application with this entry of servers[]. */
  isOn(plugin: string, servername: string): boolean {
    const app = this.config?.current()?.apps.find((each) => each.servername === servername);
    return app?.plugins[plugin]?.enabled ?? false;
  }
}
