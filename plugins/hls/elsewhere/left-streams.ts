// Looks in all workers for streams whose worker has ended: players also reach workers that have never followed them.
//
// Names come from clients, who may invent them. So a name that is left nowhere is not looked for again for a while, and of
// the names that are looked for at the same time there is one question to each worker.
//
// Not all workers notice at the same time that one has ended. While they may not have, a name is looked for again at once:
// players give up at the first 404.
import { BoundedMap, type Question, type ServerContext, type WorkerNumber } from 'livego';
import { inTime } from '../in-time.ts';
import type { Snapshot } from './snapshot.ts';

/** What one worker has of a stream whose worker has ended. */
export interface LeftStream {
  /** The worker that has ended. */
  readonly home: WorkerNumber;
  readonly snapshot: Snapshot;
  /** How long ago its worker has ended. */
  readonly leftForMs: number;
  /** Of the segments that it has. */
  readonly numbers: readonly number[];
}

/** What all workers have of it. */
export interface FoundStream extends LeftStream {
  /** Those that have a segment, by its number. */
  readonly holders: ReadonlyMap<number, WorkerNumber>;
}

type Answer = readonly (LeftStream | undefined)[];

/** A name that is left nowhere is not looked for again for this long. */
const UNKNOWN_MS = 1000;
/** They may be as long as a URL. */
const MAX_UNKNOWN = 1000;
/** Names that are looked for at the same time. Others are not looked for. */
const MAX_AT_ONCE = 100;
/** A worker that takes longer has nothing. */
const ANSWER_MS = 1000;
/** All workers have noticed that another one has ended. */
const NOTICED_MS = 3000;
/** Until then a name is looked for so often again, after so many milliseconds each. */
const REPETITIONS = 2;
const REPEAT_MS = 250;

export class LeftStreams {
  readonly #context: ServerContext;
  readonly #question: Question<readonly string[], Answer>;
  /** When they were looked for in vain, in monotonic milliseconds. */
  readonly #unknown = new BoundedMap<string, number>(MAX_UNKNOWN);
  readonly #looking = new Map<string, Promise<FoundStream | undefined>>();
  /** Those that the next question is for. */
  #next = new Map<string, (found: FoundStream | undefined) => void>();
  #asking = false;
  /** When each other worker ran, in monotonic milliseconds. */
  readonly #ranAt = new Map<WorkerNumber, number>();
  #lostAt = -Infinity;

  /**
   * Declares the question.
   *
   * @param left - what this worker has of a stream whose worker has ended
   */
  constructor(context: ServerContext, left: (key: string) => LeftStream | undefined) {
    this.#context = context;
    this.#question = context.question<readonly string[], Answer>({
      name: 'left',
      answer: (keys) => keys.map(left),
    });
  }

  /** Whether it may be left in another worker. */
  mayHave(key: string): boolean {
    if (this.#context.everywhere.others.length === 0) return false;
    const lookedAt = this.#unknown.get(key);
    return lookedAt === undefined || this.#context.now() - lookedAt >= UNKNOWN_MS;
  }

  async find(key: string): Promise<FoundStream | undefined> {
    if (!this.mayHave(key)) return undefined;
    const looking = this.#looking.get(key);
    if (looking) return await looking;
    if (this.#looking.size >= MAX_AT_ONCE) return undefined;
    const found = this.#lookFor(key).finally(() => this.#looking.delete(key));
    this.#looking.set(key, found);
    return await found;
  }

  /** Looks which workers run. Called about once a second. */
  sweep(): void {
    const { others } = this.#context.everywhere;
    const now = this.#context.now();
    for (const worker of others) this.#ranAt.set(worker, now);
    for (const [worker, at] of this.#ranAt) {
      if (others.includes(worker)) continue;
      this.#lostAt = Math.max(this.#lostAt, at);
      this.#ranAt.delete(worker);
    }
  }

  /** Whether that worker answers. */
  async runs(worker: WorkerNumber): Promise<boolean> {
    const answer = await inTime(this.#question.ask(worker, []), ANSWER_MS);
    if (!answer) this.noteLoss();
    return answer !== undefined;
  }

  /** A worker has not answered. The others may learn later that it has ended. */
  noteLoss(): void {
    this.#lostAt = this.#context.now();
  }

  async #lookFor(key: string): Promise<FoundStream | undefined> {
    for (let left = REPETITIONS; ; left--) {
      const found = await new Promise<FoundStream | undefined>((resolve) => {
        this.#next.set(key, resolve);
        void this.#askNext();
      });
      if (found) return found;
      this.sweep();
      const isNoticed = this.#context.now() - this.#lostAt >= NOTICED_MS;
      if (isNoticed) this.#unknown.set(key, this.#context.now());
      if (isNoticed || left === 0) return undefined;
      await new Promise<void>((resolve) => setTimeout(resolve, REPEAT_MS));
    }
  }

  async #askNext(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    while (this.#next.size > 0) {
      const names = this.#next;
      this.#next = new Map();
      const answers = await this.#askOthers([...names.keys()]);
      for (const [index, resolve] of [...names.values()].entries()) resolve(putTogether(answers, index));
    }
    this.#asking = false;
  }

  #askOthers(keys: readonly string[]): Promise<readonly (readonly [WorkerNumber, Answer])[]> {
    const asked = this.#context.everywhere.others.map(async (worker) => {
      const answer = await inTime(this.#question.ask(worker, keys), ANSWER_MS);
      return [worker, answer ?? []] as const;
    });
    return Promise.all(asked);
  }
}

/** The newest snapshot, and the segments that any worker has. */
function putTogether(
  answers: readonly (readonly [WorkerNumber, Answer])[],
  index: number,
): FoundStream | undefined {
  const all = answers.flatMap(([worker, answer]) => {
    const left = answer[index];
    return left ? [{ worker, left }] : [];
  });
  const [newest] = all.toSorted((one, other) => nextOf(other.left) - nextOf(one.left));
  if (!newest) return undefined;
  const holders = new Map(all.flatMap(({ worker, left }) => left.numbers.map((number) => [number, worker])));
  return { ...newest.left, holders };
}

function nextOf({ snapshot }: LeftStream): number {
  return snapshot.window?.nextSequence ?? 0;
}
