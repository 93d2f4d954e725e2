// What the relay's instances in the workers of one server tell each other: relays that commands start run wherever their
// stream lives, and a loop may lead through any worker.
import type { Question, ServerContext } from 'livego';
import type { RelayStatus } from './relays/relay.ts';
import type {
  OtherWorkers,
  PassingStream,
  RelayChange,
  RelayState,
  RunTimeRelay,
  StoppedRelay,
} from './state.ts';

type Context = Pick<ServerContext, 'everywhere' | 'question'>;

export class RelaysElsewhere implements OtherWorkers {
  readonly #everywhere: ServerContext['everywhere'];
  readonly #state: RelayState;
  readonly #started: Question<RunTimeRelay, void>;
  readonly #stopped: Question<StoppedRelay, void>;
  readonly #present: Question<undefined, readonly RunTimeRelay[]>;
  readonly #listed: Question<undefined, readonly RelayStatus[]>;
  readonly #freed: Question<string, void>;
  readonly #loops: Question<PassingStream, string | undefined>;

  /** @param findLoop - by what this worker knows */
  constructor(
    { everywhere, question }: Context,
    state: RelayState,
    findLoop: (stream: PassingStream) => string | undefined,
  ) {
    this.#everywhere = everywhere;
    this.#state = state;
    this.#started = question({ name: 'started', answer: (relay: RunTimeRelay) => state.adopt(relay) });
    this.#stopped = question({
      name: 'stopped',
      answer: ({ servername, id }: StoppedRelay) => state.forget(servername, id),
    });
    this.#present = question({ name: 'run-time', answer: () => state.runTime });
    this.#listed = question({ name: 'list', answer: () => state.statuses });
    this.#freed = question({ name: 'freed', answer: (key: string) => state.wake(key) });
    this.#loops = question({ name: 'loops', answer: findLoop });
  }

  exclusively: ServerContext['everywhere']['exclusively'] = (name, work) =>
    this.#everywhere.exclusively(name, work);

  change(here: RelayChange): Promise<string> {
    return this.exclusively('relays', async () => {
      // Ids follow those that other workers have given.
      await this.catchUp();
      const done = here();
      if ('started' in done) await this.#started.askAll(done.started);
      else await this.#stopped.askAll(done.stopped);
      return ('started' in done ? done.started : done.stopped).id;
    });
  }

  async catchUp(): Promise<void> {
    if (this.#everywhere.others.length === 0) return;
    for (const { answer } of await this.#present.askAll(undefined))
      for (const relay of answer) this.#state.adopt(relay);
  }

  async list(): Promise<readonly RelayStatus[]> {
    const answers = await this.#listed.askAll(undefined);
    const all = answers.flatMap(({ answer }) => answer);
    // "push-r1:movie" runs for the entry "push-r1".
    const shown = new Set(all.filter(({ id }) => id.includes(':')).map(({ id }) => id.split(':', 1)[0]));
    return all.filter(({ id, state }) => {
      if (state !== 'idle') return true;
      if (shown.has(id)) return false;
      shown.add(id);
      return true;
    });
  }

  freed(key: string): void {
    this.#freed.tellOthers(key);
  }

  async findLoop(stream: PassingStream): Promise<string | undefined> {
    const answers = await this.#loops.askAll(stream);
    return answers.find(({ answer }) => answer !== undefined)?.answer;
  }
}
