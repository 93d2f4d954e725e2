// Options of authentication.
import { addressListSchema, LivegoError, type JsonSchema } from 'livego';
import { isOn, METHOD_PROPERTIES, type MethodOptions } from './method-schema.ts';
import { adobeVerifierOf } from './methods/adobe.ts';
import { findPasswordFault } from './credentials/passwords.ts';

export type { JwtOptions, MethodOptions, SignOptions, UserOptions } from './method-schema.ts';

export interface KeyStoreOptions {
  readonly file: string;
  readonly redisAddress: string;
  readonly redisPassword: string;
  readonly staleSeconds: number;
}

export interface TriesOptions {
  readonly maxFailures: number;
  readonly windowSeconds: number;
  readonly banSeconds: number;
  readonly slowAfter: number;
  readonly maxDelayMs: number;
}

export interface LimitOptions {
  readonly maxPublisherKbps: number;
  readonly maxViewerKbps: number;
  readonly maxApplicationKbps: number;
  readonly windowSeconds: number;
}

export interface RefererOptions {
  readonly allow: readonly string[];
  readonly allowEmpty: boolean;
}

export interface AuthOptions extends MethodOptions {
  /** Instead of the methods beside it. */
  readonly publish?: MethodOptions;
  readonly play?: MethodOptions;
  readonly noauth?: boolean;
  readonly deny: readonly string[];
  readonly referers: RefererOptions;
  readonly tries: TriesOptions;
  readonly limits: LimitOptions;
  readonly keyStore: KeyStoreOptions;
  readonly recheck: 'keep' | 'close';
}

function count(defaultValue: number, description: string): JsonSchema {
  return { type: 'integer', minimum: 0, default: defaultValue, description };
}

function seconds(defaultValue: number, description: string): JsonSchema {
  return { type: 'integer', minimum: 1, maximum: 31_536_000, default: defaultValue, description };
}

const REFERERS: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  default: {},
  description:
    'Pages that may show streams by HTTP: by the Referer header, else Origin. RTMP is not concerned.',
  properties: {
    allow: {
      type: 'array',
      items: { type: 'string' },
      default: [],
      description: 'Host names such as "example.org" or "*.example.org". An empty list means every page.',
    },
    allowEmpty: {
      type: 'boolean',
      default: false,
      description: 'Whether a request without either header is admitted: players that are no browsers.',
    },
  },
};

const TRIES: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  default: {},
  description: 'What happens to an address (of IPv6: a /64) that gives wrong credentials again and again.',
  properties: {
    maxFailures: count(10, 'An address with this many failures is denied for banSeconds; 0 never denies.'),
    windowSeconds: seconds(60, 'Failures are counted over this time.'),
    banSeconds: seconds(300, 'How long it is denied.'),
    slowAfter: count(3, 'From this failure on, answers are held back: 100 ms, then twice as long each time.'),
    maxDelayMs: {
      type: 'integer',
      minimum: 0,
      maximum: 60_000,
      default: 2000,
      description: 'An answer is held back for no longer than this. Stay below gateTimeoutMs.',
    },
  },
};

const LIMITS: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  default: {},
  description: 'Bandwidth, in kbit/s; 0 means no limit.',
  properties: {
    maxPublisherKbps: count(0, 'A publisher that sends more is told, and closed.'),
    maxViewerKbps: count(0, 'A viewer that gets more is closed.'),
    maxApplicationKbps: count(
      0,
      'While the viewers of an application get more from all workers together, no others are admitted.',
    ),
    windowSeconds: seconds(10, 'Bandwidth is averaged over this time.'),
  },
};

const KEY_STORE: JsonSchema = {
  type: 'object',
  level: 'server',
  additionalProperties: false,
  default: {},
  description: 'Where channel keys are kept.',
  properties: {
    file: {
      level: 'server',
      type: 'string',
      minLength: 1,
      default: 'channel-keys.json',
      path: 'write',
      description: 'The file. Not used with Redis.',
    },
    redisAddress: {
      level: 'server',
      type: 'string',
      default: '',
      description: 'HOST:PORT of Redis, for several servers with the same keys.',
    },
    redisPassword: {
      level: 'server',
      type: 'string',
      default: '',
      description: 'Its password. Best given as "${NAME}".',
    },
    staleSeconds: {
      ...count(300, 'How long a key that was seen before is good while Redis does not answer.'),
      level: 'server',
    },
  },
};

function onlyFor(role: string): JsonSchema {
  const description = `Methods for ${role} alone, with the options mode, channelKeys, allow, sign, jwt and users. They replace those beside it.`;
  return { type: 'object', additionalProperties: false, description, properties: METHOD_PROPERTIES };
}

export const schema: JsonSchema = {
  type: 'object',
  properties: {
    ...METHOD_PROPERTIES,
    publish: onlyFor('publishing'),
    play: onlyFor('playing'),
    noauth: {
      type: 'boolean',
      description:
        'The classic form of channelKeys: false asks publishers for the room’s key, true does not. Unless given, channelKeys decides.',
    },
    deny: addressListSchema('Addresses and networks that may not connect, whatever else they have.'),
    referers: REFERERS,
    tries: TRIES,
    limits: LIMITS,
    keyStore: KEY_STORE,
    recheck: {
      enum: ['keep', 'close'],
      default: 'keep',
      description:
        'When a reload changes these options: whether sessions that they would deny stay, or are closed.',
    },
  },
};

/** What publishers need, with the classic option translated. */
export function publishMethods(options: AuthOptions): MethodOptions {
  if (options.publish) return options.publish;
  return options.noauth === undefined ? options : { ...options, channelKeys: !options.noauth };
}

const MIN_SECRET_LENGTH = 16;

/** Checks what the schema cannot say. Throws LVG_PLUGIN_FAILED, which names the option and shows no secret. */
export function checkOptions(options: AuthOptions): void {
  const all: readonly (readonly [string, MethodOptions | undefined])[] = [
    ['auth', options],
    ['auth.publish', options.publish],
    ['auth.play', options.play],
  ];
  for (const [path, methods] of all) if (methods) checkMethods(path, methods);
  const { noauth, channelKeys, publish } = options;
  if (noauth === true && isOn(channelKeys))
    fail('auth.noauth (rtmp_noauth) says that publishers need no key, and auth.channelKeys that they do');
  if (noauth === false && publish && !isOn(publish.channelKeys))
    fail('auth.noauth (rtmp_noauth) asks for keys, and auth.publish does not; use auth.publish.channelKeys');
}

function checkMethods(path: string, { sign, jwt, users }: MethodOptions): void {
  const secrets = {
    'sign.secret': sign.secret,
    'sign.previousSecret': sign.previousSecret,
    'jwt.secret': jwt.secret,
  };
  for (const [name, secret] of Object.entries(secrets))
    if (secret !== '' && secret.length < MIN_SECRET_LENGTH)
      fail(`${path}.${name}: it is too short; use ${MIN_SECRET_LENGTH} characters or more`);
  const keys = [jwt.secret, jwt.keyFile, jwt.jwksUrl].filter((each) => each !== '');
  if (keys.length > 1) fail(`${path}.jwt: give one of secret, keyFile and jwksUrl`);
  for (const { user, password, adobe } of users) {
    const fault = findPasswordFault(password);
    if (fault !== undefined) fail(`${path}.users: the password of "${user}": ${fault}`);
    if (password === '' && adobe === '') fail(`${path}.users: "${user}" has no password`);
    if (adobe !== '' && !adobeVerifierOf(user, password, adobe))
      fail(`${path}.users: the option adobe of "${user}" is no line of "livego hash --user"`);
  }
}

function fail(message: string): never {
  throw new LivegoError('LVG_PLUGIN_FAILED', message);
}
