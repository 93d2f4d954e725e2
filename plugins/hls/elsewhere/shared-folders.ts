// Folders of HLS files in a server of several workers: of two that some file system takes for one, one worker has one.
import type { Question, ServerContext } from 'livego';
import { foldName, type ClaimedFolders } from 'livego/files';

export class SharedFolders {
  readonly #context: ServerContext;
  readonly #folders: ClaimedFolders;
  readonly #excludes: Question<string, boolean>;

  /** Declares the question. @param folders - those of this worker */
  constructor(context: ServerContext, folders: ClaimedFolders) {
    this.#context = context;
    this.#folders = folders;
    this.#excludes = context.question<string, boolean>({
      name: 'folder',
      answer: (folder) => folders.excludes(folder),
    });
  }

  /** Whether a folder that was claimed in this worker may be written to. A worker that does not answer has none. */
  async mayUse(folder: string): Promise<boolean> {
    const { everywhere } = this.#context;
    if (everywhere.others.length === 0) return this.#confirm(folder);
    // Of two claims at the same time one comes first.
    return await everywhere.exclusively(`hls.folder ${foldName(folder)}`, async () => {
      const asked = everywhere.others.map((worker) => this.#excludes.ask(worker, folder).catch(() => false));
      return !(await Promise.all(asked)).includes(true) && this.#confirm(folder);
    });
  }

  #confirm(folder: string): true {
    this.#folders.confirm(folder);
    return true;
  }
}
