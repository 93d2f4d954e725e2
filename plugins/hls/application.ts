// HLS of one application: a presentation for each of its streams, handed on when a reload replaces the instance.
import { matchesServername } from '../../core/kernel/app.ts';
import type { AppContext } from '../../core/plugin/context.ts';
import type { EndCause } from '../../core/session/session.ts';
import type { Stream } from '../../core/stream/stream.ts';
import type { PresentationRegistry } from './presentations.ts';
import { StaleFiles } from './segments/stale-files.ts';
import type { Presentation, PresentationOwner } from './presentation.ts';
import type { HlsOptions } from './schema.ts';

export class HlsApplication implements PresentationOwner {
  readonly options: HlsOptions;
  readonly log: PresentationOwner['log'];
  readonly attach: PresentationOwner['attach'];
  readonly fileEnd: PresentationOwner['fileEnd'];
  readonly #servername: string;
  readonly #catalogue: PresentationRegistry;
  #leftovers: StaleFiles | undefined;
  /** Of streams that were live before this instance: they start one in each turn of the loop. */
  #met: Presentation[] = [];
  /** How the config that is in force when streams end wants them to end. */
  #onRemove: Stream['options']['onRemove'] = 'drain';

  constructor(context: AppContext, options: HlsOptions, catalogue: PresentationRegistry) {
    this.options = options;
    this.#servername = context.servername;
    this.log = context.log;
    this.fileEnd = (file) => context.fileEnd(file);
    this.attach = (stream, sink, replay) => context.attach(stream, sink, replay);
    this.#catalogue = catalogue;
  }

  now(): number {
    return Date.now();
  }

  streamStart(stream: Stream): void {
    const presentation = this.#catalogue.claim(stream.key, this);
    if (stream.gop.length === 0) return presentation.begin(stream);
    // Met in mid-stream, perhaps with a hundred others: to make segments of all their cached groups at once would hold
    // up every viewer of the server.
    presentation.begin(stream, 'later');
    if (!presentation.active && this.#met.push(presentation) === 1) setImmediate(() => this.#startNext());
  }

  streamStop(stream: Stream, cause: EndCause): void {
    const presentation = this.#catalogue.find(stream.key);
    if (presentation?.owner === this) presentation.finish(endOf(cause));
  }

  /** Called for each config that is in force. What earlier runs left behind is looked for once. */
  comeIntoForce(): void {
    const { path, keepAfterEnd } = this.options;
    this.#catalogue.applications.add(this);
    if (this.#leftovers || path === '' || keepAfterEnd) return;
    const uses = (key: string): boolean => this.#catalogue.find(key) !== undefined;
    const { log } = this;
    const now = (): number => this.now();
    this.#leftovers = new StaleFiles(
      { path, log, now, uses, owns: (folder) => this.#owns(folder) },
      this.#catalogue.files,
    );
    // Every application is known by then.
    setImmediate(() => void this.#leftovers?.search());
  }

  /** Called now and then. */
  sweep(): void {
    this.#leftovers?.sweep();
  }

  /** Goes on with what a predecessor leaves. */
  inherit(predecessor: HlsApplication): void {
    for (const presentation of this.#catalogue.ownedBy(predecessor)) presentation.adopt(this);
  }

  /** Ends what nobody has taken over: HLS is off for the application, or the server stops. */
  async stop(cause: EndCause): Promise<void> {
    this.#met = [];
    this.#leftovers?.stop();
    this.#catalogue.applications.delete(this);
    const left = this.#catalogue.ownedBy(this);
    for (const presentation of left) {
      this.#onRemove = presentation.stream?.options.onRemove ?? this.#onRemove;
      presentation.finish(endOf(cause));
    }
    if (cause.code !== 'shutdown' && this.#onRemove === 'close')
      for (const presentation of left) this.#catalogue.drop(presentation);
    await Promise.all(left.map((presentation) => presentation.settled()));
  }

  /** Whether the folder of the directory has streams of this application. Where several fit, none of them tidies up. */
  #owns(folder: string): boolean {
    if (this.#servername === folder) return true;
    const { applications } = this.#catalogue;
    const fitting = [...applications].filter((each) => matchesServername(each.#servername, folder));
    return fitting.length === 1 && fitting[0] === this;
  }

  #startNext(): void {
    const presentation = this.#met.shift();
    if (presentation?.owner === this) presentation.start();
    if (this.#met.length > 0) setImmediate(() => this.#startNext());
  }
}

// A server that stops is mostly started again, and publishers return.
function endOf({ code, deliberate }: EndCause): 'now' | 'later' {
  return (code === 'unpublished' && !deliberate) || code === 'shutdown' ? 'later' : 'now';
}
