// Which project has which room, and which of its push points have been given out.
import type { PushPoint, Room, RoomList } from './room-list.ts';

/** A push point that has been given out. */
export interface GivenPoint {
  readonly pushId: string;
  /** The stream's name: it holds the date on which the point was given. */
  readonly name: string;
}

export interface SavedProject {
  readonly projectId: string;
  readonly liveId: string;
  readonly points: readonly GivenPoint[];
}

interface Project {
  readonly projectId: string;
  readonly liveId: string;
  readonly points: Map<string, GivenPoint>;
}

/** The application of project streams. */
export const PROJECT_APP = 'live';

const VIDEO_NAMES = ['Camera', 'PCCamera', 'DesktopShare'] as const;
const MAX_PROJECTS = 10_000;

export class Projects {
  readonly #projects = new Map<string, Project>();
  /** The same by their rooms: there may be thousands of both. */
  readonly #owners = new Map<string, Project>();
  #rooms: RoomList = { lives: [] };

  /** Rooms of a new config. Projects whose room is gone stay: their streams are live. */
  useRooms(rooms: RoomList): void {
    this.#rooms = rooms;
  }

  get rooms(): readonly Room[] {
    return this.#rooms.lives;
  }

  find(projectId: string): Project | undefined {
    return this.#projects.get(projectId);
  }

  /** The project that has a room. */
  ownerOf(liveId: string): Project | undefined {
    return this.#owners.get(liveId);
  }

  roomOf({ liveId }: Project): Room | undefined {
    return this.#rooms.lives.find((room) => String(room.liveId) === liveId);
  }

  /** The project, which gets a free room if it has none. Undefined if there is none left. */
  open(projectId: string): { readonly project: Project; readonly isNew: boolean } | undefined {
    const present = this.#projects.get(projectId);
    if (present) return { project: present, isNew: false };
    const room = this.#rooms.lives.find(({ liveId }) => !this.ownerOf(String(liveId)));
    if (!room || this.#projects.size >= MAX_PROJECTS) return undefined;
    const project = { projectId, liveId: String(room.liveId), points: new Map<string, GivenPoint>() };
    this.#add(project);
    return { project, isNew: true };
  }

  /** Gives out a push point, the same again as long as it is not given back. */
  give(project: Project, point: PushPoint, date: string | undefined): GivenPoint {
    const pushId = String(point.pushId);
    const present = project.points.get(pushId);
    if (present) return present;
    const parts = [project.liveId, ...(date === undefined ? [] : [date]), project.projectId];
    const given = { pushId, name: [...parts, `${VIDEO_NAMES[point.videoType]}_${pushId}`].join('/') };
    project.points.set(pushId, given);
    return given;
  }

  takeBack(project: Project, pushId: string): GivenPoint | undefined {
    const given = project.points.get(pushId);
    project.points.delete(pushId);
    return given;
  }

  close({ projectId, liveId }: Project): void {
    this.#projects.delete(projectId);
    this.#owners.delete(liveId);
  }

  toSave(): readonly SavedProject[] {
    return [...this.#projects.values()].map(({ projectId, liveId, points }) => ({
      projectId,
      liveId,
      points: [...points.values()],
    }));
  }

  restore(saved: readonly SavedProject[]): void {
    this.#projects.clear();
    this.#owners.clear();
    for (const { projectId, liveId, points } of saved)
      this.#add({ projectId, liveId, points: new Map(points.map((point) => [point.pushId, point])) });
  }

  #add(project: Project): void {
    this.#projects.set(project.projectId, project);
    this.#owners.set(project.liveId, project);
  }
}

export type { Project };
