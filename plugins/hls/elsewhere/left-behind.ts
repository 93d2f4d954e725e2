// The segments of a stream whose worker has ended: other workers have fetched them for their viewers, and know the numbers.
import type { ServerContext, Question, WorkerNumber } from 'livego';
import type { FileSource } from 'livego/http';
import { bufferOf, fillWindow, type HandedWindow, type KnownWindow } from '../segments/handed-window.ts';
import type { FileAnswer, FileQuestion } from './snapshot.ts';

/** What this worker has of a stream that another one makes, or has made. */
export interface FollowedStream {
  readonly window: KnownWindow;
  readonly files: ReadonlyMap<number, Promise<FileAnswer>>;
}

/** What a worker has of it. */
interface Copy {
  readonly window: KnownWindow;
  readonly numbers: readonly number[];
}

type Fetch = (number: number) => Promise<FileAnswer>;

interface Holder extends Copy {
  readonly fetch: Fetch;
}

export class LeftBehind {
  readonly #context: ServerContext;
  readonly #followed: (key: string) => FollowedStream | undefined;
  readonly #copy: Question<string, Copy | undefined>;
  readonly #kept: Question<FileQuestion, FileAnswer>;

  /**
   * Declares the questions.
   *
   * @param followed - what this worker has of a stream that another one makes, or has made
   */
  constructor(context: ServerContext, followed: (key: string) => FollowedStream | undefined) {
    this.#context = context;
    this.#followed = followed;
    this.#copy = context.question<string, Copy | undefined>({
      name: 'copy',
      answer: (key) => copyOf(followed(key)),
    });
    this.#kept = context.question<FileQuestion, FileAnswer>({
      name: 'kept',
      answer: ({ key, file }) => followed(key)?.files.get(file.number),
    });
  }

  /** The newest window that any worker knows, with the segments that any of them has. */
  async gather(key: string): Promise<HandedWindow | undefined> {
    const own = this.#followed(key);
    const ownCopy = copyOf(own);
    const fetchOwn: Fetch = async (number) => await own?.files.get(number);
    const elsewhere = await Promise.all(
      this.#context.everywhere.others.map((worker) => this.#ask(worker, key)),
    );
    const copies = [ownCopy && { ...ownCopy, fetch: fetchOwn }, ...elsewhere];
    const [newest, ...others] = copies
      .flatMap((each) => each ?? [])
      .toSorted((one, other) => other.window.nextSequence - one.window.nextSequence);
    if (!newest) return undefined;
    const sources = new Map<number, FileSource>();
    const { retained, listed } = newest.window;
    const wanted = [...retained, ...listed].map(async ({ sequence }) => {
      const holder = [newest, ...others].find(({ numbers }) => numbers.includes(sequence));
      const answer = await holder?.fetch(sequence).catch(() => undefined);
      if (answer?.kind === 'segment') sources.set(sequence, { bytes: bufferOf(answer.bytes) });
    });
    await Promise.all(wanted);
    return fillWindow(newest.window, sources);
  }

  /** A segment that a worker has. */
  fetch(worker: WorkerNumber, key: string, number: number): Promise<FileAnswer> {
    return this.#kept.ask(worker, { key, file: { kind: 'segment', number } });
  }

  /** A segment that any worker has. */
  async fetchAnywhere(key: string, number: number): Promise<FileAnswer> {
    const asked = this.#context.everywhere.others.map((worker) =>
      this.fetch(worker, key, number).catch(() => undefined),
    );
    return (await Promise.all(asked)).find((answer) => answer?.kind === 'segment');
  }

  async #ask(worker: WorkerNumber, key: string): Promise<Holder | undefined> {
    const copy = await this.#copy.ask(worker, key).catch(() => undefined);
    return copy && { ...copy, fetch: (number) => this.fetch(worker, key, number) };
  }
}

function copyOf(followed: FollowedStream | undefined): Copy | undefined {
  return followed && { window: followed.window, numbers: [...followed.files.keys()] };
}
