// The methods of authentication as options: for publishing and playing alike, or for one of the two.
import { addressListSchema, type JsonSchema } from 'livego';
import { DEFAULT_EXPRESSION, SIGN_FORMATS, type SignFormat } from './credentials/signatures.ts';

export interface SignOptions {
  readonly secret: string;
  readonly previousSecret: string;
  readonly format: SignFormat;
  readonly expression: string;
  readonly bindIp: boolean;
  readonly endsSession: boolean;
}

export interface JwtOptions {
  readonly secret: string;
  readonly keyFile: string;
  readonly jwksUrl: string;
  readonly algorithms: readonly string[];
  readonly issuer: string;
  readonly audience: string;
  readonly timeoutMs: number;
  readonly cacheSeconds: number;
}

export interface UserOptions {
  readonly user: string;
  readonly password: string;
  readonly adobe: string;
  readonly publish: readonly string[];
  readonly play: readonly string[];
}

export interface MethodOptions {
  readonly mode: 'any' | 'all';
  readonly channelKeys: boolean | 'enable' | 'disable';
  readonly allow: readonly string[];
  readonly sign: SignOptions;
  readonly jwt: JwtOptions;
  readonly users: readonly UserOptions[];
}

export function isOn(option: MethodOptions['channelKeys']): boolean {
  return option === true || option === 'enable';
}

const SIGN: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  default: {},
  description: 'Signed links. On as soon as there is a secret.',
  properties: {
    secret: {
      type: 'string',
      default: '',
      description: 'Signs the links; 16 characters or more. Best given as "${NAME}".',
    },
    previousSecret: {
      type: 'string',
      default: '',
      description: 'Also accepted, while links with it are around: for changing the secret.',
    },
    format: {
      enum: [...SIGN_FORMATS],
      default: 'livego',
      description:
        'The form of the signature: "livego" (HMAC-SHA256), or that of node-media-server or of nginx’s secure_link (MD5).',
    },
    expression: {
      type: 'string',
      default: DEFAULT_EXPRESSION,
      description: 'What "secure_link" signs, with {expires}, {uri} (/APP/NAME), {ip} and {secret}.',
    },
    bindIp: {
      type: 'boolean',
      default: false,
      description: 'Whether the client’s address is part of what is signed.',
    },
    endsSession: {
      type: 'boolean',
      default: true,
      description: 'Whether a session that began with a link ends when the link expires.',
    },
  },
};

const JWT: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  default: {},
  description:
    'JSON Web Tokens, from ?token=, ?jwt= or an Authorization header. On as soon as there is a key.',
  properties: {
    secret: {
      type: 'string',
      default: '',
      description: 'For HS256, HS384 and HS512. Best given as "${NAME}".',
    },
    keyFile: {
      type: 'string',
      path: 'read',
      default: '',
      description: 'PEM file with a public key or a certificate.',
    },
    jwksUrl: {
      type: 'string',
      default: '',
      pattern: '^(https?://.+)?$',
      expects: 'an http:// or https:// URL',
      description:
        'Where public keys are fetched (a JWK Set). They are kept, and fetched again when they change.',
    },
    algorithms: {
      type: 'array',
      items: { type: 'string' },
      default: [],
      description: 'Algorithms that are accepted. An empty list means all that fit the kind of key.',
    },
    issuer: { type: 'string', default: '', description: 'If given: the token’s claim "iss" must be this.' },
    audience: {
      type: 'string',
      default: '',
      description: 'If given: the token’s claim "aud" must hold this.',
    },
    timeoutMs: {
      type: 'integer',
      minimum: 1,
      maximum: 60_000,
      default: 3000,
      description: 'How long fetching the keys may take.',
    },
    cacheSeconds: {
      type: 'integer',
      minimum: 1,
      maximum: 86_400,
      default: 600,
      description:
        'How long fetched keys are good. If they cannot be fetched again by then, tokens are denied.',
    },
  },
};

function patterns(what: string): JsonSchema {
  return {
    type: 'array',
    items: { type: 'string' },
    default: [],
    description: `Names of streams that the user may ${what}; "*" stands for any characters.`,
  };
}

const USERS: JsonSchema = {
  type: 'array',
  default: [],
  description:
    'Users with passwords: by ?user=&password=, HTTP Basic, or Adobe’s authentication in RTMP (OBS: "use authentication").',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['user'],
    properties: {
      user: { type: 'string', minLength: 1, description: 'The name.' },
      password: {
        type: 'string',
        default: '',
        description: 'A line that "livego hash" has made, or the password itself, best as "${NAME}".',
      },
      adobe: {
        type: 'string',
        default: '',
        description: 'For RTMP with a hashed password: the second line of "livego hash --user NAME".',
      },
      publish: patterns('publish'),
      play: patterns('play'),
    },
  },
};

/** Options that a list of methods has. */
export const METHOD_PROPERTIES: Readonly<Record<string, JsonSchema>> = {
  mode: {
    enum: ['any', 'all'],
    default: 'any',
    description: 'Whether one of the methods that are configured is enough, or all of them are needed.',
  },
  channelKeys: {
    anyOf: [{ type: 'boolean' }, { enum: ['enable', 'disable'] }],
    default: false,
    description: 'Whether publishing needs the room’s key, as the stream’s name or as ?key=.',
  },
  allow: addressListSchema('Addresses and networks as a method: in mode "any" they need nothing else.'),
  sign: SIGN,
  jwt: JWT,
  users: USERS,
};
