// Recordings: those that are being made, and finished ones. Of these the plugin that serves them knows all; without it, those
// that were finished since the server started are known.
import { eachInTurns, type FinishedFile, type Question, type ServerContext } from 'livego';
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

/** Which of them are wanted. */
export interface WantedRecordings {
  readonly app?: string;
  readonly name?: string;
  readonly kind?: string;
  /** Those that ended before then: "2026-11-26T10:00:00Z". */
  readonly endedBefore?: string;
}

export interface RecordingsPage {
  readonly items: readonly ListedRecording[];
  /** On all pages. */
  readonly total: number;
}

interface Place {
  readonly offset: number;
  readonly limit: number;
}

/** The plugin that knows all lists no more at once. */
const MAX_PAGE = 1000;

/** Those of all workers. */
export class Recordings {
  readonly #others: OtherPlugins;
  readonly #question: Question<undefined, readonly ListedRecording[]>;

  constructor(context: Pick<ServerContext, 'question'>, others: OtherPlugins, own: FinishedRecordings) {
    this.#others = others;
    this.#question = context.question({ name: 'recordings', answer: () => own.all });
  }

  /** Every finished recording that is accepted, the newest first. */
  async findFinished(
    wanted: WantedRecordings,
    isAccepted: (recording: ListedRecording) => boolean,
  ): Promise<readonly ListedRecording[]> {
    const found: ListedRecording[] = [];
    // One that is finished meanwhile moves those behind it to the next page.
    const met = new Set<unknown>();
    const isNew = (each: ListedRecording): boolean => met.size < met.add(each['url'] ?? each['path']).size;
    for (let offset = 0; ; offset += MAX_PAGE) {
      const { items, total } = await this.#finished(wanted, { offset, limit: MAX_PAGE });
      await eachInTurns(items, (each) => void (isNew(each) && isAccepted(each) && found.push(each)));
      if (items.length === 0 || offset + MAX_PAGE >= total) return found;
    }
  }

  /** Those that are being made, unless it matters when they ended, then finished ones. Both say which by `state`. */
  async list(
    { state, ...wanted }: WantedRecordings & { readonly state?: string },
    { offset, limit }: Place,
  ): Promise<RecordingsPage> {
    const made = wanted.endedBefore === undefined ? await this.#running() : [];
    const running = made.filter(
      (each) => fits(each, wanted) && (state === undefined || each['state'] === state),
    );
    const shown = running.slice(offset, offset + limit);
    if (state !== undefined && state !== 'finished') return { items: shown, total: running.length };
    const place = { offset: Math.max(0, offset - running.length), limit: limit - shown.length };
    const { items, total } = await this.#finished(wanted, place);
    const finished = items.map((each) => ({ state: 'finished', ...each }));
    return { items: [...shown, ...finished], total: running.length + total };
  }

  /** A page of finished ones, the newest first. */
  async #finished(wanted: WantedRecordings, { offset, limit }: Place): Promise<RecordingsPage> {
    if (this.#others.has('replay.list')) {
      // A page of nothing still tells how many there are.
      const asked = { ...wanted, offset, limit: Math.max(1, limit) };
      const { recordings, total } = await this.#others.call<{
        readonly recordings: readonly ListedRecording[];
        readonly total: number;
      }>('replay.list', asked);
      return { items: recordings.slice(0, limit), total };
    }
    const known = (await this.#question.askAll(undefined)).flatMap(({ answer }) => answer);
    const all = known
      .filter((each) => fits(each, wanted))
      .toSorted((one, other) => String(other['startedAt']).localeCompare(String(one['startedAt'])));
    return { items: all.slice(offset, offset + limit), total: all.length };
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

function fits(recording: ListedRecording, { endedBefore, ...wanted }: WantedRecordings): boolean {
  const hadEnded =
    endedBefore === undefined || Date.parse(String(recording['endedAt'])) < Date.parse(endedBefore);
  return hadEnded && Object.entries(wanted).every(([name, value]) => recording[name] === value);
}
