// A provider: a viewer of a stream without a publisher is shown another stream ("slate") in its place. With duplicate:
// "replace", the default, the real publisher takes over and the viewers stay.
import { definePlugin, type StreamProvider } from 'livego';

interface Options {
  readonly slate: string;
}

export default definePlugin<Options>({
  name: 'stand-in',
  enabledByDefault: false,
  schema: {
    type: 'object',
    properties: {
      slate: {
        type: 'string',
        minLength: 1,
        default: 'slate',
        description: 'Name of the stream of the same application that is shown.',
      },
    },
  },
  app(context, { slate }) {
    context.hooks.streamMissing.tap((request): StreamProvider | undefined => {
      const source = context.streams().find(({ app, name }) => app === request.app && name === slate);
      if (!source || request.name === slate) return undefined;
      let detach = (): void => {};
      return {
        description: `the stand-in ${source.displayKey}`,
        start(publication) {
          detach = context.attach(source, {
            write: (packet) => publication.write(packet),
            end: (cause) => publication.end(cause),
          });
        },
        // Called when nobody has watched for idleProviderMs, and when the real publisher takes over.
        stop: () => detach(),
      };
    });
  },
});
