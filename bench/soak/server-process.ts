// The server under test, as its parent sees it.

import { fork, type ChildProcess } from 'node:child_process';
import type { LoopNote, LoopQuestion, Note, ReloadNote } from './notes.ts';

export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #waiting: { kind: Note['kind']; resolve(note: Note): void; reject(error: Error): void }[] = [];

  constructor(launcher: string, file: string) {
    this.#child = fork(launcher, ['--serve', file], {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    this.#child.on('message', (note: Note) => {
      if (note.kind === 'failed') return this.#fail(new Error(note.message));
      const index = this.#waiting.findIndex((each) => each.kind === note.kind);
      if (index >= 0) this.#waiting.splice(index, 1)[0]?.resolve(note);
    });
    this.#child.once('exit', (code, signal) => this.#fail(new Error(`the server ended (${signal ?? code})`)));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async ready(): Promise<void> {
    await this.#next('ready', 120_000);
  }

  nextReport(): Promise<ReloadNote> {
    return this.#next('report', 60_000) as Promise<ReloadNote>;
  }

  async loop(question: LoopQuestion = { collect: false }): Promise<LoopNote> {
    const note = this.#next('loop', 60_000) as Promise<LoopNote>;
    this.#child.send(question);
    return note;
  }

  stop(): void {
    this.#child.removeAllListeners('exit');
    this.#child.kill('SIGKILL');
  }

  #next(kind: Note['kind'], limitMs: number): Promise<Note> {
    return new Promise((resolve, reject) => {
      const waiter = {
        kind,
        resolve: (note: Note) => (clearTimeout(timer), resolve(note)),
        reject: (error: Error) => (clearTimeout(timer), reject(error)),
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(new Error(`no ${kind} within ${limitMs} ms`));
      }, limitMs);
      this.#waiting.push(waiter);
    });
  }

  #fail(error: Error): void {
    for (const each of this.#waiting.splice(0)) each.reject(error);
  }
}
