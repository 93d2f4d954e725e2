// The figures as commands, so that the API and other plugins can show them.
import type { ServerContext } from 'livego';
import { applicationFigures, serverFigures } from './figures/server-figures.ts';
import { sessionFigures } from './figures/session-figures.ts';
import { countViewers, streamFigures } from './figures/stream-figures.ts';
import type { StatState } from './state.ts';

const NOTHING = { type: 'object', additionalProperties: false, properties: {} };

export function declareCommands(context: ServerContext, state: StatState): void {
  context.command({
    name: 'server',
    description: 'Figures of the whole server.',
    input: NOTHING,
    run: () => serverFigures(context, state),
  });
  context.command({
    name: 'applications',
    description: 'Figures of each entry of servers[].',
    input: NOTHING,
    run: () => ({ applications: applicationFigures(context) }),
  });
  context.command({
    name: 'streams',
    description: 'Figures of all streams.',
    input: NOTHING,
    run: () => {
      const viewers = countViewers(context.sessions());
      return { streams: context.streams().map((stream) => streamFigures(stream, state, viewers)) };
    },
  });
  context.command({
    name: 'sessions',
    description: 'Figures of all publishers and viewers.',
    input: NOTHING,
    run: () => ({
      sessions: sessionFigures([...context.sessions()], context.streams(), state, context.now()),
    }),
  });
  context.command({
    name: 'alerts',
    description: 'Alerts about publishers: those that are raised, and the last that were cleared.',
    input: NOTHING,
    run: () => ({ alerts: state.alerts.list() }),
  });
}
