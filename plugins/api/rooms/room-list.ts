// The rooms that projects get, as the operator lists them: `room.json` of the classic server, or the same in the config.
import { Ajv } from 'ajv';
import { LivegoError, messageOf, type JsonSchema } from 'livego';
import { readRegularFile } from 'livego/files';

/** 0 bidder, 1 holder, 2 machine. */
export type UserType = 0 | 1 | 2;
/** 0 camera, 1 camera of a PC, 2 shared desktop. */
export type VideoType = 0 | 1 | 2;

export interface PushPoint {
  readonly pushId: string | number;
  readonly userType: UserType;
  readonly videoType: VideoType;
  readonly videoSize?: string;
  readonly rtmpBase?: string;
  readonly savePath?: string;
  readonly saveUrl?: string;
  /** Asked when a project gets the room, and when it gives it back. */
  readonly requestUrl?: string;
}

export interface Room {
  readonly liveId: string | number;
  readonly mixSavePath?: string;
  readonly mixSaveUrl?: string;
  readonly mixRtmpBase?: string;
  readonly urls: readonly PushPoint[];
}

export interface RoomList {
  readonly lives: readonly Room[];
}

const text = { type: 'string' };
const id = { anyOf: [{ type: 'string', minLength: 1 }, { type: 'integer' }] };

const PUSH_POINT = {
  type: 'object',
  required: ['pushId', 'userType', 'videoType'],
  properties: {
    pushId: id,
    userType: { enum: [0, 1, 2] },
    videoType: { enum: [0, 1, 2] },
    videoSize: text,
    rtmpBase: text,
    savePath: text,
    saveUrl: text,
    requestUrl: text,
  },
};

export const ROOMS_SCHEMA: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['lives'],
  properties: {
    lives: {
      type: 'array',
      maxItems: 10_000,
      items: {
        type: 'object',
        required: ['liveId', 'urls'],
        properties: {
          liveId: id,
          mixSavePath: text,
          mixSaveUrl: text,
          mixRtmpBase: text,
          urls: { type: 'array', maxItems: 1000, items: PUSH_POINT },
        },
      },
    },
  },
};

const MAX_FILE_BYTES = 64 * 1024 * 1024;

const NO_ROOMS: RoomList = { lives: [] };

/** @param rooms - a file, or the list itself. Throws LVG_PLUGIN_FAILED for a file that cannot be used. */
export async function readRooms(rooms: string | RoomList): Promise<RoomList> {
  if (typeof rooms !== 'string') return rooms;
  if (rooms === '') return NO_ROOMS;
  try {
    const list = JSON.parse(
      (await readRegularFile(rooms, { maxBytes: MAX_FILE_BYTES })).toString(),
    ) as RoomList;
    const ajv = new Ajv({ strict: false, logger: false });
    if (!ajv.validate(ROOMS_SCHEMA, list))
      throw new TypeError(ajv.errorsText(ajv.errors, { dataVar: 'rooms' }));
    return list;
  } catch (error) {
    const message = `api.rooms: ${rooms} cannot be used (${messageOf(error)}); name a file like { "lives": [{ "liveId": 1, "urls": [] }] }`;
    throw new LivegoError('LVG_PLUGIN_FAILED', message, { cause: error });
  }
}
