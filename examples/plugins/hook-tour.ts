// Taps every hook once; docs/hooks.md shows its parts.
import { definePlugin, Denial } from 'livego';

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
      members: { ...LIST, description: 'Who may play, by ?member=; empty: everybody.' },
      aliases: {
        type: 'object',
        additionalProperties: { type: 'string' },
        default: {},
        description: 'Other names of streams: { "front-door": "camera-7" }.',
      },
    },
  },
  app({ hooks, log, servername }, { banned, aliases, members }) {
    hooks.connect.tap(({ client }) => {
      const address = client.remote.replace(/:\d+$/, '');
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

    hooks.streamMissing.tap((request) => {
      log.info(`${request.client.remote} waits for ${request.app}/${request.name}`);
    });

    hooks.streamStart.tap((stream) => {
      log.info({ stream: stream.key, from: stream.publisher?.client.remote }, 'a stream begins');
    });

    hooks.streamStop.tap((stream, cause) => {
      const { videoBytes, audioBytes } = stream.counters;
      log.info({ stream: stream.key, videoBytes, audioBytes, why: cause.code }, 'a stream is over');
    });

    let viewers = 0;
    let peak = 0;
    hooks.playStart.tap(() => {
      viewers++;
      peak = Math.max(peak, viewers);
    });
    hooks.playStop.tap((session, stream, cause) => {
      viewers--;
      if (cause.code === 'slow')
        log.warn({ session: session.id, stream: stream.key }, 'a viewer was too slow');
    });

    hooks.fileEnd.tap(({ path, bytes }) => log.info({ path, bytes }, 'a file is complete'));

    hooks.stat.tap((figures) => void figures.set(`hook-tour.${servername}.peakViewers`, peak));

    hooks.configChange.tap(({ generation, outcome }) => log.info(`config ${generation} ${outcome}`));
  },
});
