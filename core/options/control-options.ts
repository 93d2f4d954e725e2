// Options that say who may use the routes that show and change the server.
import type { JsonSchema } from './json-schema.ts';

/** `reader` may look, `operator` may change. */
export type ControlRole = 'operator' | 'reader';

export interface ControlToken {
  readonly token: string;
  readonly role?: ControlRole;
  /** For the log: who has it. */
  readonly name?: string;
}

export interface ControlOptions {
  readonly tokens: readonly ControlToken[];
  readonly hosts: readonly string[];
  readonly requestsPerMinute: number;
  readonly failuresPerMinute: number;
}

export interface ControlJwtOptions {
  readonly secret: string;
  readonly algorithm: 'HS256' | 'HS384' | 'HS512';
}

const TOKEN: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['token'],
  properties: {
    // As a header can carry it. An empty one is none: "${NAME:}" is a token if the variable is set.
    token: { type: 'string', pattern: '^([!-~]{16,1024})?$' },
    role: { enum: ['operator', 'reader'] },
    name: { type: 'string', minLength: 1, maxLength: 64 },
  },
};

export const CONTROL_SCHEMA: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  default: {},
  description: 'Who may use the API and see figures: the routes that show and change the server.',
  properties: {
    tokens: {
      type: 'array',
      items: TOKEN,
      maxItems: 1000,
      default: [],
      expects: 'a list of { token, role, name }; a token has 16 characters or more',
      description:
        'Bearer tokens. `role` is "operator" unless it is "reader", who may only look; `name` stands in the log. Best given as "${NAME}", or "${NAME:}" if it may be missing. Without any, and without jwt.secret, only programs of this machine are answered.',
    },
    hosts: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      default: [],
      description:
        'Without tokens: names by which this machine may be called beside localhost, as a request has them in its Host header.',
    },
    requestsPerMinute: {
      type: 'integer',
      minimum: 0,
      default: 6000,
      description:
        'Requests that one IPv4 address or IPv6 /64 may make in a minute, at all workers together; 0 means no limit.',
    },
    failuresPerMinute: {
      type: 'integer',
      minimum: 1,
      default: 20,
      description:
        'Wrong tokens that one IPv4 address or IPv6 /64 may send in a minute, to all workers together, before it has to wait.',
    },
  },
};

export const CONTROL_JWT_SCHEMA: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  default: {},
  description: 'JSON Web Tokens for the API, as the classic server has them.',
  properties: {
    secret: {
      type: 'string',
      default: '',
      description: 'The secret that they are signed with. Best given as "${NAME}". "" switches them off.',
    },
    algorithm: {
      enum: ['HS256', 'HS384', 'HS512'],
      default: 'HS256',
      description:
        'The algorithm. A token whose claim `role` is not "operator" may only look; without the claim it may do everything.',
    },
  },
};
