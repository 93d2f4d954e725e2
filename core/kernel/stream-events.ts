// Passes events of streams to the hooks of their applications.
import type { EndCause } from '../end-cause.ts';
import type { SessionView } from '../session/session-view.ts';
import type { Stream } from '../stream/stream.ts';
import type { StreamEvents } from '../stream/stream-hub.ts';
import type { Generation } from './generation/generation.ts';
import type { App } from './generation/app.ts';

interface HookSource {
  readonly generation: Generation;
  findApp(name: string): App | undefined;
  /** The application of a stream, also if the current config no longer has it. */
  findAnyApp(name: string): App | undefined;
}

/**
 * Hooks about streams and publishers fire where the stream lives, not for mirrors of it.
 * @param released - the name of a stream that has lived here is free
 */
export function bridgeStreamEvents(source: HookSource, released: (key: string) => void): StreamEvents {
  const hooksOf = ({ app, origin }: Stream) => (origin === 'local' ? source.findApp(app)?.hooks : undefined);
  const lastHooksOf = ({ app, origin }: Stream) =>
    origin === 'local' ? source.findAnyApp(app)?.hooks : undefined;
  return {
    streamStart: (stream) => hooksOf(stream)?.emit('streamStart', stream.view),
    publishStart: (stream, { view }) =>
      hooksOf(stream)?.emit('publishStart', view as SessionView, stream.view),
    publishStop: (stream, { view }, cause) =>
      lastHooksOf(stream)?.emit('publishStop', view as SessionView, stream.view, cause),
    streamStop: (stream: Stream, cause: EndCause) => {
      hooksOf(stream)?.emit('streamStop', stream.view, cause);
      if (stream.origin === 'local') released(stream.key);
      queueMicrotask(() => {
        for (const scope of source.generation.scopes) scope.forget(stream);
      });
    },
  };
}
