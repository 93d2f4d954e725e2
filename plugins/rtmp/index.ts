// RTMP and RTMPS: encoders publish, players play.
//
// The room holds connections: their commands, message streams and time limits. The protocol itself, without a socket, is
// `livego/rtmp`.
import { definePlugin, handoverKey, pluginState } from 'livego';
import { PayloadMemory } from 'livego/rtmp';
import { RtmpSession } from './rtmp-session.ts';
import { SharedTurn } from './shared-turn.ts';
import { schema, type RtmpOptions } from './schema.ts';

/** Sessions outlive the instance that accepted them. */
const SESSIONS = handoverKey<Set<RtmpSession>>('sessions');
/** Therefore all instances share the turn. */
const TURN = pluginState(() => new SharedTurn());

export default definePlugin<RtmpOptions>({
  name: 'rtmp',
  schema,
  aliases: { listen: 'port', chunksize: 'chunkSize' },

  server(context, options) {
    let sessions = new Set<RtmpSession>();
    const memory = new PayloadMemory();
    const turn = context.state(TURN);
    context.handover(SESSIONS, {
      give: () => ({ state: sessions, dispose: () => {} }),
      take: (given) => (sessions = given),
    });
    context.listen(options, (socket, transport) => {
      const session = new RtmpSession(socket, { context, memory, turn, options, transport });
      const all = sessions.add(session);
      socket.once('close', () => all.delete(session));
    });
    context.onStop((cause) => {
      const end = { code: 'shutdown', message: 'the server is stopping' } as const;
      if (cause === 'shutdown') for (const session of sessions) session.close(end);
    });
  },
});
