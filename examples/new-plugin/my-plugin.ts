// Denies publishers whose stream's name is on a list, and logs how much each stream has sent when it ends.
import { definePlugin, Denial } from 'livego';

interface Options {
  readonly deniedNames: readonly string[];
}

export default definePlugin<Options>({
  name: 'my-plugin',
  schema: {
    type: 'object',
    properties: {
      deniedNames: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        description: 'Names that nobody may publish.',
      },
    },
  },
  // Called for each entry of `servers` that has the plugin on, with that entry's options.
  app(context, options) {
    const denied = new Set(options.deniedNames);
    context.hooks.publish.tap(({ name }) =>
      denied.has(name) ? new Denial('forbidden', `nobody may publish ${name}`) : undefined,
    );

    context.hooks.streamStart.tap((stream) => {
      let bytes = 0;
      context.attach(stream, {
        write: (packet) => void (bytes += packet.payload.length),
        end: () => context.log.info({ stream: stream.displayKey, bytes }, 'a stream has ended'),
      });
    });
  },
});
