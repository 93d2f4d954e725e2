// RTMP and RTMPS: encoders publish, players play. The protocol itself is core/protocol/rtmp.
import { definePlugin } from '../../core/plugin/plugin.ts';
import { PayloadMemory } from '../../core/protocol/rtmp/chunks/payload-memory.ts';
import { RtmpFormats } from '../../core/protocol/rtmp/rtmp-format.ts';
import { RtmpSession } from './rtmp-session.ts';
import { schema, type RtmpOptions } from './schema.ts';

export default definePlugin<RtmpOptions>({
  name: 'rtmp',
  schema,
  aliases: { listen: 'port', chunksize: 'chunkSize' },

  server(context, options) {
    const { admission, ticker, log } = context;
    // Sessions outlive the instance they came to; only the end of the server ends them. Viewers of old and new
    // instances share bytes.
    const { formats, memory, sessions } = context.shared(() => ({
      formats: new RtmpFormats(),
      memory: new PayloadMemory(),
      sessions: new Set<RtmpSession>(),
    }));
    const accept = (protocol: 'rtmp' | 'rtmps') => (socket: RtmpSession['socket']) => {
      const session = new RtmpSession(socket, protocol, { admission, ticker, log, formats, memory, options });
      sessions.add(session);
      socket.once('close', () => sessions.delete(session));
    };
    context.listen({ option: 'port', address: options.port, onConnection: accept('rtmp') });
    const { tls } = options;
    if (tls.port !== 0)
      context.listen({ option: 'tls.port', address: tls.port, tls, onConnection: accept('rtmps') });
    context.onStop((cause) => {
      if (cause.code === 'shutdown') for (const session of sessions) session.close(cause);
    });
  },
  app() {},
});
