// What all HLS instances of one server share: the presentations, by stream key, and the viewers, by token. The
// applications' instances fill it, the server's serves from it, and reloads leave it alone.
import * as fileSystem from 'node:fs/promises';
import type { WindowResumption } from '../../core/media/hls/index.ts';
import type { HlsApplication } from './application.ts';
import { FolderQueues } from '../../core/files/folder-queues.ts';
import { Presentation, type PresentationOwner } from './presentation.ts';
import type { Disk, FileSystemAccess } from './segments/segment-files.ts';
import type { HlsCounters } from './segments/segment-store.ts';
import { runDiscontinuities } from './playlists/stream-playlists.ts';
import type { HlsSession } from './hls-session.ts';

/** Names whose numbers are remembered after they have gone. */
const MAX_REMEMBERED = 10_000;

export class PresentationRegistry {
  readonly counters: HlsCounters = { segments: 0, segmentBytes: 0, diskFailures: 0, slowReaders: 0 };
  readonly files: FileSystemAccess;
  readonly #earlierDiscontinuities = runDiscontinuities(Date.now());
  /** The instances that are in force. */
  readonly applications = new Set<HlsApplication>();
  readonly viewers = new Map<string, HlsSession>();
  /** Requests that wait for a publisher or a first segment. */
  held = 0;
  readonly #presentations = new Map<string, Presentation>();
  readonly #resumptions = new Map<string, WindowResumption>();

  constructor(disk: Disk = fileSystem) {
    const onFailure = (): void => void this.counters.diskFailures++;
    this.files = { queues: new FolderQueues(), disk, onFailure };
  }

  get presentations(): Iterable<Presentation> {
    return this.#presentations.values();
  }

  find(key: string): Presentation | undefined {
    return this.#presentations.get(key);
  }

  /** The presentation of that name, which from now on belongs to the owner. */
  claim(key: string, owner: PresentationOwner): Presentation {
    const present = this.#presentations.get(key);
    if (present) {
      if (present.owner !== owner) present.adopt(owner);
      return present;
    }
    const { counters, files } = this;
    const resume = this.#resumptions.get(key);
    const made = new Presentation(key, owner, counters, files, this.#earlierDiscontinuities, resume);
    this.#presentations.set(key, made);
    return made;
  }

  ownedBy(owner: PresentationOwner): Presentation[] {
    return [...this.#presentations.values()].filter((each) => each.owner === owner);
  }

  drop(presentation: Presentation): void {
    const { key, resumption } = presentation;
    presentation.drop();
    this.#presentations.delete(key);
    if (!resumption) return;
    this.#resumptions.delete(key);
    this.#resumptions.set(key, resumption);
    const oldest = this.#resumptions.keys().next().value;
    if (this.#resumptions.size > MAX_REMEMBERED && oldest !== undefined) this.#resumptions.delete(oldest);
  }

  /** Drops what is over, and rests what nobody watches. Called now and then. */
  sweep(): void {
    for (const application of this.applications) application.sweep();
    const ended: Presentation[] = [];
    for (const each of [...this.#presentations.values()]) {
      each.endIfAbandoned();
      if (each.isOver(each.owner.now())) this.drop(each);
      else if (each.endedAt !== undefined) ended.push(each);
      else each.restIfIdle();
    }
    this.#limitEnded(ended);
  }

  // Whoever publishes under ever new names must not fill the memory with what was.
  #limitEnded(ended: Presentation[]): void {
    let bytes = ended.reduce((sum, each) => sum + each.memoryBytes, 0);
    for (const each of ended.toSorted((one, other) => one.endedAt! - other.endedAt!)) {
      if (bytes <= each.options.limits.endedBytes) return;
      bytes -= each.memoryBytes;
      this.drop(each);
    }
  }
}
