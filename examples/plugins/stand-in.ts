// Publishes: while nobody publishes a stream that somebody wants to play, another stream ("slate") is shown in its
// place. With duplicate: "replace", the default, the real publisher takes over and the viewers stay.
import { definePlugin, Denial, type Client, type EndCause } from 'livego';

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
    const { admission, hooks } = context;
    /** By stream key: what ends a stand-in. */
    const showing = new Map<string, (cause: EndCause) => void>();

    hooks.streamMissing.tap(async (request) => {
      const key = `${request.app}/${request.name}`;
      const source = context.streams().find(({ app, name }) => app === request.app && name === slate);
      if (!source || request.name === slate || showing.has(key)) return undefined;
      showing.set(key, () => {});
      const client: Client = {
        id: admission.nextId(),
        plugin: 'stand-in',
        protocol: 'stand-in',
        remote: `of ${source.key}`,
      };
      const publication = await admission.publish({ ...request, client }, (cause) =>
        showing.get(key)?.(cause),
      );
      if (publication instanceof Denial) {
        showing.delete(key);
        return undefined;
      }
      const detach = context.attach(source, {
        write: (packet) => publication.write(packet, packet.timestamp % 2 ** 32, packet.payload),
        end: (cause) => showing.get(key)?.(cause),
      });
      showing.set(key, (cause) => {
        showing.delete(key);
        detach();
        admission.unpublish(publication, cause);
      });
      return { description: `the stand-in ${source.key}` };
    });

    hooks.playStop.tap((_session, stream) => {
      if (stream.viewerCount === 0)
        showing.get(stream.key)?.({ code: 'unpublished', message: 'nobody watches the stand-in' });
    });
    context.onStop((cause) => {
      for (const end of [...showing.values()]) end(cause);
    });
  },
});
