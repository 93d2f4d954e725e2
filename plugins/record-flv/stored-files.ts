// The files of an application in the directory: drafts that an earlier run has left are completed, old recordings removed.
import * as fileSystem from 'node:fs/promises';
import { matchesServername, messageOf, type FileFacts, type Logger } from 'livego';
import { isMissing, listFiles, removeFile } from 'livego/files';
import { completeDraft, type CompletedDraft } from './complete-draft.ts';
import type { FileNames } from './file-names.ts';
import { expired, type StoredFile } from './retention.ts';
import type { RecordOptions } from './schema.ts';
import type { RecordedApplication, RecordState } from './state.ts';

/** The directory is searched this often, and when a file is finished. */
const SWEEP_MS = 60_000;

export interface StoredFilesOwner extends RecordedApplication {
  readonly options: RecordOptions;
  readonly names: FileNames;
  readonly state: RecordState;
  readonly log: Logger;
  fileEnd(file: FileFacts): void;
}

/** The stream that a draft is named after. */
interface DraftName {
  readonly app: string;
  readonly name: string;
}

export class StoredFiles {
  readonly #owner: StoredFilesOwner;
  /** Drafts that cannot be completed are named once. */
  readonly #hopeless = new Set<string>();
  /** Old recordings that cannot be removed are named once. */
  readonly #unremovable = new Set<string>();
  #sweeping: Promise<void> | undefined;
  #again = false;
  #sweptAt = 0;
  #stopped = false;

  constructor(owner: StoredFilesOwner) {
    this.#owner = owner;
  }

  tick(now: number): void {
    if (now - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = now;
    this.sweepSoon();
  }

  sweepSoon(): void {
    if (this.#stopped) return;
    this.#again = true;
    this.#sweeping ??= this.#sweepAll();
  }

  /** Resolves when nothing is touched any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#sweeping;
  }

  async #sweepAll(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      try {
        await this.#sweep();
      } catch (error) {
        this.#owner.log.warn(`the directory of recordings cannot be searched: ${messageOf(error)}`);
      }
    }
    this.#sweeping = undefined;
  }

  async #sweep(): Promise<void> {
    const { names, options, state } = this.#owner;
    if (!state.drafts?.isMine) return;
    const stored: StoredFile[] = [];
    const drafts = new Map<string, DraftName>();
    for await (const { path, name } of listFiles(names.directory)) {
      if (this.#stopped) return;
      const draft = names.matchDraft(name);
      if (draft && this.#owns(draft.app)) drafts.set(path, draft);
      const file = names.match(name);
      if (!file || !this.#owns(file.app) || (options.keepDays === 0 && options.keepBytes === 0)) continue;
      const found = await fileSystem.stat(path).catch(ignoreMissing);
      if (found) stored.push({ path, app: file.app, bytes: found.size, endedAt: found.mtimeMs });
    }
    // They were on the disk before the other workers are asked, so a file of theirs has been claimed by then.
    for (const path of await state.drafts.among([...drafts.keys()])) {
      if (this.#stopped) return;
      await this.#complete(path, drafts.get(path)!);
    }
    for (const path of this.#hopeless) if (!drafts.has(path)) this.#hopeless.delete(path);
    const present = new Set(stored.map(({ path }) => path));
    for (const path of this.#unremovable) if (!present.has(path)) this.#unremovable.delete(path);
    for (const path of expired(stored, options, Date.now())) {
      if (this.#stopped) return;
      await this.#remove(path);
    }
  }

  /** One that cannot be removed is no reason to keep the others: the disk would fill. */
  async #remove(path: string): Promise<void> {
    const { log, names, state } = this.#owner;
    try {
      await removeFile(path, names.directory);
      state.counters.removedFiles++;
      log.info(`removed ${path} (record.keepDays, record.keepBytes)`);
    } catch (error) {
      if (!this.#unremovable.has(path))
        log.warn(`${path} cannot be removed (record.keepDays, record.keepBytes): ${messageOf(error)}`);
      this.#unremovable.add(path);
    }
  }

  // Where several entries of servers[] fit an application, the one that names it looks after its files, or else none.
  #owns(app: string): boolean {
    if (this.#owner.servername === app) return true;
    const fitting = [...this.#owner.state.applications].filter(({ servername }) =>
      matchesServername(servername, app),
    );
    return fitting.length === 1 && fitting[0] === this.#owner;
  }

  async #complete(draft: string, stream: DraftName): Promise<void> {
    const { claimed, counters } = this.#owner.state;
    if (!claimed.claim(draft)) return;
    try {
      const completed = await completeDraft(draft);
      if (!completed) return;
      counters.repairedFiles++;
      this.#owner.log.info(
        { bytes: completed.bytes, seconds: completed.durationMs / 1000 },
        `repaired ${completed.path}, which an earlier run has left unfinished`,
      );
      this.#owner.fileEnd(factsOf(completed, stream));
    } catch (error) {
      // Its recording has ended since the directory was searched.
      if (isMissing(error)) return;
      if (!this.#hopeless.has(draft))
        this.#owner.log.warn(`${draft} cannot be repaired: ${messageOf(error)}; it is left as it is`);
      this.#hopeless.add(draft);
    } finally {
      claimed.release(draft);
    }
  }
}

/** A file that an operator removes while the directory is searched is no fault. */
function ignoreMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

/** The recorder has noted the stream in the file; what cannot be read there follows from the name and the time. */
function factsOf(
  { noted, path, bytes, durationMs, modifiedAt }: CompletedDraft,
  stream: DraftName,
): FileFacts {
  const given = (typeof noted === 'object' && noted !== null ? noted : {}) as Readonly<
    Record<string, unknown>
  >;
  const text = (key: string): string | undefined => {
    const value = given[key];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const started = given['startedAt'];
  const startedAt = new Date(typeof started === 'number' ? started : modifiedAt.getTime() - durationMs);
  return {
    kind: 'recording',
    app: text('app') ?? stream.app,
    name: text('name') ?? stream.name,
    session: text('session'),
    path,
    bytes,
    durationMs,
    startedAt,
    endedAt: new Date(Math.max(modifiedAt.getTime(), startedAt.getTime())),
  };
}
