// Engines: a program for each stream, fed with the stream as FLV. It writes replay files, publishes renditions, or does
// whatever the operator wants.
//
// The room holds the supervision of programs and the three profiles. Commands that run at moments of a stream's life are the
// plugin exec's.
import { declareLeftDrafts, declareListCommand, definePlugin, handoverKey, pluginState } from 'livego';
import { EngineApplication } from './application.ts';
import { declareMetrics } from './metrics.ts';
import { schema, type EngineOptions } from './schema.ts';
import { makeState } from './state.ts';

const STATE = pluginState(makeState);
const PREDECESSOR = handoverKey<EngineApplication>('predecessor');

export default definePlugin<EngineOptions>({
  name: 'engine',
  schema,
  aliases: { engineEnable: 'enabled' },
  enabledByDefault: false,

  server(context) {
    const state = context.state(STATE);
    declareMetrics(context, state);
    declareLeftDrafts(context, state);
    declareListCommand(context, {
      description: 'Lists the engines of streams, with the programs that run and what they say.',
      key: 'engines',
      list: () => [...state.engines].map(({ status }) => status),
    });
    // An operator who does not wait for the stop ends the process: no program may outlive it, whatever it ignores.
    const killAll = (): void => {
      for (const engine of state.engines) engine.kill();
    };
    context.onActivate(() => void process.on('exit', killAll));
    context.onStop(() => void process.off('exit', killAll));
  },

  app(context, options) {
    const application = new EngineApplication(context, options, context.state(STATE));
    context.hooks.streamStart.tap((stream) => application.streamStart(stream));
    context.hooks.streamStop.tap((stream) => application.streamStop(stream));
    context.onStart(() => application.start());
    context.onActivate(() => application.activate());
    context.handover(PREDECESSOR, {
      give: () => ({ state: application, dispose: () => {} }),
      take: (predecessor) => application.take(predecessor),
    });
    context.onStop((cause) => application.close(cause));
  },
});
