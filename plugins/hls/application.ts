// HLS of one application: a presentation for each of its streams, handed over when a reload replaces the instance.
import type { AppContext, EndCause, SessionView, StopCause, StreamView } from 'livego';
import type { Presentation } from './presentation.ts';
import type { PresentationOwner } from './presentation-owner.ts';
import type { PresentationRegistry } from './presentations.ts';
import type { HlsOptions } from './schema.ts';
import { StaleFiles } from './segments/stale-files.ts';

export class HlsApplication implements PresentationOwner {
  readonly options: HlsOptions;
  readonly servername: string;
  readonly log: PresentationOwner['log'];
  readonly now: PresentationOwner['now'];
  readonly hold: PresentationOwner['hold'];
  readonly attach: PresentationOwner['attach'];
  readonly fileEnd: PresentationOwner['fileEnd'];
  readonly #registry: PresentationRegistry;
  /** For what no peer causes. */
  readonly #ownLog: AppContext['log'];
  #staleFiles: StaleFiles | undefined;
  /** Streams that were live before this instance: in each turn of the event loop one of them starts. */
  #met: Presentation[] = [];

  constructor(context: AppContext, options: HlsOptions, registry: PresentationRegistry) {
    this.options = options;
    this.servername = context.servername;
    this.log = context.peerLog;
    this.#ownLog = context.log;
    this.now = () => context.now();
    this.hold = (key, change) => context.holdMemory(key, change);
    this.attach = (stream, sink, from) => context.attach(stream, sink, { from });
    this.fileEnd = (file) => context.fileEnd(file);
    this.#registry = registry;
  }

  /** Looks for what earlier runs have left in the directory. */
  activate(): void {
    const { path, keepAfterEnd } = this.options;
    const registry = this.#registry;
    registry.addApplication(this);
    if (path === '' || keepAfterEnd) return;
    const staleFiles = new StaleFiles(
      {
        path,
        log: this.#ownLog,
        owns: (folder) => registry.applicationOf(folder) === this,
        uses: (key) => registry.find(key) !== undefined,
        now: () => Date.now(),
      },
      registry.files,
    );
    this.#staleFiles = staleFiles;
    // By then every application of the config is active.
    setImmediate(() => void staleFiles.search());
  }

  /** Called about once a second. */
  sweep(): void {
    this.#staleFiles?.sweep();
  }

  streamStart(stream: StreamView): void {
    const presentation = this.#registry.claim(stream, this);
    if (stream.gopFigures.packets === 0) return presentation.begin(stream);
    // Met in mid-stream, perhaps with a hundred others: making segments of all their cached groups at once would delay
    // every viewer of the server.
    presentation.begin(stream, 'later');
    if (!presentation.active && this.#met.push(presentation) === 1) setImmediate(() => this.#startNext());
  }

  publishStart(session: SessionView, stream: StreamView): void {
    this.#registry.find(stream.key)?.notePublisher(session.id);
  }

  /** A stream that is another one in another quality is that only while somebody publishes it. */
  publishStop(stream: StreamView): void {
    if (this.#registry.find(stream.key)) this.#registry.noteChange();
  }

  streamStop(stream: StreamView, { code, deliberate }: EndCause): void {
    const presentation = this.#registry.find(stream.key);
    if (presentation?.owner !== this) return;
    // The publisher is connected to another worker now, which goes on with the segments.
    if (code === 'replaced') return this.#registry.move(presentation);
    // A server that stops is usually started again, and publishers return.
    const returns = (code === 'unpublished' && !deliberate) || code === 'shutdown';
    presentation.finish(returns ? 'later' : 'now');
  }

  /** Continues what its predecessor has. */
  takeOver(predecessor: HlsApplication): void {
    for (const presentation of this.#registry.ownedBy(predecessor)) presentation.moveTo(this);
    this.#registry.removeApplication(predecessor);
  }

  /** Ends what no successor has taken over. */
  async stop(cause: StopCause): Promise<void> {
    this.#met = [];
    this.#staleFiles?.stop();
    this.#registry.removeApplication(this);
    const owned = this.#registry.ownedBy(this);
    const closes = owned.some(({ stream }) => stream?.options.onRemove === 'close');
    for (const presentation of owned) presentation.finish(cause === 'shutdown' ? 'later' : 'now');
    if (closes && cause === 'removed') for (const presentation of owned) this.#registry.drop(presentation);
    await Promise.all(owned.map(({ segments }) => segments.settled()));
  }

  #startNext(): void {
    const presentation = this.#met.shift();
    if (presentation?.owner === this) presentation.start();
    if (this.#met.length > 0) setImmediate(() => this.#startNext());
  }
}
