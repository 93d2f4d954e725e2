// Denies relays that would make a stream run in a circle.
import { Denial, hostOf, type HookTapper, type PluginContext, type StreamRequest } from 'livego';
import type { PassingStream, RelayState } from '../state.ts';
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
    hooks.publish.tap((request) => this.#guard('publish', request), { observer: true });
    hooks.play.tap((request) => this.#guard('play', request), { observer: true });
  }

  /** Why the stream would run in a circle, by what this worker knows. */
  findLoop(stream: PassingStream): string | undefined {
    const via = readVia(stream.userAgent);
    if (stream.role === 'play') return this.#feedsIt(stream, via);
    return this.#comesFromItsViewer(stream, via) ?? this.#comesFromItsTarget(stream);
  }

  #guard(role: 'publish' | 'play', request: StreamRequest): Denial | undefined | Promise<Denial | undefined> {
    const { app, name, displayKey, client } = request;
    const { userAgent, remote } = client;
    const stream = { role, key: `${app}/${name}`, displayKey, userAgent, remote };
    const via = readVia(userAgent);
    const passed = this.#passedHere(stream, via);
    if (passed !== undefined) return this.#deny(passed);
    const { elsewhere } = this.#state;
    // Viewers are many, and only a relay can bring a stream back.
    if (!elsewhere || (role === 'play' && via.length === 0)) return undefined;
    return elsewhere.findLoop(stream).then((loop) => (loop === undefined ? undefined : this.#deny(loop)));
  }

  #passedHere({ key, displayKey }: PassingStream, via: readonly string[]): string | undefined {
    // Nearly all clients are no relays: their words hold no mark, and none is computed.
    if (via.length > 0 && via.includes(this.#state.marks.of(key)))
      return `${displayKey} has passed this server already`;
    return via.length >= MAX_MARKS ? `${displayKey} has passed ${MAX_MARKS} servers` : undefined;
  }

  // The publisher gets the stream from here.
  #comesFromItsViewer({ key, displayKey }: PassingStream, via: readonly string[]): string | undefined {
    if (via.length === 0) return undefined;
    for (const session of this.#context.sessions()) {
      if (session.role !== 'play' || session.key !== key) continue;
      const puller = readVia(session.client.userAgent).at(-1);
      if (puller !== undefined && via.includes(puller))
        return `${displayKey} is pulled from here by the server that pushes it`;
    }
    return undefined;
  }

  // Servers of other makes show no marks. One that gets the stream from here and brings it back would take the place of
  // the publisher. An encoder on the same machine, which returns, has the words of the present publisher.
  #comesFromItsTarget({ key, displayKey, userAgent, remote }: PassingStream): string | undefined {
    const { publisher } = this.#context.streams().find((stream) => stream.key === key) ?? {};
    if (publisher === undefined || publisher.client.userAgent === userAgent) return undefined;
    if (!this.#state.isPushedTo(key, hostOf(remote))) return undefined;
    return `${displayKey} is pushed from here to the server that publishes it`;
  }

  // The stream comes from the one that asks for it.
  #feedsIt({ key, displayKey }: PassingStream, via: readonly string[]): string | undefined {
    const puller = via.at(-1);
    if (puller === undefined) return undefined;
    const publisher = this.#context.streams().find((stream) => stream.key === key)?.publisher;
    if (!readVia(publisher?.client.userAgent).includes(puller)) return undefined;
    return `${displayKey} is pushed here by the server that pulls it`;
  }

  #deny(what: string): Denial {
    this.#state.loopsDenied++;
    return new Denial('forbidden', `relay loop: ${what}`);
  }
}
