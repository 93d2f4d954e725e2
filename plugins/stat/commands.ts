// The figures as commands, so that the API and other plugins can show them.
import type { ServerContext } from 'livego';
import type { FiguresEverywhere } from './figures/everywhere.ts';

const NOTHING = { type: 'object', additionalProperties: false, properties: {} };

export function declareCommands(context: ServerContext, all: FiguresEverywhere): void {
  context.command({
    name: 'server',
    description: 'Figures of the whole server.',
    input: NOTHING,
    run: () => all.server(),
  });
  context.command({
    name: 'applications',
    description: 'Figures of each entry of servers[].',
    input: NOTHING,
    run: async () => ({ applications: await all.applications() }),
  });
  context.command({
    name: 'streams',
    description: 'Figures of all streams.',
    input: NOTHING,
    run: async () => ({ streams: (await all.streams()).map(({ figures }) => figures) }),
  });
  context.command({
    name: 'sessions',
    description: 'Figures of all publishers and viewers.',
    input: NOTHING,
    run: async () => ({ sessions: (await all.sessions()).map(({ figures }) => figures) }),
  });
  context.command({
    name: 'alerts',
    description: 'Alerts about publishers: those that are raised, and the last that were cleared.',
    input: NOTHING,
    run: async () => ({ alerts: await all.alerts() }),
  });
}
