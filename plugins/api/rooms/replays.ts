// Finished recordings in the form of getReplay.
import type { ListedRecording } from '../recordings.ts';
import { PROJECT_APP, type Project } from './projects.ts';
import type { PushPoint, Room } from './room-list.ts';

type ProjectInRoom = Pick<Project, 'liveId' | 'projectId'>;

/** Those of a project in one room, by push point. */
export function replaysIn(room: Room, projectId: string, all: readonly ListedRecording[]) {
  const liveId = String(room.liveId);
  const urls = room.urls.map((point) => ({
    pushId: point.pushId,
    replays: replaysOf(all, { liveId, projectId }, point),
  }));
  return { liveRoomId: liveId, mixReplays: [], urls };
}

/** Those of one push point: the classic fields. */
export function replaysOf(
  all: readonly ListedRecording[],
  project: ProjectInRoom,
  point: PushPoint,
): object[] | null {
  const name = new RegExp(
    `^${escape(project.liveId)}/(?:\\d{8}/)?${escape(project.projectId)}/[A-Za-z]+_${escape(String(point.pushId))}$`,
  );
  const ours = all.filter((each) => each['app'] === PROJECT_APP && name.test(String(each['name'])));
  if (ours.length === 0) return null;
  return ours.map((each) => ({
    addr: each['url'] ?? each['path'] ?? '',
    size: each['bytes'] ?? 0,
    md5: each['md5'] ?? '',
    start: compact(each['startedAt']),
    finish: compact(each['endedAt']),
    videoType: point.videoType,
    videoSize: point.videoSize ?? '',
  }));
}

/** 20060102T150405 */
function compact(time: unknown): string {
  return typeof time === 'string' ? time.slice(0, 19).replaceAll(/[-:]/g, '') : '';
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
