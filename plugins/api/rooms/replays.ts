// Finished recordings in the form of getReplay.
import type { ApiServices } from '../services.ts';
import { PROJECT_APP, type Project } from './projects.ts';
import type { PushPoint } from './room-list.ts';

type Recording = Readonly<Record<string, unknown>>;

/** All finished recordings; none if no plugin lists them. */
export async function listReplays({ others }: ApiServices): Promise<readonly Recording[]> {
  return others.has('replay.list') ? await others.list('replay.list', 'recordings') : [];
}

/** Those of one push point: the classic fields. */
export function replaysOf(all: readonly Recording[], project: Project, point: PushPoint): object[] | null {
  const name = new RegExp(
    `^${escape(project.liveId)}/(?:\\d{8}/)?${escape(project.projectId)}/[A-Za-z]+_${escape(String(point.pushId))}$`,
  );
  const ours = all.filter((each) => each['app'] === PROJECT_APP && name.test(String(each['name'])));
  if (ours.length === 0) return null;
  return ours.map((each) => ({
    addr: each['url'] ?? '',
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
