// What outlives an instance of the API: projects, mutes and bans, which are kept in a file, and the last events.
import * as disk from 'node:fs/promises';
import { LivegoError, messageOf } from 'livego';
import { readRegularFile, writeWhole } from 'livego/files';
import { Bans, type Ban } from './bans.ts';
import { EventLog } from './events/event-log.ts';
import { Problem } from './http/problem.ts';
import { Mutes } from './mutes.ts';
import { Recordings } from './recordings.ts';
import { Projects, type SavedProject } from './rooms/projects.ts';

interface Saved {
  readonly version: 1;
  readonly projects: readonly SavedProject[];
  readonly mutes: readonly string[];
  readonly bans: readonly Ban[];
}

/** Only the server's own user may read it. */
const MODE = 0o600;

const MAX_FILE_BYTES = 64 * 1024 * 1024;

export class ApiState {
  readonly events = new EventLog();
  readonly mutes = new Mutes();
  readonly bans = new Bans();
  readonly projects = new Projects();
  readonly recordings = new Recordings();
  #file: string | undefined;
  #saving: Promise<void> = Promise.resolve();
  #changed = false;

  /** Reads what an earlier run has left. Throws LVG_PLUGIN_FAILED for a file that is there and cannot be used. */
  async read(file: string): Promise<Saved | undefined> {
    if (this.#file === file) return undefined;
    try {
      const saved = JSON.parse(
        (await readRegularFile(file, { maxBytes: MAX_FILE_BYTES })).toString(),
      ) as Partial<Saved>;
      if (saved.version !== 1) throw new TypeError('it is no state of the API');
      const { projects = [], mutes = [], bans = [] } = saved;
      return { version: 1, projects, mutes, bans };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      const message = `api.stateFile: ${file} cannot be read (${messageOf(error)}); restore it, or remove it to start without projects, mutes and bans`;
      throw new LivegoError('LVG_PLUGIN_FAILED', message, { cause: error });
    }
  }

  /** The file is in use from now on. `saved` is what was read of it. */
  use(file: string, saved: Saved | undefined): void {
    if (this.#file === file) return;
    this.#file = file;
    if (!saved) return;
    this.projects.restore(saved.projects);
    this.mutes.restore(saved.mutes);
    this.bans.restore(saved.bans);
  }

  /** Resolves when what is known now stands in the file. Throws a problem if it cannot be written. */
  async save(): Promise<void> {
    this.#changed = true;
    const done = this.#saving.then(() => this.#write());
    this.#saving = done.catch(() => {});
    try {
      await done;
    } catch (error) {
      const detail = `it is done, but ${this.#file} could not be written (${messageOf(error)}), so a restart undoes it`;
      throw new Problem(500, 'not-saved', detail);
    }
  }

  // Changes that come while one is written are written together.
  async #write(): Promise<void> {
    if (!this.#changed || this.#file === undefined) return;
    this.#changed = false;
    const saved: Saved = {
      version: 1,
      projects: this.projects.toSave(),
      mutes: this.mutes.toSave(),
      bans: this.bans.toSave(),
    };
    await writeWhole(disk, this.#file, Buffer.from(`${JSON.stringify(saved, null, 2)}\n`), MODE);
  }
}
