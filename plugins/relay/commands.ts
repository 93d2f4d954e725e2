// What the relay can be told at run time.
import { Denial, messageOf, type AppContext, type ServerContext } from 'livego';
import type { RelayApplication } from './application.ts';
import type { RelayOptions } from './schema.ts';
import { pullSpec, readPush, type RelaySpec } from './specs.ts';
import type { RelayChange, RelayState } from './state.ts';

interface StartInput {
  readonly kind: 'push' | 'pull';
  readonly url: string;
  readonly name: string;
  readonly app: string;
  readonly only?: 'all' | 'audio' | 'video';
}

const START_INPUT = {
  type: 'object',
  additionalProperties: false,
  required: ['kind', 'url', 'name'],
  properties: {
    kind: { enum: ['push', 'pull'] },
    url: { type: 'string', minLength: 1, description: 'The target or the source, as in the config.' },
    name: { type: 'string', minLength: 1, description: 'The stream here.' },
    only: { enum: ['all', 'audio', 'video'], description: 'For a push.' },
  },
};

const STOP_INPUT = {
  type: 'object',
  additionalProperties: false,
  required: ['id'],
  properties: { id: { type: 'string', description: 'As `relay.start` answered it.' } },
};

export function declareList(context: Pick<ServerContext, 'command'>, state: RelayState): void {
  context.command({
    name: 'list',
    description: 'All relays and their states.',
    input: { type: 'object', additionalProperties: false, properties: {} },
    run: async () => ({ relays: (await state.elsewhere?.list()) ?? state.statuses }),
  });
}

export function declareCommands(
  context: Pick<AppContext, 'command' | 'servername'>,
  application: RelayApplication,
  { options, state }: { readonly options: RelayOptions; readonly state: RelayState },
): void {
  const change = async (here: RelayChange): Promise<{ readonly id: string }> => {
    if (!state.elsewhere) throw new Denial('unavailable', 'the relay has not started yet');
    return { id: await state.elsewhere.change(here) };
  };
  context.command<StartInput>({
    name: 'start',
    description:
      'Starts a relay that lives until it is stopped. The same one a second time is the same relay.',
    input: START_INPUT,
    run: (input) => {
      const spec = readSpec(input, { options, servername: context.servername });
      return application.withPlace(application.has(spec), () =>
        change(() => ({ started: application.add(spec) })),
      );
    },
  });
  context.command<{ readonly id: string }>({
    name: 'stop',
    description: 'Stops a relay that was started at run time.',
    input: STOP_INPUT,
    run: ({ id }) =>
      change(() => {
        application.drop(id);
        return { stopped: { servername: context.servername, id } };
      }),
  });
}

function readSpec(
  { kind, url, name, app, only = 'all' }: StartInput,
  { options, servername }: { readonly options: RelayOptions; readonly servername: string },
): RelaySpec {
  try {
    if (kind === 'push') return { kind, spec: readPush({ url, name, only }, options) };
    return { kind, spec: pullSpec({ url, name, app }, options, servername) };
  } catch (error) {
    if (error instanceof TypeError) throw new Denial('invalid', messageOf(error));
    throw error;
  }
}
