// Streams that no plugin provides: when plugins are asked again.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { pluginForTest } from '../../../helpers/config.ts';
import { kernelForTest, PROTOCOL, type TestKernel } from '../../kernel/kernel-kit.ts';
import { LEFT } from '../../stream/stream-kit.ts';
import { FakeProvider, pass, sendStart, waitingViewer } from './provider-kit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Asked {
  readonly test: TestKernel;
  readonly names: string[];
  /** A reload that replaces the plugin. */
  reload(): Promise<unknown>;
}

/** A kernel whose plugin provides nothing unless the test says so, and notes for what it is asked. */
async function asking(answer: () => FakeProvider | undefined = () => undefined): Promise<Asked> {
  const names: string[] = [];
  const relay = pluginForTest('relay', {
    server: ({ hooks }) =>
      hooks.streamMissing.tap(({ name }) => {
        names.push(name);
        return answer();
      }),
  });
  const config = (value: number) => ({
    definitions: [PROTOCOL, relay],
    plugins: { relay: { value } },
    apps: { live: { options: { waitForPublisherMs: 10_000 } } },
  });
  const test = kernelForTest();
  await test.apply(config(1));
  return { test, names, reload: () => test.apply(config(2)) };
}

describe('a stream that no plugin provides', () => {
  test('is asked for once while viewers wait, however many more come', async () => {
    const { test, names } = await asking();
    for (let count = 0; count < 50; count++) await waitingViewer(test);
    expect(names).toEqual(['movie']);
    await waitingViewer(test, 'other');
    expect(names).toEqual(['movie', 'other']);
  });

  test('is asked for again when nobody waits any more, and another viewer comes', async () => {
    const { test, names } = await asking();
    const viewers = [await waitingViewer(test), await waitingViewer(test)];
    for (const { playback } of viewers) playback.stop(LEFT);
    await waitingViewer(test);
    expect(names).toEqual(['movie', 'movie']);
    await waitingViewer(test);
    expect(names).toHaveLength(2);
  });

  test('is asked for again when all that waited then have given up, though others wait', async () => {
    const provider = new FakeProvider();
    const answers = [undefined, provider];
    const { test, names } = await asking(() => answers.shift());
    await waitingViewer(test);
    await pass(9);
    const second = await waitingViewer(test);
    expect(names).toHaveLength(1);
    await pass(1);
    await waitingViewer(test);
    expect(names).toHaveLength(2);
    sendStart(provider.publication);
    expect(await second.found).toBe(provider.publication.stream);
  });

  test('is asked for again by the first viewer after a reload', async () => {
    const { test, names, reload } = await asking();
    await waitingViewer(test);
    await reload();
    await waitingViewer(test);
    await waitingViewer(test);
    expect(names).toHaveLength(2);
  });
});
