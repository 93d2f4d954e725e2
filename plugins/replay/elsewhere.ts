// What the instances in the workers of one server tell each other of recordings.
import type { Question, ServerContext } from 'livego';
import { keyOf, type Recording } from './recordings/recording.ts';
import type { Recordings } from './recordings/recordings.ts';

interface FinishedFile {
  readonly path: string;
  readonly md5: string | undefined;
}

export class RecordingsElsewhere {
  readonly #everywhere: ServerContext['everywhere'];
  readonly #recordings: Recordings;
  readonly #finished: Question<FinishedFile, void>;
  readonly #sums: Question<readonly string[], readonly (string | undefined)[]>;

  constructor(
    { everywhere, question }: Pick<ServerContext, 'everywhere' | 'question'>,
    recordings: Recordings,
  ) {
    this.#everywhere = everywhere;
    this.#recordings = recordings;
    this.#finished = question({
      name: 'finished',
      answer: ({ path, md5 }: FinishedFile) => recordings.add(path, md5),
    });
    this.#sums = question({
      name: 'sums',
      answer: (keys: readonly string[]) =>
        keys.map((key) => {
          const found = recordings.find(key);
          return found && recordings.md5Of(found);
        }),
    });
  }

  /** A file was finished here. */
  tell(file: FinishedFile): void {
    this.#finished.tellOthers(file);
  }

  /** MD5 sums of recordings, in their order. One worker computes those of all files. */
  async sumsOf(found: readonly Recording[]): Promise<readonly (string | undefined)[]> {
    if (this.#everywhere.isFirst) return found.map((each) => this.#recordings.md5Of(each));
    try {
      return await this.#sums.ask(1, found.map(keyOf));
    } catch {
      // It is being replaced.
      return found.map(() => undefined);
    }
  }
}
