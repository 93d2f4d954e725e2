// Taps every hook once; docs/hooks.md shows its parts.
import { definePlugin, Denial, hostOf, type AppContext } from 'livego';

interface Options {
  readonly banned: readonly string[];
  readonly aliases: Readonly<Record<string, string>>;
  readonly members: readonly string[];
}

const LIST = { type: 'array', items: { type: 'string' }, default: [] };

export default definePlugin<Options>({
  name: 'hook-tour',
  schema: {
    type: 'object',
    properties: {
      banned: { ...LIST, description: 'IP addresses that may not connect.' },
      members: { ...LIST, description: 'Members that may play, by ?member=; empty: every viewer may.' },
      aliases: {
        type: 'object',
        additionalProperties: { type: 'string' },
        default: {},
        description: 'Other names of streams: { "front-door": "camera-7" }.',
      },
    },
  },
  app(context, options) {
    tapGates(context, options);
    tapStreams(context);
    tapViewers(context);
  },
});

/** Decides what a client may do, and under which name. */
function tapGates({ hooks, log }: AppContext, { banned, aliases, members }: Options): void {
  hooks.connect.tap(({ client }) => {
    const address = hostOf(client.remote);
    return banned.includes(address) ? new Denial('forbidden', `${address} is banned`) : undefined;
  });

  hooks.resolveName.tap((name) => aliases[name] ?? name);

  hooks.publish.tap(({ name }) =>
    name.startsWith('_') ? new Denial('forbidden', 'names that begin with "_" are reserved') : undefined,
  );

  const isMember = async (name: string | null): Promise<boolean> => members.includes(name ?? '');
  hooks.play.tap(async ({ query }) => {
    if (members.length === 0 || (await isMember(query.get('member')))) return undefined;
    return new Denial('unauthorized', 'this stream is for members');
  });

  hooks.denied.tap(({ displayKey, role }, { code }) => log.info({ role, code }, `${displayKey}: denied`));

  hooks.streamMissing.tap(({ client, displayKey }) => {
    log.info(`${client.remote} waits for ${displayKey}`);
  });
}

/** Follows streams, their publishers and the server. */
function tapStreams({ hooks, log }: AppContext): void {
  hooks.streamStart.tap((stream) => {
    log.info({ stream: stream.displayKey, from: stream.publisher?.client.remote }, 'a stream starts');
  });

  hooks.publishStart.tap((session, stream) => {
    log.info({ stream: stream.displayKey, session: session.id }, 'a publisher has the stream');
  });

  hooks.publishStop.tap((session, stream, cause) => {
    const { receivedBytes } = session.counters;
    log.info({ stream: stream.displayKey, receivedBytes, why: cause.code }, 'a publisher has stopped');
  });

  hooks.streamStop.tap((stream, cause) => {
    const { videoBytes, audioBytes } = stream.counters;
    log.info({ stream: stream.displayKey, videoBytes, audioBytes, why: cause.code }, 'a stream has ended');
  });

  hooks.disconnect.tap(({ client, startedAt }) => {
    const seconds = Math.round((Date.now() - startedAt.getTime()) / 1000);
    log.info({ client: client.id, seconds }, 'a client has disconnected');
  });

  hooks.fileEnd.tap(({ path, bytes }) => log.info({ path, bytes }, 'a file is complete'));

  hooks.pluginEvent.tap(({ plugin, kind, name }) => log.info({ stream: name }, `${plugin} says: ${kind}`));

  hooks.configChange.tap(({ generation, outcome }) => log.info(`config ${generation} ${outcome}`));
}

/** Counts viewers, as a metric. */
function tapViewers(context: AppContext): void {
  const { hooks, log, servername } = context;
  let viewers = 0;
  let peak = 0;
  hooks.playStart.tap(() => {
    viewers++;
    peak = Math.max(peak, viewers);
  });
  hooks.playStop.tap((session, stream, cause) => {
    viewers--;
    if (cause.code === 'slow')
      log.warn({ session: session.id, stream: stream.displayKey }, 'a viewer was too slow');
  });

  const peakViewers = context.metric({
    name: 'hook_tour_peak_viewers',
    type: 'gauge',
    help: 'Most viewers at a time.',
    labels: ['app'],
  });
  hooks.stat.tap((write) => write.gauge(peakViewers, peak, { app: servername }));
}
