// Changes of what the API keeps: one worker at a time makes them, all workers know them, and they stand in the file.
import type { Question, ServerContext } from 'livego';
import type { ApiState, Saved } from './state.ts';

type Told =
  /** Answered with everything, if the worker that is asked has a higher revision. */
  { readonly is: 'catch-up'; readonly revision: number } | { readonly is: 'changed'; readonly saved: Saved };

export class SharedChanges {
  readonly #everywhere: ServerContext['everywhere'];
  readonly #state: ApiState;
  readonly #question: Question<Told, Saved | undefined>;
  /** Told when another worker's changes are known here. */
  readonly #adopted: () => void;
  #caughtUp = false;

  constructor(context: Pick<ServerContext, 'everywhere' | 'question'>, state: ApiState, adopted: () => void) {
    this.#everywhere = context.everywhere;
    this.#state = state;
    this.#adopted = adopted;
    this.#question = context.question<Told, Saved | undefined>({
      name: 'state',
      answer: (told) => {
        if (told.is === 'changed') this.#adopt(told.saved);
        else if (state.revision > told.revision) return state.toSave();
        return undefined;
      },
    });
  }

  /**
   * Makes a change. It holds in all workers when this resolves.
   * @param holds - called when it does, also if the file cannot be written
   */
  change<Result>(
    work: () => Result | Promise<Result>,
    holds: () => void | Promise<void> = () => {},
  ): Promise<Result> {
    return this.#everywhere.exclusively('api', async () => {
      await this.#catchUp();
      const result = await work();
      this.#state.advance();
      if (this.#everywhere.others.length > 0)
        await this.#question.askAll({ is: 'changed', saved: this.#state.toSave() });
      await holds();
      await this.#state.save();
      return result;
    });
  }

  /** Called once a second. A worker that has just been started may have read the file before the last change. */
  tick(): void {
    if (this.#caughtUp || this.#everywhere.others.length === 0) return;
    this.#caughtUp = true;
    void this.#everywhere.exclusively('api', () => this.#catchUp());
  }

  async #catchUp(): Promise<void> {
    if (this.#everywhere.others.length === 0) return;
    const answers = await this.#question.askAll({ is: 'catch-up', revision: this.#state.revision });
    for (const { answer } of answers) if (answer) this.#adopt(answer);
  }

  #adopt(saved: Saved): void {
    if (saved.revision <= this.#state.revision) return;
    this.#state.restore(saved);
    this.#adopted();
  }
}
