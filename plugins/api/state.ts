// What outlives an instance of the API: projects, mutes and bans, which are kept in a file, and the last events.
import * as disk from 'node:fs/promises';
import { Ajv } from 'ajv';
import { LivegoError, messageOf, type JsonSchema } from 'livego';
import { readRegularFile, replaceFile } from 'livego/files';
import { Bans, type Ban } from './bans.ts';
import { EventFeed } from './events/event-feed.ts';
import { EventLog } from './events/event-log.ts';
import { Problem } from './http/problem.ts';
import { Mutes } from './mutes.ts';
import { FinishedRecordings } from './recordings.ts';
import { Projects, type SavedProject } from './rooms/projects.ts';

export interface Saved {
  readonly version: 1;
  /** Counts the changes. */
  readonly revision: number;
  readonly projects: readonly SavedProject[];
  readonly mutes: readonly string[];
  readonly bans: readonly Ban[];
}

const text = { type: 'string' };

function listOf(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'array', items: { type: 'object', required: Object.keys(properties), properties } };
}

const SAVED: JsonSchema = {
  type: 'object',
  required: ['version'],
  properties: {
    version: { const: 1 },
    revision: { type: 'integer' },
    projects: listOf({ projectId: text, liveId: text, points: listOf({ pushId: text, name: text }) }),
    mutes: { type: 'array', items: text },
    bans: listOf({
      address: text,
      reason: text,
      at: text,
      until: { anyOf: [{ type: 'null' }, { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT' }] },
    }),
  },
};

/** Only the server's own user may read it. */
const MODE = 0o600;

const MAX_FILE_BYTES = 64 * 1024 * 1024;

export class ApiState {
  readonly events = new EventLog();
  readonly feed = new EventFeed(this.events);
  readonly mutes = new Mutes();
  readonly bans = new Bans();
  readonly projects = new Projects();
  readonly recordings = new FinishedRecordings();
  #file: string | undefined;
  #revision = 0;

  /** A higher one has all changes of a lower one. */
  get revision(): number {
    return this.#revision;
  }

  /** Reads what an earlier run has left. Throws LVG_PLUGIN_FAILED for a file that is there and cannot be used. */
  async read(file: string): Promise<Saved | undefined> {
    if (this.#file === file) return undefined;
    try {
      return parseSaved((await readRegularFile(file, { maxBytes: MAX_FILE_BYTES })).toString());
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
    if (saved) this.restore(saved);
  }

  restore({ revision, projects, mutes, bans }: Saved): void {
    this.#revision = revision;
    this.projects.restore(projects);
    this.mutes.restore(mutes);
    this.bans.restore(bans);
  }

  toSave(): Saved {
    return {
      version: 1,
      revision: this.#revision,
      projects: this.projects.toSave(),
      mutes: this.mutes.toSave(),
      bans: this.bans.toSave(),
    };
  }

  /** Something has changed. */
  advance(): void {
    this.#revision++;
  }

  /** Resolves when what is known now stands in the file. Throws a problem if it cannot be written. */
  async save(): Promise<void> {
    if (this.#file === undefined) return;
    const text = `${JSON.stringify(this.toSave(), null, 2)}\n`;
    try {
      await replaceFile(disk, this.#file, Buffer.from(text), MODE);
    } catch (error) {
      const detail = `it is done, but ${this.#file} could not be written (${messageOf(error)}), so a restart undoes it`;
      throw new Problem(500, 'not-saved', detail);
    }
  }
}

/** Throws what is wrong with it: somebody may have edited the file. */
function parseSaved(json: string): Saved {
  const saved = JSON.parse(json) as Partial<Saved>;
  const ajv = new Ajv({ strict: false, logger: false });
  if (!ajv.validate(SAVED, saved)) throw new TypeError(ajv.errorsText(ajv.errors, { dataVar: 'state' }));
  const { revision = 0, projects = [], mutes = [], bans = [] } = saved;
  // An address is checked where it is used.
  new Bans().restore(bans);
  return { version: 1, revision, projects, mutes, bans };
}
