// What the project requests of the oldest livego do: getPush, stopProject, getCurrentList and the others.
//
// A success is the object itself, or `{"result":0,"message":…}`; a failure is `{"result":1,"message":…}`, both with status 200.
import { mapInTurns } from 'livego';
import type { RouteMatch } from 'livego/http';
import type { ApiServices } from '../services.ts';
import { tellCamera } from './camera.ts';
import { PROJECT_APP, type GivenPoint, type Project } from './projects.ts';
import type { PushPoint, Room } from './room-list.ts';
import type { ListedRecording } from '../recordings.ts';
import { projectOf, Replays } from './replays.ts';

/** Answers `{"result":1,"message":…}`. */
export class Failed {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

const HOLDER = 1;
/** Recordings that one answer lists. */
const MAX_REPLAYS = 1000;

export class ProjectRequests {
  readonly #services: ApiServices;
  /** `:1935`, as the RTMP listener has it. */
  readonly #rtmpPort: () => string;

  constructor(services: ApiServices, rtmpPort: () => string) {
    this.#services = services;
    this.#rtmpPort = rtmpPort;
  }

  /** @param host - by which the client called this server */
  getPush({ query }: RouteMatch, host: string): Promise<object> {
    const projectId = required(query, 'projectId');
    const wanted = { userType: required(query, 'userType'), videoType: required(query, 'videoType') };
    return this.#services.shared.change(() => this.#getPush(projectId, wanted, host));
  }

  async #getPush(
    projectId: string,
    { userType, videoType }: { readonly userType: string; readonly videoType: string },
    host: string,
  ): Promise<object> {
    const published = await this.#findPublished();
    const { projects } = this.#services.state;
    const opened = projects.open(projectId);
    if (!opened) throw new Failed('Get Push Failed Live Room Full');
    const { project, isNew } = opened;
    const points = projects.roomOf(project)?.urls ?? [];
    const fitting = points.filter(
      (each) => String(each.userType) === userType && String(each.videoType) === videoType,
    );
    // One that was given out and is not in use is given again: the client may have lost its answer.
    const free = fitting.find(({ pushId }) => !published.has(keyOf(project.points.get(String(pushId)))));
    if (!free) {
      if (isNew) projects.close(project);
      throw new Failed('Get Push Failed User Full Or userType & videoType Not Found');
    }
    const wasGiven = project.points.has(String(free.pushId));
    const given = this.#give(project, free);
    if (!wasGiven && this.#services.options.startMuted && free.userType !== HOLDER) this.#mute(given, true);
    const pushUrl = this.#urlOf(free, given, host);
    if (isNew) this.#tellCameras(project, host, 1);
    return { liveRoomId: project.liveId, pushId: free.pushId, pushUrl, userType: free.userType, projectId };
  }

  stopProject({ query }: RouteMatch, host: string): Promise<object> {
    const { state, shared } = this.#services;
    const projectId = required(query, 'projectId');
    return shared.change(async () => {
      const project = state.projects.find(projectId);
      if (!project) throw new Failed('Stop Project Failed Not Found ProjectId');
      this.#tellCameras(project, host, 0);
      for (const given of project.points.values()) await this.#endPoint(given);
      state.projects.close(project);
      return { result: 0, message: 'Stop Project Success' };
    });
  }

  stopPush({ query }: RouteMatch): Promise<object> {
    const { state, shared } = this.#services;
    const [projectId, pushId] = [required(query, 'projectId'), required(query, 'pushId')];
    return shared.change(async () => {
      const project = state.projects.find(projectId);
      const given = project && state.projects.takeBack(project, pushId);
      if (!given) throw new Failed('Stop Push Failed Not Found ProjectId Or PushId');
      await this.#endPoint(given);
      return { result: 0, message: 'Stop Push Success' };
    });
  }

  setPushIdAudio({ query }: RouteMatch): Promise<object> {
    const { state, shared } = this.#services;
    const [projectId, pushId, audio] = ['projectId', 'pushId', 'audio'].map((name) =>
      required(query, name),
    ) as [string, string, string];
    return shared.change(() => {
      const given = state.projects.find(projectId)?.points.get(pushId);
      if (!given) throw new Failed('set Audio Failed Not Found ProjectId Or PushId');
      if (audio !== '0' && audio !== '1') throw new Failed('set Audio Failed audio must be 0 or 1');
      this.#mute(given, audio === '0');
      const message = `set Audio Success ProjectId:${projectId} pushId=${pushId} Audio=${audio}`;
      return { result: 0, message };
    });
  }

  async getCurrentList({ query }: RouteMatch, host: string): Promise<object> {
    const { projects } = this.#services.state;
    const projectId = query.get('projectId') ?? '';
    const project = projects.find(projectId);
    if (projectId !== '' && !project) throw new Failed('Get Current List Failed Not Found ProjectId');
    const isShown = (each: ListedRecording): boolean => {
      const own = projectOf(each);
      return own !== undefined && projects.find(own.projectId)?.liveId === own.liveId;
    };
    const [recordings, published] = await Promise.all([this.#recordings(isShown), this.#findPublished()]);
    const shown = { replays: new Replays(recordings.slice(0, MAX_REPLAYS)), published };
    const rooms = projects.rooms.filter(({ liveId }) => !project || String(liveId) === project.liveId);
    return { lives: await mapInTurns(rooms, (room) => this.#describeRoom(room, host, shown)) };
  }

  /**
   * A project that has ended has no room any more; the names of its recordings say which one it had. `limit` and `offset`
   * count its recordings, the newest first.
   */
  async getReplay({ query }: RouteMatch): Promise<object> {
    const projectId = required(query, 'projectId');
    const { projects } = this.#services.state;
    const [offset, limit] = [wholeNumber(query, 'offset', 0), wholeNumber(query, 'limit', MAX_REPLAYS)];
    const present = projects.find(projectId);
    const all = await this.#recordings((each) => {
      const own = projectOf(each);
      return own?.projectId === projectId && (!present || present.liveId === own.liveId);
    });
    const rooms = new Set(present ? [present.liveId] : all.map((each) => projectOf(each)?.liveId));
    const page = new Replays(all.slice(offset, offset + Math.min(limit, MAX_REPLAYS)));
    const replays = projects.rooms
      .filter(({ liveId }) => rooms.has(String(liveId)))
      .map((room) => page.inRoom(room, projectId));
    if (replays.length === 0) throw new Failed('Get Replay Failed Not Found ProjectId');
    return { replays };
  }

  #describeRoom(
    room: Room,
    host: string,
    { replays, published }: { readonly replays: Replays; readonly published: ReadonlySet<string> },
  ): object {
    const project = this.#services.state.projects.ownerOf(String(room.liveId));
    const mixName = project ? `${project.liveId}/${project.projectId}/mixStream` : '';
    return {
      liveRoomId: String(room.liveId),
      projectId: project?.projectId ?? '',
      mixSavePath: room.mixSavePath ?? '',
      mixSaveUrl: room.mixSaveUrl ?? '',
      mixRtmpBase: room.mixRtmpBase ?? '',
      mixUrl: project ? this.#address(room.mixRtmpBase, mixName, host) : '',
      mixSrc: '',
      mixReplays: null,
      urls: room.urls.map((point) => {
        const given = project?.points.get(String(point.pushId));
        return {
          pushId: point.pushId,
          base: point.rtmpBase ?? '',
          userType: point.userType,
          videoType: point.videoType,
          videoSize: point.videoSize ?? '',
          limitAudio: given ? this.#services.state.mutes.has(keyOf(given)) : point.userType !== HOLDER,
          state: given ? 1 : 0,
          pushing: published.has(keyOf(given)) ? 1 : 0,
          url: given ? this.#urlOf(point, given, host) : '',
          savePath: point.savePath ?? '',
          saveUrl: point.saveUrl ?? '',
          requestUrl: point.requestUrl ?? '',
          replays: project ? replays.ofPoint(project, point) : null,
        };
      }),
    };
  }

  #recordings(isWanted: (recording: ListedRecording) => boolean): Promise<readonly ListedRecording[]> {
    return this.#services.recordings.findFinished({ app: PROJECT_APP }, isWanted);
  }

  #give(project: Project, point: PushPoint): GivenPoint {
    const date = new Date().toISOString().slice(0, 10).replaceAll('-', '');
    return this.#services.state.projects.give(
      project,
      point,
      this.#services.options.staticAddr ? undefined : date,
    );
  }

  #mute(given: GivenPoint, muted: boolean): void {
    this.#services.muting.set(keyOf(given), muted);
  }

  /** The keys of the streams that have a publisher, in all workers. */
  async #findPublished(): Promise<ReadonlySet<string>> {
    const streams = await this.#services.context.everywhere.streams();
    return new Set(streams.flatMap(({ key, publisher }) => (publisher ? [key] : [])));
  }

  /** Publisher and viewers are told, and disconnected. */
  async #endPoint(given: GivenPoint): Promise<void> {
    const { muting, closing } = this.#services;
    muting.set(keyOf(given), false);
    await closing.endStream(keyOf(given), { code: 'kicked', message: 'its project has ended' });
  }

  #tellCameras(project: Project, host: string, status: 0 | 1): void {
    const { state, context } = this.#services;
    for (const point of state.projects.roomOf(project)?.urls ?? []) {
      if (point.requestUrl === undefined || point.requestUrl === '') continue;
      const given = this.#give(project, point);
      tellCamera(
        point.requestUrl,
        { roomId: project.liveId, pushUrl: this.#urlOf(point, given, host), status: String(status) },
        context.log,
      );
    }
  }

  #urlOf({ rtmpBase }: PushPoint, { name }: GivenPoint, host: string): string {
    return this.#address(rtmpBase, name, host);
  }

  #address(rtmpBase: string | undefined, name: string, host: string): string {
    const own = `rtmp://${this.#services.options.publicHost || host}`;
    const base = (rtmpBase === undefined || rtmpBase === '' ? own : rtmpBase).replace(/\/+$/, '');
    return `${base}${this.#rtmpPort()}/${PROJECT_APP}/${name}`;
  }
}

/** "" for a push point that has not been given out. */
function keyOf(given: GivenPoint | undefined): string {
  return given ? `${PROJECT_APP}/${given.name}` : '';
}

const ID = /^[^\s/?#\p{Cc}]{1,128}$/u;

/** Throws Failed: a missing parameter crashed the classic program. */
function required(query: URLSearchParams, name: string): string {
  const value = query.get(name) ?? '';
  if (value === '') throw new Failed(`missing ${name}`);
  if (!ID.test(value)) throw new Failed(`${name} must have no blanks, "/", "?" and "#"`);
  return value;
}

/** Throws Failed for what is none. */
function wholeNumber(query: URLSearchParams, name: string, value: number): number {
  const given = query.get(name) ?? '';
  if (given === '') return value;
  if (!/^\d{1,9}$/.test(given)) throw new Failed(`${name} must be a whole number`);
  return Number(given);
}
