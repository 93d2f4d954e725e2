// Figures about authentication.
import type { ServerContext } from 'livego';
import type { AuthState } from './state.ts';

export function declareMetrics(context: ServerContext, { counters, tries }: AuthState): void {
  const admitted = context.metric({
    name: 'auth_admissions_total',
    type: 'counter',
    help: 'Clients that were admitted.',
    labels: ['role', 'method'],
  });
  const denied = context.metric({
    name: 'auth_denials_total',
    type: 'counter',
    help: 'Clients that were denied.',
    labels: ['role', 'code'],
  });
  const banned = context.metric({
    name: 'auth_banned_addresses',
    type: 'gauge',
    help: 'Addresses that are denied at present because they failed too often.',
    // Each worker knows those of all.
    across: 'max',
  });
  const closed = context.metric({
    name: 'auth_bandwidth_closures_total',
    type: 'counter',
    help: 'Sessions that were closed for their bandwidth.',
  });
  context.hooks.stat.tap((write) => {
    for (const [key, value] of counters.admitted) {
      const [role = '', method = ''] = key.split(' ');
      write.counter(admitted, value, { role, method });
    }
    for (const [key, value] of counters.denied) {
      const [role = '', code = ''] = key.split(' ');
      write.counter(denied, value, { role, code });
    }
    write.gauge(banned, tries.countBanned(context.now()));
    write.counter(closed, counters.closedForBandwidth);
  });
}
