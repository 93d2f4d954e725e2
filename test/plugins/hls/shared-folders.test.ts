// Folders of HLS files in workers that come and go.
import { expect, test, vi } from 'vitest';
import type { Logger, Question, QuestionSpec, ServerContext } from 'livego';
import { ClaimedFolders, FolderQueues, type Disk } from 'livego/files';
import { SharedFolders } from '../../../plugins/hls/elsewhere/shared-folders.ts';
import { StoreDirectory } from '../../../plugins/hls/segments/store-directory.ts';

type Answer = (folder: string) => boolean | Promise<boolean>;

/** Workers that share a directory; `join` adds one, with a directory for a stream. */
function server() {
  const answers: Answer[] = [];
  const join = () => {
    const own = answers.length;
    const folders = new ClaimedFolders();
    const question = ({ answer }: QuestionSpec<string, boolean>): Pick<Question<string, boolean>, 'ask'> => {
      answers[own] = answer;
      return { ask: async (worker, folder) => await answers[worker]!(folder) };
    };
    const everywhere = {
      get others(): number[] {
        return [...answers.keys()].filter((each) => each !== own);
      },
      exclusively: (_name: string, work: () => Promise<boolean>) => work(),
    };
    const shared = new SharedFolders({ question, everywhere } as unknown as ServerContext, folders);
    const mayUse = (folder: string): Promise<boolean> => shared.mayUse(folder);
    const access = { folders, queues: new FolderQueues(), disk: {} as Disk, mayUse, onFailure: () => {} };
    const warn = vi.fn();
    return {
      warn,
      use: async (key: string): Promise<boolean> => {
        const directory = new StoreDirectory(key, { warn } as unknown as Logger, access);
        directory.use('/hls');
        await directory.files?.usable;
        return directory.files !== undefined;
      },
    };
  };
  return { join };
}

test.each([
  ['alone', 1],
  ['among others', 2],
])(
  'a folder that a worker got while it was %s is not given to a worker that comes later',
  async (_, first) => {
    const workers = server();
    const [one] = Array.from({ length: first }, () => workers.join());
    expect(await one!.use('live/Movie')).toBe(true);
    const later = workers.join();
    expect(await later.use('live/movie')).toBe(false);
    expect(later.warn).toHaveBeenCalledOnce();
    expect(await later.use('live/other')).toBe(true);
    expect(one!.warn).not.toHaveBeenCalled();
  },
);
