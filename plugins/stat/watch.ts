// Watches the publishers of one application, and tells what is wrong with them.
import type { AppContext, StreamView } from 'livego';
import type { ChangedAlert } from './alerts/alert-board.ts';
import { findFaults } from './alerts/rules.ts';
import type { StatOptions } from './schema.ts';
import type { StatState } from './state.ts';

export function watchPublishers(context: AppContext, { alerts }: StatOptions, state: StatState): void {
  const { hooks, servername } = context;
  const streams = new Set<StreamView>();
  const tell = (changed: readonly ChangedAlert[]): void => {
    for (const alert of changed) tellAlert(context, alert);
  };
  hooks.streamStart.tap((stream) => void streams.add(stream));
  hooks.streamStop.tap((stream) => {
    streams.delete(stream);
    tell(state.alerts.forget(stream));
  });
  context.everySecond((now) => {
    if (streams.size === 0) return;
    const hlsIsOn = state.isOn('hls', servername);
    for (const stream of streams) {
      const faults = findFaults(stream, state.meters.of(stream), alerts, hlsIsOn);
      tell(state.alerts.update(stream, faults, now, alerts));
    }
  });
  context.onStop((cause) => {
    if (cause === 'removed') for (const stream of streams) state.alerts.forget(stream);
  });
}

function tellAlert(context: AppContext, { code, state, app, name, stream, message }: ChangedAlert): void {
  if (state === 'raised') context.peerLog.warn({ stream, alert: code }, `${stream}: ${message}`);
  else context.peerLog.info({ stream, alert: code }, `${stream}: the alert ${code} is over`);
  context.announce({ kind: 'alert', app, name, details: { code, state, stream, message } });
}
