// The job of each profile.
import type { StreamView } from 'livego';
import { copyArguments, PROGRESS_DESCRIPTOR, renditionArguments } from './arguments.ts';
import type { Job, JobServices, StartedRun } from './job.ts';
import { onLines } from '../run/lines.ts';
import { RenditionStreams } from './rendition-streams.ts';
import { ReplayFile } from './replay-file.ts';

export function makeJob(stream: StreamView, services: JobServices): Job {
  const { options, program } = services;
  if (options.profile === 'command') return new PlainJob(() => options.command.slice(1), 0);
  if (options.profile === 'transcode')
    return new RenditionStreams(stream, services, renditionArguments(options, program.extraArguments));
  if (/^[a-z]+:\/\//i.test(options.output))
    return new PlainJob(
      () => copyArguments(options, program.extraArguments, urlFor(stream, options.output)),
      1,
    );
  return new ReplayFile(stream, services);
}

/** A program whose results are its own affair. */
class PlainJob implements Job {
  readonly outputs: number;
  readonly #arguments: () => readonly string[];

  constructor(args: () => readonly string[], outputs: number) {
    this.#arguments = args;
    this.outputs = outputs;
  }

  prepare(): Promise<readonly string[]> {
    return Promise.resolve(this.#arguments());
  }

  started({ child }: StartedRun, onProgress: (line: string) => void): void {
    if (this.outputs > 0) onLines(child.output(PROGRESS_DESCRIPTOR), onProgress);
  }

  exited(): Promise<void> {
    return Promise.resolve();
  }

  end(): void {}
}

function urlFor({ app, name }: StreamView, template: string): string {
  const values: Readonly<Record<string, string>> = { app, name, time: String(Math.floor(Date.now() / 1000)) };
  return template.replace(/\{(app|name|time)\}/g, (_, key: string) =>
    (values[key] ?? '').split('/').map(encodeURIComponent).join('/'),
  );
}
