// Options of the API.
import { addressSchema, tlsSchema, type JsonSchema, type TlsOptions } from 'livego';
import type { AllowOrigin } from 'livego/http';
import { ROOMS_SCHEMA, type RoomList } from './rooms/room-list.ts';

export interface ApiOptions {
  readonly port: string | number;
  readonly tls: TlsOptions;
  readonly allowOrigin: AllowOrigin;
  readonly publicHost: string;
  readonly stateFile: string;
  readonly rooms: string | RoomList;
  readonly staticAddr: boolean;
  readonly startMuted: boolean;
  readonly strictClassic: boolean;
  readonly maxEventClients: number;
}

const ROOMS: Readonly<Record<string, JsonSchema>> = {
  rooms: {
    anyOf: [{ type: 'string' }, ROOMS_SCHEMA],
    path: 'read',
    expects: 'a file, or { lives: [{ liveId, urls: [{ pushId, userType, videoType }] }] }',
    default: '',
    description:
      'The rooms of getPush and the other project requests: a file, or the object itself. "" for none.',
  },
  staticAddr: {
    type: 'boolean',
    default: false,
    description: 'Whether the addresses of getPush are without the date.',
  },
  startMuted: {
    type: 'boolean',
    default: true,
    description:
      'Whether push points of a project are muted until setPushIdAudio says otherwise. Holders never are.',
  },
};

export const schema: JsonSchema = {
  type: 'object',
  level: 'server',
  properties: {
    port: addressSchema(8070, 'Address of the API. The short form sets that of the statistics as well.'),
    tls: tlsSchema('Address of https://, beside the plain one; 0 switches it off.'),
    allowOrigin: {
      anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
      default: '',
      description:
        'Origins whose pages may use the API: one origin ("https://example.org"), a list of them, or "" for none.',
    },
    publicHost: {
      type: 'string',
      default: '',
      description: 'The host in addresses that the API gives; "" takes that of each request.',
    },
    stateFile: {
      type: 'string',
      minLength: 1,
      path: 'write',
      default: 'livego-state.json',
      description: 'Where projects, mutes and bans are kept.',
    },
    ...ROOMS,
    strictClassic: {
      type: 'boolean',
      default: false,
      description:
        'Whether /control/pull?oper=stop answers a success with status 400, as the classic server does.',
    },
    maxEventClients: {
      type: 'integer',
      minimum: 0,
      maximum: 10_000,
      default: 100,
      description: 'Clients that may follow /api/v1/events at once, in all workers together.',
    },
  },
};
