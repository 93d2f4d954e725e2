// The presentations of all applications, by stream key.
import * as fileSystem from 'node:fs/promises';
import { BoundedMap, matchesServername, type StreamView } from 'livego';
import { ClaimedFolders, FolderQueues, type Disk } from 'livego/files';
import type { WindowResumption } from 'livego/media';
import type { HlsCounters } from './counters.ts';
import { inTime } from './in-time.ts';
import { runDiscontinuities } from './playlists/stream-playlists.ts';
import { Presentation } from './presentation.ts';
import type { HandedWindow } from './segments/handed-window.ts';
import type { PresentationHost, PresentationOwner } from './presentation-owner.ts';
import type { HlsOptions } from './schema.ts';

/** What a presentation that has ended takes for itself: 12 to 15 KB were measured. */
const BYTES_BESIDE_SEGMENTS = 16 * 1024;

/** Names of streams whose numbers are remembered after their presentations were dropped. */
const MAX_REMEMBERED = 10_000;

/** Asks other workers where they have stopped making segments of a stream; undefined if there are none. */
type AskOthers = (key: string) => Promise<HandedWindow | undefined> | undefined;

/** Segments of a stream that lives in another worker now wait this long to be asked for. */
const HANDOVER_MS = 10_000;
/** The worker that goes on with them waits no longer than this for what this one has yet to write. */
const WRITE_LIMIT_MS = 5000;

interface Moved {
  readonly handed: HandedWindow;
  /** Resolves when this worker writes no more to the directory, which the other one may have as well. */
  readonly written: Promise<unknown>;
  /** Monotonic milliseconds. */
  readonly at: number;
}

/** An application's instance that is current. */
interface NamedApplication {
  /** A name or a pattern. */
  readonly servername: string;
  readonly options: Pick<HlsOptions, 'sessionTokens'>;
}

export class PresentationRegistry {
  readonly #host: PresentationHost;
  readonly #presentations = new Map<string, Presentation>();
  /** The copies in other qualities that can be played. */
  readonly #playable = new WeakSet<Presentation>();
  /** The points at which the segments of dropped presentations stopped. */
  readonly #resumptions = new BoundedMap<string, WindowResumption>(MAX_REMEMBERED);
  /** Streams that have moved to another worker. */
  readonly #moved = new Map<string, Moved>();
  /** By their names and patterns. */
  readonly #applications = new Map<string, NamedApplication>();
  #askOthers: AskOthers | undefined;
  #mayUse: (folder: string) => Promise<boolean> = () => Promise.resolve(true);
  #revision = 0;

  constructor(counters: HlsCounters, disk: Disk = fileSystem) {
    const onFailure = (): void => counters.count('diskFailures');
    const mayUse = (folder: string): Promise<boolean> => this.#mayUse(folder);
    const files = { queues: new FolderQueues(), folders: new ClaimedFolders(), disk, mayUse, onFailure };
    this.#host = {
      counters,
      files,
      earlierDiscontinuities: runDiscontinuities(Date.now()),
      changed: (key) => {
        this.noteChange();
        this.#noteRendition(key);
      },
      resumeElsewhere: (key) => this.#askOthers?.(key),
    };
  }

  get size(): number {
    return this.#presentations.size;
  }

  /** Another number after each change of any presentation. */
  get revision(): number {
    return this.#revision;
  }

  noteChange(): void {
    this.#revision++;
  }

  get files(): PresentationHost['files'] {
    return this.#host.files;
  }

  [Symbol.iterator](): Iterator<Presentation> {
    return this.#presentations.values();
  }

  find(key: string): Presentation | undefined {
    return this.#presentations.get(key);
  }

  /** Those that can be played of the stream's copies in other qualities, the best first. */
  renditionsOf({ key }: Presentation): readonly Presentation[] {
    return [...this]
      .filter((each) => each.ready && isRenditionOf(each, key))
      .toSorted((one, other) => other.segments.window!.bandwidth.peak - one.segments.window!.bandwidth.peak);
  }

  /** The presentation of that key if it is a copy of a stream in another quality. */
  findRendition(key: string, ofKey: string): Presentation | undefined {
    const found = this.find(key);
    return found && isRenditionOf(found, ofKey) ? found : undefined;
  }

  // Other workers learn of a copy in another quality with the stream that it is one of.
  #noteRendition(key: string): void {
    const presentation = this.find(key);
    if (!presentation) return;
    const of = presentation.ready ? renditionOf(presentation) : undefined;
    if (of === undefined) return void this.#playable.delete(presentation);
    if (this.#playable.has(presentation)) return;
    this.#playable.add(presentation);
    this.find(of)?.changes.note();
  }

  /** The presentation of a stream's name, which belongs to the owner from now on. */
  claim(stream: StreamView, owner: PresentationOwner): Presentation {
    const { key } = stream;
    const present = this.#presentations.get(key);
    if (present) {
      if (present.owner !== owner) present.moveTo(owner);
      return present;
    }
    const made = new Presentation(stream, owner, this.#host, this.#resumptions.get(key));
    this.#presentations.set(key, made);
    return made;
  }

  ownedBy(owner: PresentationOwner): Presentation[] {
    return [...this].filter((each) => each.owner === owner);
  }

  askOthersWith(ask: AskOthers): void {
    this.#askOthers = ask;
  }

  claimFoldersWith(mayUse: (folder: string) => Promise<boolean>): void {
    this.#mayUse = mayUse;
  }

  /** Gives the segments of a stream away that lives in another worker now, or the point at which they have stopped. */
  async giveAway(key: string): Promise<HandedWindow | undefined> {
    const present = this.#presentations.get(key);
    // It has ended here, and its players wait for the publisher, which has returned elsewhere.
    if (present && !present.stream) this.move(present);
    const moved = this.#moved.get(key);
    this.#moved.delete(key);
    if (moved) {
      await moved.written;
      return moved.handed;
    }
    const resumption = this.#resumptions.get(key);
    return resumption && { ...resumption, retained: [], listed: [], keys: [] };
  }

  /** The stream lives in another worker now, which will ask for its segments. */
  move(presentation: Presentation): void {
    const { key, segments } = presentation;
    const handed = presentation.leave();
    const written = inTime(segments.settled(), WRITE_LIMIT_MS);
    if (handed) this.#moved.set(key, { handed, written, at: presentation.owner.now() });
    this.#forget(presentation);
  }

  drop(presentation: Presentation): void {
    presentation.drop();
    this.#forget(presentation);
  }

  #forget({ key, segments }: Presentation): void {
    const { resumption } = segments;
    this.#presentations.delete(key);
    if (resumption) this.#resumptions.set(key, resumption);
  }

  dropAll(): void {
    for (const presentation of [...this]) this.drop(presentation);
  }

  addApplication(application: NamedApplication): void {
    this.#applications.set(application.servername, application);
  }

  removeApplication(application: NamedApplication): void {
    const { servername } = application;
    if (this.#applications.get(servername) === application) this.#applications.delete(servername);
  }

  /** The application whose streams are in this folder of a directory; undefined where several patterns match. */
  applicationOf(folder: string): NamedApplication | undefined {
    const named = this.#applications.get(folder);
    if (named) return named;
    const matching = this.#matching([folder]);
    return matching.length === 1 ? matching[0] : undefined;
  }

  /** Those that a stream may be of: names of applications and of streams may both contain slashes. Exact names go first. */
  applicationsFor(key: string): readonly NamedApplication[] {
    const parts = key.split('/');
    const names = parts.map((_, index) => parts.slice(0, index).join('/'));
    const named = names.flatMap((name) => this.#applications.get(name) ?? []);
    return named.length > 0 ? named : this.#matching(names);
  }

  #matching(names: readonly string[]): readonly NamedApplication[] {
    return [...this.#applications.values()].filter(({ servername }) =>
      names.some((name) => matchesServername(servername, name)),
    );
  }

  /** Drops presentations that are over, and rests those without viewers. Called about once a second. */
  sweep(now: number): void {
    for (const [key, { at }] of this.#moved) if (now - at >= HANDOVER_MS) this.#moved.delete(key);
    const ended: Presentation[] = [];
    for (const each of [...this]) {
      each.endIfAbandoned(now);
      if (each.isOver(now)) this.drop(each);
      else if (each.endedAt !== undefined) ended.push(each);
      else each.restIfIdle();
    }
    this.#limitEnded(ended);
  }

  // A publisher that uses ever new names must not fill the memory with streams that have ended.
  #limitEnded(ended: Presentation[]): void {
    const bytesOf = ({ segments }: Presentation): number => segments.memoryBytes + BYTES_BESIDE_SEGMENTS;
    let bytes = ended.reduce((sum, each) => sum + bytesOf(each), 0);
    for (const each of ended.toSorted((one, other) => one.endedAt! - other.endedAt!)) {
      if (bytes <= each.options.limits.endedBytes) return;
      bytes -= bytesOf(each);
      this.drop(each);
    }
  }
}

function isRenditionOf(presentation: Presentation, key: string): boolean {
  return renditionOf(presentation) === key;
}

/** The key of the stream that it is a copy of. */
function renditionOf({ stream }: Presentation): string | undefined {
  const name = stream?.publisher?.renditionOf;
  return stream === undefined || name === undefined ? undefined : `${stream.app}/${name}`;
}
