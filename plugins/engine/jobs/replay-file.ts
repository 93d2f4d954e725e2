// The replay file of a stream: OUTPUT/APP/NAME_START_END.ts. It is written as a draft, and gets its name when it is finished.
import * as fileSystem from 'node:fs/promises';
import { join } from 'node:path';
import type { StreamView } from 'livego';
import {
  DRAFT_EXTENSION,
  fileTime,
  openDraft,
  PathTemplate,
  publishDraft,
  type DraftFile,
} from 'livego/files';
import { copyArguments, PROGRESS_DESCRIPTOR } from './arguments.ts';
import type { Job, JobServices, StartedRun } from './job.ts';
import { onLines } from '../run/lines.ts';

const TEMPLATE = new PathTemplate('{app}/{name}_{start}.ts', { start: String.raw`\d{8}T\d{6}` });
export const REPLAY_DRAFT = /^(.+)_(\d{8}T\d{6})(_\d+)?\.ts\.part$/;

export class ReplayFile implements Job {
  readonly outputs = 1;
  readonly #stream: StreamView;
  readonly #services: JobServices;
  #draft: DraftFile | undefined;
  #startedAt = new Date();

  constructor(stream: StreamView, services: JobServices) {
    this.#stream = stream;
    this.#services = services;
  }

  async prepare(): Promise<readonly string[]> {
    const { options, program, state } = this.#services;
    const { app, name } = this.#stream;
    this.#startedAt = new Date();
    const path = join(options.output, TEMPLATE.build({ app, name, start: fileTime(this.#startedAt) }));
    this.#draft = await openDraft(path, state.claimed);
    const { handle, draft } = this.#draft;
    try {
      if (program.user) await handle.chown(program.user.uid, program.user.gid);
    } finally {
      await handle.close();
    }
    return copyArguments(options, program.extraArguments, draft);
  }

  started({ child }: StartedRun, onProgress: (line: string) => void): void {
    onLines(child.output(PROGRESS_DESCRIPTOR), onProgress);
  }

  async exited(writtenMs: number): Promise<void> {
    const draft = this.#draft;
    this.#draft = undefined;
    if (!draft) return;
    const { context, state } = this.#services;
    try {
      const endedAt = new Date();
      const finished = await finishReplay(draft.draft, endedAt);
      if (!finished) return;
      state.counters.files++;
      const { app, name, publisher } = this.#stream;
      const facts = { kind: 'replay', app, name, session: publisher?.id, durationMs: writtenMs };
      context.fileEnd({ ...facts, ...finished, startedAt: this.#startedAt, endedAt });
      const { key, displayKey } = this.#stream;
      // The name of the file is that of the stream, which may be a secret.
      const shown = displayKey === key ? finished.path : `a replay file of ${displayKey}`;
      context.peerLog.info({ stream: displayKey, bytes: finished.bytes }, `finished ${shown}`);
    } finally {
      state.claimed.release(draft.draft);
    }
  }

  end(): void {}
}

/** Gives a draft its name. An empty one is removed, and the result is undefined. */
export async function finishReplay(
  draft: string,
  endedAt: Date,
): Promise<{ readonly path: string; readonly bytes: number } | undefined> {
  const { size } = await fileSystem.stat(draft);
  if (size === 0) {
    await fileSystem.rm(draft);
    return undefined;
  }
  const whole = draft.slice(0, -`.ts${DRAFT_EXTENSION}`.length);
  const path = await publishDraft(draft, `${whole}_${fileTime(endedAt)}.ts`);
  return { path, bytes: size };
}
