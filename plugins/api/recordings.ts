// Finished recordings: what the plugin that serves them lists, or else those that were finished since the server started.
import type { FinishedFile } from 'livego';
import type { OtherPlugins } from './http/commands.ts';

/** Older ones are forgotten: this list is for servers that have no plugin with a better one. */
const MAX_FILES = 1000;

export type ListedRecording = Readonly<Record<string, unknown>>;

export class Recordings {
  #files: readonly ListedRecording[] = [];

  note({ kind, app, name, path, bytes, durationMs, startedAt, endedAt }: FinishedFile): void {
    if (kind === 'segment') return;
    const times = { startedAt: startedAt.toISOString(), endedAt: endedAt.toISOString() };
    this.#files = [{ kind, app, name, path, bytes, durationMs, ...times }, ...this.#files].slice(
      0,
      MAX_FILES,
    );
  }

  /** The newest first. */
  async list(others: OtherPlugins): Promise<readonly ListedRecording[]> {
    return others.has('replay.list') ? await others.list('replay.list', 'recordings') : this.#files;
  }
}
