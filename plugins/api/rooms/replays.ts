// Finished recordings in the form of getReplay.
import type { ListedRecording } from '../recordings.ts';
import type { Project } from './projects.ts';
import type { PushPoint, Room } from './room-list.ts';

type ProjectInRoom = Pick<Project, 'liveId' | 'projectId'>;

/** ROOM/[DATE/]PROJECT/Camera_PUSHID: the name of a project's stream. */
const NAME = /^(.+?)\/(?:\d{8}\/)?([^/]+)\/[A-Za-z]+_([^/]+)$/;

/** The project whose recording it is; undefined for one of no project. */
export function projectOf({ name }: ListedRecording): ProjectInRoom | undefined {
  const [, liveId, projectId] = NAME.exec(String(name)) ?? [];
  return liveId === undefined || projectId === undefined ? undefined : { liveId, projectId };
}

/** Recordings of projects by room, project and push point. */
export class Replays {
  readonly #byPoint = new Map<string, ListedRecording[]>();

  constructor(recordings: readonly ListedRecording[]) {
    for (const each of recordings) {
      const [, liveId = '', projectId = '', pushId = ''] = NAME.exec(String(each['name'])) ?? [];
      const key = keyOf({ liveId, projectId }, pushId);
      const present = this.#byPoint.get(key);
      if (present) present.push(each);
      else this.#byPoint.set(key, [each]);
    }
  }

  /** Those of a project in one room. */
  inRoom(room: Room, projectId: string) {
    const liveId = String(room.liveId);
    const urls = room.urls.map((point) => ({
      pushId: point.pushId,
      replays: this.ofPoint({ liveId, projectId }, point),
    }));
    return { liveRoomId: liveId, mixReplays: [], urls };
  }

  /** Those of one push point: the classic fields. Null for none. */
  ofPoint(project: ProjectInRoom, { pushId, videoType, videoSize = '' }: PushPoint): object[] | null {
    const ours = this.#byPoint.get(keyOf(project, String(pushId)));
    if (!ours) return null;
    return ours.map((each) => ({
      addr: each['url'] ?? each['path'] ?? '',
      size: each['bytes'] ?? 0,
      md5: each['md5'] ?? '',
      start: compact(each['startedAt']),
      finish: compact(each['endedAt']),
      videoType,
      videoSize,
    }));
  }
}

function keyOf({ liveId, projectId }: ProjectInRoom, pushId: string): string {
  return JSON.stringify([liveId, projectId, pushId]);
}

/** 20060102T150405 */
function compact(time: unknown): string {
  return typeof time === 'string' ? time.slice(0, 19).replaceAll(/[-:]/g, '') : '';
}
