// Renditions of a stream, published back as NAME_RENDITION. A program that is restarted continues the same streams.
import type { Provision, Publication, StreamProvider, StreamView } from 'livego';
import { describeTag, FlvReader, MediaPacket } from 'livego/media';
import { FIRST_RENDITION_DESCRIPTOR, PROGRESS_DESCRIPTOR } from './arguments.ts';
import type { Job, JobServices, StartedRun } from './job.ts';
import { onLines } from '../run/lines.ts';

export class RenditionStreams implements Job {
  readonly outputs: number;
  readonly #arguments: readonly string[];
  readonly #renditions: readonly RenditionStream[];

  constructor(stream: StreamView, services: JobServices, args: readonly string[]) {
    this.#arguments = args;
    this.#renditions = services.options.renditions.map(
      ({ name }) => new RenditionStream(stream, name, services),
    );
    this.outputs = 1 + this.#renditions.length;
  }

  prepare(): Promise<readonly string[]> {
    return Promise.resolve(this.#arguments);
  }

  started(run: StartedRun, onProgress: (line: string) => void): void {
    onLines(run.child.output(PROGRESS_DESCRIPTOR), onProgress);
    for (const [index, rendition] of this.#renditions.entries())
      rendition.read(run, FIRST_RENDITION_DESCRIPTOR + index);
  }

  exited(): Promise<void> {
    for (const rendition of this.#renditions) rendition.pause();
    return Promise.resolve();
  }

  end(): void {
    for (const rendition of this.#renditions) rendition.end();
  }
}

class RenditionStream {
  readonly #source: StreamView;
  readonly #name: string;
  readonly #services: JobServices;
  #provision: Provision | undefined;
  #publication: Publication | undefined;
  #ended = false;

  constructor(source: StreamView, rendition: string, services: JobServices) {
    this.#source = source;
    this.#name = `${source.name}_${rendition}`;
    this.#services = services;
  }

  read({ child, clock }: StartedRun, descriptor: number): void {
    const reader = new FlvReader();
    const output = child.output(descriptor);
    if (this.#publication) this.#publication.discontinuity();
    else this.#publish();
    output.on('error', () => {});
    output.on('data', (bytes: Buffer) => {
      try {
        for (const { type, timestamp, body } of reader.push(bytes))
          // The program keeps the times that it is fed, so qualities agree in them.
          this.#publication?.write(
            new MediaPacket(describeTag(type, body), clock.streamTime(timestamp), body),
          );
      } catch (error) {
        this.#services.context.peerLog.warn(
          { err: error, stream: this.#source.displayKey },
          `the engine of ${this.#source.displayKey} wrote something that is no FLV`,
        );
        output.destroy();
      }
    });
  }

  pause(): void {
    this.#publication?.pause();
  }

  end(): void {
    this.#ended = true;
    this.#provision?.end({ code: 'unpublished', message: `${this.#source.displayKey} has ended` });
  }

  #publish(): void {
    if (this.#ended) return;
    const provider: StreamProvider = {
      description: `engine of ${this.#source.displayKey}`,
      renditionOf: this.#source.name,
      begins: 'at-once',
      start: (publication) => void (this.#publication = publication),
      // Another publisher has taken the name. The other renditions continue.
      stop: () => (this.#publication = undefined),
    };
    this.#provision = this.#services.context.provide({ app: this.#source.app, name: this.#name }, provider);
  }
}
