// Denies relays that would make a stream run in a circle.
import { Denial, hostOf, type HookTapper, type PluginContext, type StreamRequest } from 'livego';
import type { RelayState } from './state.ts';
import { MAX_MARKS, readVia } from './via.ts';

type GuardContext = Pick<PluginContext, 'sessions' | 'streams'>;

export class LoopGuard {
  readonly #context: GuardContext;
  readonly #state: RelayState;

  constructor(context: GuardContext, state: RelayState) {
    this.#context = context;
    this.#state = state;
  }

  watch(hooks: Pick<HookTapper, 'publish' | 'play'>): void {
    hooks.publish.tap((request) => this.#publish(request), { observer: true });
    hooks.play.tap((request) => this.#play(request), { observer: true });
  }

  #publish(request: StreamRequest): Denial | undefined {
    const via = readVia(request.client.userAgent);
    return (
      this.#passedHere(request, via) ??
      this.#comesFromItsViewer(request, via) ??
      this.#comesFromItsTarget(request)
    );
  }

  #play(request: StreamRequest): Denial | undefined {
    const via = readVia(request.client.userAgent);
    return this.#passedHere(request, via) ?? this.#feedsIt(request, via);
  }

  #passedHere({ app, name, displayKey }: StreamRequest, via: readonly string[]): Denial | undefined {
    if (via.includes(this.#state.marks.of(`${app}/${name}`)))
      return this.#deny(`${displayKey} has passed this server already`);
    if (via.length >= MAX_MARKS) return this.#deny(`${displayKey} has passed ${MAX_MARKS} servers`);
    return undefined;
  }

  // The publisher gets the stream from here.
  #comesFromItsViewer({ app, name, displayKey }: StreamRequest, via: readonly string[]): Denial | undefined {
    if (via.length === 0) return undefined;
    const key = `${app}/${name}`;
    for (const session of this.#context.sessions()) {
      if (session.role !== 'play' || session.key !== key) continue;
      const puller = readVia(session.client.userAgent).at(-1);
      if (puller !== undefined && via.includes(puller))
        return this.#deny(`${displayKey} is pulled from here by the server that pushes it`);
    }
    return undefined;
  }

  // Servers of other makes show no marks. One that gets the stream from here and brings it back would take the place of
  // the publisher. An encoder on the same machine, which returns, has the words of the present publisher.
  #comesFromItsTarget({ app, name, displayKey, client }: StreamRequest): Denial | undefined {
    const key = `${app}/${name}`;
    const { publisher } = this.#context.streams().find((stream) => stream.key === key) ?? {};
    if (publisher === undefined || publisher.client.userAgent === client.userAgent) return undefined;
    if (!this.#state.isPushedTo(key, hostOf(client.remote))) return undefined;
    return this.#deny(`${displayKey} is pushed from here to the server that publishes it`);
  }

  // The stream comes from the one that asks for it.
  #feedsIt({ app, name, displayKey }: StreamRequest, via: readonly string[]): Denial | undefined {
    const puller = via.at(-1);
    if (puller === undefined) return undefined;
    const key = `${app}/${name}`;
    const publisher = this.#context.streams().find((stream) => stream.key === key)?.publisher;
    if (!readVia(publisher?.client.userAgent).includes(puller)) return undefined;
    return this.#deny(`${displayKey} is pushed here by the server that pulls it`);
  }

  #deny(what: string): Denial {
    this.#state.loopsDenied++;
    return new Denial('forbidden', `relay loop: ${what}`);
  }
}
