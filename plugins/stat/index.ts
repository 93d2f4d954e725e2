// Statistics: what the server, its streams and its clients do, for people, for Prometheus, and as alerts.
//
// figures/ measures, alerts/ judges, formats/ writes. Everything that is shown is asked for; once a second the counters of
// the streams are noted, which is all that it costs otherwise.
import { definePlugin, pluginState, type ServerContext } from 'livego';
import { declareCommands } from './commands.ts';
import { FiguresEverywhere } from './figures/everywhere.ts';
import { declareMetrics } from './metrics.ts';
import { routesOf } from './routes.ts';
import { schema, type StatOptions } from './schema.ts';
import { StatState } from './state.ts';
import { watchPublishers } from './watch.ts';

const STATE = pluginState(() => new StatState());

export default definePlugin<StatOptions>({
  name: 'stat',
  schema,
  sharedAliases: { operport: 'port', httpoper: 'enabled' },

  server(context, options) {
    const state = context.state(STATE);
    const all = new FiguresEverywhere(context, state);
    context.serve(options, routesOf(context, all, options));
    declareCommands(context, all);
    declareMetrics(context, state, options.maxStreamMetrics);
    context.everySecond((now) => {
      state.meters.sample(context.streams(), now);
      // A server that nobody uses is not woken for a figure about it.
      if (isInUse(context)) state.loopDelay.start();
      else state.loopDelay.stop();
    });
    context.onActivate(() => void (state.config = context.config));
    context.onStop((cause) => {
      if (cause === 'removed' || cause === 'shutdown') state.loopDelay.stop();
    });
  },

  app(context, options) {
    watchPublishers(context, options, context.state(STATE));
  },
});

function isInUse(context: Pick<ServerContext, 'connections' | 'streams'>): boolean {
  const [first] = context.connections();
  return first !== undefined || context.streams().length > 0;
}
