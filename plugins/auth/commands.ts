// Commands for channel keys and signed links at run time.
import { Denial, matchesServername, type AppContext, type ServerContext } from 'livego';
import type { KeyStore } from './keys/key-store.ts';
import type { AuthOptions } from './schema.ts';
import { signLink, type Action } from './credentials/signatures.ts';
import type { AuthState } from './state.ts';

interface RoomInput {
  readonly room: string;
  readonly close?: boolean;
}

const ROOM = {
  type: 'string',
  minLength: 1,
  maxLength: 512,
  pattern: '^[^\\u0000-\\u001f?\\\\]+$',
  description: 'The room: the name under which its stream is played.',
};
const CLOSE = {
  type: 'boolean',
  description: 'Whether the present publisher of the room is closed. Default: it stays.',
};

export function declareKeyCommands(
  context: ServerContext,
  { keyStore }: AuthOptions,
  state: AuthState,
): void {
  const use = useOfKeys(context, keyStore, state);
  const input = {
    type: 'object',
    required: ['room'],
    additionalProperties: false,
    properties: { room: ROOM },
  };
  const closing = { ...input, properties: { room: ROOM, close: CLOSE } };
  context.command<RoomInput>({
    name: 'get-key',
    description: 'The channel key of a room. It is made when it is asked for the first time.',
    input,
    run: async ({ room }) => ({ room, key: await use((store) => store.keyOf(room)) }),
  });
  context.command<RoomInput>({
    name: 'reset-key',
    description: 'Gives a room another channel key. The one before is worthless from now on.',
    input: closing,
    run: async ({ room, close }) => {
      const key = await use((store) => store.reset(room));
      return { room, key, closed: close ? closePublishers(context, state, room) : 0 };
    },
  });
  context.command<RoomInput>({
    name: 'delete-key',
    description: 'Takes a room its channel key, so that nobody can publish it.',
    input: closing,
    run: async ({ room, close }) => {
      if (!(await use((store) => store.delete(room))))
        throw new Denial('not-found', `the room "${room}" has no key`);
      return { room, closed: close ? closePublishers(context, state, room) : 0 };
    },
  });
}

/**
 * Workers share the file, and each writes the whole of it: two at the same moment would lose one change. Redis has an order
 * of its own.
 */
function useOfKeys(
  { everywhere, log }: ServerContext,
  keyStore: AuthOptions['keyStore'],
  { stores }: AuthState,
) {
  return <Result>(work: (store: KeyStore) => Promise<Result>): Promise<Result> => {
    const use = (): Promise<Result> => stores.use(keyStore, log, work);
    return keyStore.redisAddress === '' ? everywhere.exclusively('auth.keys', use) : use();
  };
}

interface SignInput {
  readonly app: string;
  readonly name: string;
  readonly action: Action;
  readonly expiresInSeconds: number;
  readonly ip?: string;
}

const SIGN_INPUT = {
  type: 'object',
  required: ['name', 'action', 'expiresInSeconds'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', minLength: 1, description: 'The stream.' },
    action: { enum: ['publish', 'play'] },
    expiresInSeconds: { type: 'integer', minimum: 1 },
    ip: { type: 'string', description: 'The client that may use the link (sign.bindIp).' },
  },
};

export function declareSignCommand(context: AppContext, options: AuthOptions): void {
  context.command<SignInput>({
    name: 'sign-link',
    description:
      'Makes a signed link: what goes behind the "?" of the stream’s address, and when it expires.',
    input: SIGN_INPUT,
    run: ({ app, name, action, expiresInSeconds, ip }) => {
      const { sign } = options[action] ?? options;
      if (sign.secret === '') throw new Denial('invalid', `application "${app}" has no auth.sign.secret`);
      if (sign.bindIp && ip === undefined)
        throw new Denial('invalid', 'auth.sign.bindIp is on: name the client’s address in ip');
      const expires = Math.floor(Date.now() / 1000) + expiresInSeconds;
      const facts = { action, app, name, expires, ip: sign.bindIp ? ip : undefined };
      const query = new URLSearchParams(signLink(facts, sign.secret, sign)).toString();
      return { query, expires: new Date(expires * 1000).toISOString() };
    },
  });
}

/** Returns how many were closed. */
function closePublishers(context: ServerContext, { keyedApps }: AuthState, room: string): number {
  const concerned = [...context.sessions()].filter(
    ({ role, name, app }) =>
      role === 'publish' &&
      name === room &&
      [...keyedApps].some((servername) => matchesServername(servername, app)),
  );
  for (const session of concerned)
    session.close({ code: 'kicked', message: 'its channel key was withdrawn' });
  return concerned.length;
}
