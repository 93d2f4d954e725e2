// HLS of one application: a presentation for each of its streams, handed on when a reload replaces the instance.
import type { AppContext } from '../../core/context.ts';
import type { EndCause } from '../../core/stream/session.ts';
import type { Stream } from '../../core/stream/stream.ts';
import type { Catalogue } from './catalogue.ts';
import type { PresentationOwner } from './presentation.ts';
import type { HlsOptions } from './schema.ts';

export class HlsApplication implements PresentationOwner {
  readonly options: HlsOptions;
  readonly log: PresentationOwner['log'];
  readonly attach: PresentationOwner['attach'];
  readonly fileEnd: PresentationOwner['fileEnd'];
  readonly #catalogue: Catalogue;
  /** How the config that is in force when streams end wants them to end. */
  #onRemove: Stream['options']['onRemove'] = 'drain';

  constructor(context: AppContext, options: HlsOptions, catalogue: Catalogue) {
    this.options = options;
    this.log = context.log;
    this.fileEnd = (file) => context.fileEnd(file);
    this.attach = (stream, sink, replay) => context.attach(stream, sink, replay);
    this.#catalogue = catalogue;
  }

  now(): number {
    return Date.now();
  }

  streamStart(stream: Stream): void {
    this.#catalogue.claim(stream.key, this).begin(stream);
  }

  streamStop(stream: Stream): void {
    const presentation = this.#catalogue.find(stream.key);
    if (presentation?.owner === this) presentation.finish();
  }

  /** Goes on with what a predecessor leaves. */
  inherit(predecessor: HlsApplication): void {
    for (const presentation of this.#catalogue.ownedBy(predecessor)) presentation.adopt(this);
  }

  /** Ends what nobody has taken over: HLS is off for the application, or the server stops. */
  async stop(cause: EndCause): Promise<void> {
    const left = this.#catalogue.ownedBy(this);
    for (const presentation of left) {
      this.#onRemove = presentation.stream?.options.onRemove ?? this.#onRemove;
      if (presentation.endedAt === undefined) presentation.finish();
    }
    if (cause.code !== 'shutdown' && this.#onRemove === 'close')
      for (const presentation of left) this.#catalogue.drop(presentation);
    await Promise.all(left.map((presentation) => presentation.settled()));
  }
}
