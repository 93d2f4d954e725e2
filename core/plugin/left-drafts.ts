// Drafts that an earlier run has left: those that no worker of the server writes. One worker looks after them.
import type { ClaimedFiles } from '../files/file-names.ts';
import type { ServerContext } from './plugin.ts';

export interface LeftDrafts {
  /** Whether this worker looks after files of earlier runs, and removes old ones. */
  readonly isMine: boolean;
  /**
   * Of drafts that were found on the disk, those that nobody writes. None while a worker does not answer: it may be writing
   * any of them.
   */
  among(paths: readonly string[]): Promise<readonly string[]>;
  /** Has the worker that looks after files do so soon: this one has finished one. */
  sweepSoon(): void;
}

/** What the instances of a plugin that writes files share. */
export interface DraftKeeper {
  /** Files that are being written here. */
  readonly claimed: ClaimedFiles;
  /** Each looks after its files when it is swept. */
  readonly applications: Iterable<{ sweep(): void }>;
  drafts: LeftDrafts | undefined;
}

/** Declares what a plugin's instances in the workers ask each other. The keeper has its drafts from the activation on. */
export function declareLeftDrafts(
  { everywhere, question, onActivate }: Pick<ServerContext, 'everywhere' | 'question' | 'onActivate'>,
  keeper: DraftKeeper,
): void {
  const sweep = (): void => {
    for (const application of keeper.applications) application.sweep();
  };
  const claims = question<readonly string[], readonly string[]>({
    name: 'claimed-files',
    answer: (paths) => paths.filter((path) => keeper.claimed.has(path)),
  });
  const wish = question<undefined, void>({
    name: 'sweep',
    answer: () => void (everywhere.isFirst && sweep()),
  });
  const drafts: LeftDrafts = {
    get isMine() {
      return everywhere.isFirst;
    },
    among: async (paths) => {
      if (paths.length === 0) return [];
      const { others } = everywhere;
      const answers = await claims.askAll(paths);
      if (answers.length <= others.length) return [];
      const written = new Set(answers.flatMap(({ answer }) => answer));
      return paths.filter((path) => !written.has(path));
    },
    sweepSoon: () => {
      if (everywhere.isFirst) sweep();
      else wish.tellOthers(undefined);
    },
  };
  onActivate(() => void (keeper.drafts = drafts));
}
