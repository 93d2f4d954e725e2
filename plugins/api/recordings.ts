// Recordings: those that are being made, and finished ones. Of these the plugin that serves them knows all; without it, those
// that were finished since the server started are known.
import type { FinishedFile, Question, ServerContext } from 'livego';
import type { OtherPlugins } from './http/commands.ts';

/** Older ones are forgotten: this list is for servers that have no plugin with a better one. */
const MAX_FILES = 1000;

export type ListedRecording = Readonly<Record<string, unknown>>;

/** Those that this worker has finished. */
export class FinishedRecordings {
  #files: readonly ListedRecording[] = [];

  /** The newest first. */
  get all(): readonly ListedRecording[] {
    return this.#files;
  }

  note({ kind, app, name, path, bytes, durationMs, startedAt, endedAt }: FinishedFile): void {
    if (kind === 'segment') return;
    const times = { startedAt: startedAt.toISOString(), endedAt: endedAt.toISOString() };
    this.#files = [{ kind, app, name, path, bytes, durationMs, ...times }, ...this.#files].slice(
      0,
      MAX_FILES,
    );
  }
}

interface Running {
  readonly app: string;
  readonly name: string;
  readonly file: {
    readonly path: string | null;
    readonly startedAt: string;
    readonly bytes: number;
    readonly seconds: number;
  } | null;
  readonly failure: string | null;
}

/** Those of all workers. */
export class Recordings {
  readonly #others: OtherPlugins;
  readonly #question: Question<undefined, readonly ListedRecording[]>;

  constructor(context: Pick<ServerContext, 'question'>, others: OtherPlugins, own: FinishedRecordings) {
    this.#others = others;
    this.#question = context.question({ name: 'recordings', answer: () => own.all });
  }

  /** The newest first. @param filter - `app`, `name`: only those of that application and stream */
  async finished(filter: Readonly<Record<string, string>> = {}): Promise<readonly ListedRecording[]> {
    if (this.#others.has('replay.list')) return await this.#others.list('replay.list', 'recordings', filter);
    const all = (await this.#question.askAll(undefined)).flatMap(({ answer }) => answer);
    return all.toSorted((one, other) => String(other['startedAt']).localeCompare(String(one['startedAt'])));
  }

  /** Those that are being made, then finished ones. Both say which by `state`. */
  async list(filter: Readonly<Record<string, string>>): Promise<readonly ListedRecording[]> {
    const [running, finished] = await Promise.all([this.#running(), this.finished(filter)]);
    return [...running, ...finished.map((each) => ({ state: 'finished', ...each }))];
  }

  async #running(): Promise<readonly ListedRecording[]> {
    if (!this.#others.has('record.list')) return [];
    const running = (await this.#others.list('record.list', 'recordings')) as unknown as readonly Running[];
    return running.map(({ app, name, file, failure }) => ({
      state: failure === null ? 'recording' : 'failing',
      kind: 'recording',
      app,
      name,
      path: file?.path ?? null,
      bytes: file?.bytes ?? 0,
      durationMs: Math.round((file?.seconds ?? 0) * 1000),
      startedAt: file?.startedAt ?? null,
      endedAt: null,
      failure,
    }));
  }
}
