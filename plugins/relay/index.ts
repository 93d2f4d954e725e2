// Relay: carries streams to and from other servers, and never gives up.
//
// The room holds what is wanted: options, specs, the table of relays. relays/ has those that run, loops/ what keeps streams
// from running in circles, connections/ sockets and protocols; the RTMP dialogue itself is `livego/rtmp`.
import { definePlugin, handoverKey, pluginState } from 'livego';
import { RelayApplication } from './application.ts';
import { declareCommands, declareList } from './commands.ts';
import { RelaysElsewhere } from './elsewhere.ts';
import { LoopGuard } from './loops/loop-guard.ts';
import { declareMetrics } from './metrics.ts';
import { RelayFiles } from './relay-files.ts';
import { schema, type RelayOptions } from './schema.ts';
import { demandSpec, pullSpecs, pushSpecs } from './specs.ts';
import { RelayState } from './state.ts';

const STATE = pluginState(() => new RelayState());
const RELAYS = handoverKey<ReturnType<RelayApplication['give']>>('relays');

export default definePlugin<RelayOptions>({
  name: 'relay',
  schema,
  aliases: { static_push: 'staticPush', sub_static_push: 'subStaticPush', static_pull: 'staticPull' },

  server(context) {
    const state = context.state(STATE);
    const guard = new LoopGuard(context, state);
    guard.watch(context.hooks);
    const { everywhere } = context;
    const elsewhere = new RelaysElsewhere(context, state, (stream) => guard.findLoop(stream));
    context.onActivate(() => {
      state.elsewhere = elsewhere;
      state.marks.use(everywhere.secret('marks'));
      state.idPrefix = everywhere.isFirst ? '' : `${everywhere.worker}-`;
    });
    declareMetrics(context, state);
    declareList(context, state);
  },

  app(context, options) {
    const files = new RelayFiles();
    const application = new RelayApplication({ context, options, state: context.state(STATE), files });
    const { hooks } = context;
    hooks.streamStart.tap((stream) => application.streamStart(stream));
    hooks.streamStop.tap((stream) => application.streamStop(stream));
    hooks.publishStop.tap((_session, stream) => application.publishStop(stream));
    hooks.streamMissing.tap((request) => application.streamMissing(request));
    context.everySecond((now) => {
      application.tick(now);
      if (files.hasAuthorities)
        void files.refresh(context.log).then((changed) => changed && application.wake());
    });
    declareCommands(context, application, { options, state: context.state(STATE) });
    context.handover(RELAYS, {
      give: () => ({ state: application.give(), dispose: () => application.table.stopAll() }),
      take: ({ table, demand }) => application.takeOver(table, demand),
    });
    const specs = [...pushSpecs(options), ...pullSpecs(options, context.servername)];
    context.onStart(() => files.read([...specs, demandSpec(options) ?? options]));
    context.onActivate(() => application.activate());
    context.onStop(() => application.stop());
  },
});
