// The smallest useful plugin: one log line for each viewer, with how long it stayed.
import { definePlugin } from 'livego';

export default definePlugin({
  name: 'viewer-log',
  schema: { type: 'object', properties: {} },
  app({ hooks, log }) {
    hooks.playStop.tap((session, stream, cause) => {
      const seconds = Math.round((Date.now() - session.startedAt.getTime()) / 1000);
      log.info({ stream: stream.displayKey, seconds, why: cause.code }, 'a viewer has left');
    });
  },
});
