// A plugin that provides streams, and tells the test what core asks of it.
import { vi } from 'vitest';
import type { EndCause } from '../../../../core/end-cause.ts';
import type { PluginDefinition } from '../../../../core/plugin/plugin.ts';
import type { Denial } from '../../../../core/session/denial.ts';
import type { Playback } from '../../../../core/session/playback.ts';
import type { StreamProvider } from '../../../../core/session/providers/provider.ts';
import type { Publication } from '../../../../core/session/publication.ts';
import type { AppOptions } from '../../../../core/options/options.ts';
import type { StreamView } from '../../../../core/stream/stream-view.ts';
import { pluginForTest } from '../../../helpers/config.ts';
import {
  admitted,
  kernelForTest,
  PROTOCOL,
  requestFor,
  send,
  tryPlay,
  type TestKernel,
} from '../../kernel/kernel-kit.ts';
import { video, videoHeader } from '../../stream/stream-kit.ts';

/** A provider that does what the test says. */
export class FakeProvider implements StreamProvider {
  readonly description = 'relay from the test';
  readonly origin: 'local' | 'mirror';
  readonly stops: EndCause[] = [];
  starts = 0;
  #started: { publication: Publication; signal: AbortSignal } | undefined;
  readonly #onStart: (publication: Publication) => void | Promise<void>;

  constructor(onStart: (publication: Publication) => void | Promise<void> = () => {}, origin?: 'mirror') {
    this.#onStart = onStart;
    this.origin = origin ?? 'local';
  }

  get publication(): Publication {
    if (!this.#started) throw new Error('the provider was not started');
    return this.#started.publication;
  }

  get signal(): AbortSignal {
    if (!this.#started) throw new Error('the provider was not started');
    return this.#started.signal;
  }

  start(publication: Publication, signal: AbortSignal): void | Promise<void> {
    this.starts++;
    this.#started = { publication, signal };
    return this.#onStart(publication);
  }

  stop(cause: EndCause): void {
    this.stops.push(cause);
  }

  get stopCodes(): string[] {
    return this.stops.map(({ code }) => code);
  }
}

/** Header, keyframe 1, frame 2. */
export function sendStart(publication: Publication): void {
  send(publication, videoHeader(0, 1), video(0, 1, 'key'), video(40, 2));
}

/** Answers each stream that is missing with that provider. */
export function providing(provider: StreamProvider, name = 'relay'): PluginDefinition {
  return pluginForTest(name, { server: ({ hooks }) => hooks.streamMissing.tap(() => provider) });
}

export async function kernelProviding(
  provider: StreamProvider,
  options: Partial<AppOptions> = {},
): Promise<TestKernel> {
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL, providing(provider)], apps: { live: { options } } });
  return test;
}

export interface Waiting {
  readonly playback: Playback;
  readonly found: Promise<StreamView | Denial>;
}

/** A viewer that has been admitted and waits for its stream, until plugins have been asked. */
export async function waitingViewer(test: TestKernel, name = 'movie'): Promise<Waiting> {
  const playback = admitted(await tryPlay(test, requestFor('live', name)));
  const found = playback.findStream();
  await settled();
  return { playback, found };
}

/** Lets everything happen that waits for no timer. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** Lets so many seconds pass. */
export async function pass(seconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(seconds * 1000);
}
