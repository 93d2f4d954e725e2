// Web hooks: tells web services what happens, and asks them who may connect, publish and play.
//
// The queue is one for all applications; what is told and asked, and in which form, is each application's own. formats/ has
// the forms of other servers.
import { join } from 'node:path';
import { pluginState, definePlugin, type AppContext } from 'livego';
import { requireDirectory } from 'livego/files';
import type { Delivery } from './delivery.ts';
import type { Question } from './events.ts';
import { makeFormat } from './formats/index.ts';
import { WebGate } from './gate.ts';
import { declareMetrics } from './metrics.ts';
import { checkOptions, schema, type NotifyOptions } from './schema.ts';
import { Spool } from './spool.ts';
import { makeState } from './state.ts';
import { Teller } from './teller.ts';
import { sendUpdates } from './updates.ts';

const STATE = pluginState(makeState);

/** Limits the time for the events that wait when the server stops. */
const STOPPING_MS = 3000;

export default definePlugin<NotifyOptions>({
  name: 'notify',
  schema,
  aliases: { notifyurl: 'url' },

  server(context, options) {
    checkOptions(options);
    const state = context.state(STATE);
    const { outbox } = state;
    declareMetrics(context, state);
    const directory = spoolOf(options.spool, context.everywhere.worker);
    let spool = outbox.spool?.directory === directory ? outbox.spool : undefined;
    let left: readonly Delivery[] = [];
    context.onStart(async () => {
      if (options.spool === '' || spool) return;
      await requireDirectory(directory, 'notify.spool', 'leave the option out to keep events in memory');
      spool = new Spool(directory, context.log);
      left = await spool.load();
    });
    context.onActivate(() => outbox.run(options, context.log, spool, left));
    context.onStop((cause) =>
      cause === 'shutdown' || cause === 'removed' ? outbox.stop(STOPPING_MS) : undefined,
    );
    const teller = new Teller(options, makeFormat(options), state, []);
    context.hooks.configChange.tap(({ generation, outcome, words }) =>
      teller.tell({ type: 'reload', at: new Date(), lane: 'reload', generation, outcome, words }),
    );
  },

  app(context, options) {
    checkOptions(options);
    const format = makeFormat(options);
    const gate = (options.gate ?? format.gate).filter(
      (question) => (options.urls[question] ?? options.url) !== '',
    );
    const state = context.state(STATE);
    const teller = new Teller(options, format, state, gate);
    tapGates(context, options, new WebGate(context, options, format, state), gate);
    teller.tapConnections(context);
    teller.tapSessions(context);
    teller.tapStreams(context);
    teller.tapAnnouncements(context);
    sendUpdates(context, { options, format, state, teller });
  },
});

/** Each worker has a spool of its own. */
function spoolOf(folder: string, worker: number): string {
  return folder === '' || worker === 1 ? folder : join(folder, `worker-${worker}`);
}

function tapGates(
  context: AppContext,
  { rename, onError }: NotifyOptions,
  webGate: WebGate,
  gate: readonly Question[],
): void {
  const { hooks, log } = context;
  if (gate.includes('connect')) hooks.connect.tap((request) => webGate.ask('connect', request));
  const roles = gate.filter((question) => question !== 'connect');
  if (rename && roles.length > 0)
    hooks.resolveName.tap((name, request) =>
      roles.includes(request.role) ? webGate.resolve(name, request) : undefined,
    );
  else for (const role of roles) hooks[role].tap((request) => webGate.ask(role, request));
  context.onActivate(() => {
    if (gate.length > 0 && onError === 'allow')
      log.warn(`notify.onError is "allow": while the web service is away, everybody may ${gate.join(', ')}`);
  });
}
