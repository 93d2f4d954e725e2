// The streams of other workers that clients of this one want: found in the directory, copied while they are watched.
import { BoundedMap } from '../../collections/bounded-map.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Logger } from '../../log/log.ts';
import type { WorkerNumber } from '../../plugin/worker-calls.ts';
import type { ResourceOwner } from '../../resource-owner.ts';
import type { OfferedProvider } from '../../session/application.ts';
import type { Found } from '../../session/elsewhere.ts';
import type { Session } from '../../session/session.ts';
import type { Links } from '../link/links.ts';
import { Mirror, type MirrorClock } from '../link/mirror.ts';
import type { SupervisorTalk } from './names.ts';

/** Clocks that are remembered of copies. */
const MAX_CLOCKS = 10_000;

/** Copies belong to the worker and end with it. */
const OWNER: ResourceOwner = { stopped: false, keep: () => {}, letGo: () => {} };

interface Wanted {
  readonly app: string;
  readonly name: string;
  readonly displayKey: string;
  /** One of the viewers that wait, so that plugins can be asked for a provider. */
  readonly viewer: Session | undefined;
}

export interface MirrorsSettings {
  readonly kernel: Kernel;
  readonly talk: SupervisorTalk;
  readonly links: Links;
  readonly log: Logger;
}

export class Mirrors {
  readonly #settings: MirrorsSettings;
  /** Streams that the directory tells this worker about, by key. */
  readonly #wanted = new Map<string, Wanted>();
  /** Those that run: each follows its original from before its first packet on. */
  readonly #mirrors = new Map<string, Mirror>();
  readonly #clocks = new BoundedMap<string, MirrorClock>(MAX_CLOCKS);

  constructor(settings: MirrorsSettings) {
    this.#settings = settings;
  }

  /** A viewer waits for a stream that does not live here. */
  async find(viewer: Session): Promise<Found> {
    const { key, app, name, displayKey } = viewer;
    this.#wanted.set(key, { app, name, displayKey, viewer });
    const where = await this.#settings.talk.ask('find', { key });
    return typeof where === 'string' ? where : this.#offer(key, where.home);
  }

  /** A stream has left this worker, or the directory says where one is. */
  follow(key: string, home: WorkerNumber | undefined): void {
    const wanted = this.#wanted.get(key);
    if (home === undefined || !wanted || !this.#isMissing(key)) return;
    this.#settings.kernel.providers.startMirror(wanted, this.#offer(key, home));
  }

  /** Another worker was to ask its plugins for a provider, and has no viewer any more. */
  askPlugins(key: string): void {
    const viewer = this.#wanted.get(key)?.viewer;
    if (viewer && !viewer.ended) this.#settings.kernel.providers.ask(viewer);
  }

  /** A stream that lived here lives elsewhere now. Its viewers wait for a copy. */
  movedAway(key: string): void {
    const stream = this.#settings.kernel.hub.find(key);
    if (!stream || this.#wanted.has(key)) return;
    const { app, name, displayKey } = stream;
    this.#wanted.set(key, { app, name, displayKey, viewer: undefined });
    this.#findAgain(key);
  }

  /** See `Elsewhere.takeSeat`. */
  takeSeat(key: string): Promise<(() => void) | undefined> {
    return this.#mirrors.get(key)?.takeSeat() ?? Promise.resolve(undefined);
  }

  /** Called about once a second. */
  sweep(): void {
    const { hub } = this.#settings.kernel;
    for (const key of [...this.#wanted.keys()]) {
      if (this.#isMissing(key)) this.#findAgain(key);
      else if (!hub.find(key) || hub.find(key)?.origin === 'local') this.#forget(key);
    }
    for (const [key, mirror] of this.#mirrors) {
      mirror.tellViewers();
      if (mirror.follows) hub.keepWaiting(key);
    }
  }

  /** Viewers wait, and there is nothing that sends them packets. */
  #isMissing(key: string): boolean {
    const { hub } = this.#settings.kernel;
    const stream = hub.find(key);
    if (!stream) return hub.waitingFor(key) > 0;
    return stream.origin === 'mirror' && stream.state === 'paused' && stream.localViewerCount > 0;
  }

  #findAgain(key: string): void {
    const { talk, log } = this.#settings;
    talk.ask('find', { key }).then(
      (where) => this.follow(key, typeof where === 'string' ? undefined : where.home),
      (error: unknown) => log.debug({ err: error }, 'a stream could not be looked up'),
    );
  }

  #forget(key: string): void {
    this.#wanted.delete(key);
    this.#settings.talk.tell('forget', { key });
  }

  #offer(key: string, home: WorkerNumber): OfferedProvider {
    const { kernel, links } = this.#settings;
    const findStream = () => kernel.hub.find(key);
    const provider = new Mirror({
      key,
      home,
      links,
      clocks: this.#clocks,
      findStream,
      started: (mirror) => void this.#mirrors.set(key, mirror),
      ended: (mirror) => void (this.#mirrors.get(key) === mirror && this.#mirrors.delete(key)),
    });
    return { plugin: 'workers', owner: OWNER, provider };
  }
}
