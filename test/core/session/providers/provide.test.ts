// Streams that plugins publish whether anybody watches or not, and what a successor adopts.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { handoverKey } from '../../../../core/plugin/handover.ts';
import type { PluginDefinition, ServerContext } from '../../../../core/plugin/plugin.ts';
import { Denial } from '../../../../core/session/denial.ts';
import type { Provision } from '../../../../core/session/providers/provision.ts';
import type { Publication } from '../../../../core/session/publication.ts';
import { pluginForTest } from '../../../helpers/config.ts';
import {
  admitted,
  contextOf,
  kernelForTest,
  PROTOCOL,
  playFrom,
  publishTo,
  send,
} from '../../kernel/kernel-kit.ts';
import { FLV, FakeTransport, LEFT, spell, video } from '../../stream/stream-kit.ts';
import { FakeProvider, pass, sendStart, settled, waitingViewer } from './provider-kit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const MOVIE = { app: 'live', name: 'movie' };

describe('provide', () => {
  test.each(['server', 'onStart'])('in %s() throws: before onActivate nothing is current', async (when) => {
    const provider = new FakeProvider();
    const plugin = pluginForTest('one', {
      server: (context) => {
        const provide = (): void => void context.provide(MOVIE, provider);
        if (when === 'server') provide();
        else context.onStart(provide);
      },
    });
    const report = await kernelForTest().reload({ definitions: [plugin] });
    expect(report).toMatchObject({ outcome: 'rejected', generation: 0 });
    expect(report.error).toContain('one: provide may not be called before onActivate');
    expect(provider.starts).toBe(0);
  });

  test('in onActivate publishes at once, with nobody watching, until the instance stops', async () => {
    const provider = new FakeProvider((publication) => sendStart(publication));
    const provisions: Provision[] = [];
    const { test } = await contextOf((context) =>
      context.onActivate(() => void provisions.push(context.provide(MOVIE, provider))),
    );
    await settled();
    const [provision] = provisions;
    expect(provision!.state).toBe('live');
    expect(provision!.stream).toBe(test.kernel.hub.find('live/movie')!.view);
    await pass(600);
    expect(provider.stops).toEqual([]);
    const { transport } = await playFrom(test);
    expect(spell(transport.tags)).toBe('v1 V1! V2');
    await test.kernel.stop('over');
    expect(provider.stopCodes).toEqual(['shutdown']);
    expect(provision!.state).toBe('ended');
  });

  test('starts the provider once, also if the plugin tries to start it again', async () => {
    const provider = new FakeProvider((publication) => sendStart(publication));
    const { context } = await contextOf();
    const provision = context.provide(MOVIE, provider);
    provision.start();
    await settled();
    expect(provider.starts).toBe(1);
    expect(provision.state).toBe('live');
  });

  test('after the instance has stopped throws', async () => {
    const { context, replace } = await contextOf();
    await replace();
    expect(() => context.provide(MOVIE, new FakeProvider())).toThrow('one has stopped and cannot provide');
  });

  test('ends when the plugin ends it: the provider is stopped, once, for that cause', async () => {
    const provider = new FakeProvider();
    const { test, context } = await contextOf();
    const provision = context.provide(MOVIE, provider);
    sendStart(provider.publication);
    await settled();
    provision.end({ code: 'kicked', message: 'enough' });
    provision.end({ code: 'kicked', message: 'enough' });
    expect(provider.stops).toEqual([{ code: 'kicked', message: 'enough' }]);
    expect(provider.publication.ended).toBe(true);
    expect(test.kernel.hub.find('live/movie')!.state).toBe('paused');
  });

  test('in an application that there is not ends with the first packet', async () => {
    const provider = new FakeProvider();
    const { test, context } = await contextOf();
    context.provide({ app: 'nope', name: 'movie' }, provider);
    sendStart(provider.publication);
    await settled();
    expect(provider.stops).toEqual([{ code: 'removed', message: 'there is no application "nope"' }]);
    expect(test.kernel.hub.streams).toEqual([]);
  });

  test('of a name that is published leaves that publisher alone', async () => {
    const { test, context } = await contextOf();
    const { stream, publication } = await publishTo(test);
    const provider = new FakeProvider();
    context.provide(MOVIE, provider);
    sendStart(provider.publication);
    await settled();
    expect(provider.stopCodes).toEqual(['replaced']);
    expect(stream.publisher).toBe(publication.session);
  });
});

describe('a provider that pauses', () => {
  test('keeps the name and its viewers, and continues on the same clock after a discontinuity', async () => {
    const provider = new FakeProvider();
    const { test, context } = await contextOf();
    context.provide(MOVIE, provider);
    sendStart(provider.publication);
    await settled();
    const stream = test.kernel.hub.find('live/movie')!;
    const { transport } = await playFrom(test);
    const told: string[] = [];
    stream.attach(
      {
        write: ({ timestamp }) => void told.push(String(timestamp)),
        pause: () => void told.push('pause'),
        discontinuity: () => void told.push('discontinuity'),
      },
      'live',
    );
    provider.publication.pause();
    expect(stream.state).toBe('live');
    await pass(60);
    expect([stream.viewerCount, stream.gop.length]).toEqual([1, 0]);
    provider.publication.discontinuity();
    send(provider.publication, video(7, 3), video(47, 4, 'key'));
    await pass(1);
    expect(told).toEqual(['pause', 'discontinuity', '80', '120']);
    expect(spell(transport.tags)).toBe('v1 V1! V2 V4!');
    expect(stream.counters.timestampJumps).toBe(0);
  });
});

const KEY = handoverKey<Publication>('relay');

/** A plugin whose instance hands its publication to the next one, which adopts it. */
function relay(contexts: ServerContext[], provider: FakeProvider): PluginDefinition {
  return pluginForTest('relay', {
    server: (context) => {
      contexts.push(context);
      context.hooks.streamMissing.tap(() => provider);
      context.handover(KEY, {
        give: () => ({ state: provider.publication, dispose: () => provider.publication.end(LEFT) }),
        take: (publication) => context.adopt(publication),
      });
    },
  });
}

describe('a publication that a successor adopts', () => {
  const config = (plugin: PluginDefinition, value: number) => ({
    definitions: [PROTOCOL, plugin],
    plugins: { relay: { value } },
    apps: { live: { options: { keepAfterUnpublishMs: 0 } } },
  });

  test('continues without a packet lost or a provider stopped, and ends with its new owner', async () => {
    const provider = new FakeProvider();
    const plugin = relay([], provider);
    const test = kernelForTest();
    await test.apply(config(plugin, 1));
    const { playback, found } = await waitingViewer(test);
    const transport = new FakeTransport();
    sendStart(provider.publication);
    const stream = admitted(await found);
    playback.start(stream, FLV, transport);
    send(provider.publication, video(80, 3));
    await test.apply(config(plugin, 2));
    send(provider.publication, video(120, 4));
    await pass(1);
    expect(provider.stops).toEqual([]);
    expect(provider.signal.aborted).toBe(false);
    expect(stream.state).toBe('live');
    expect(spell(transport.tags)).toBe('v1 V1! V2 V3 V4');
    expect(stream.counters.timestampJumps).toBe(0);
    await test.apply({ ...config(plugin, 2), plugins: { relay: false } });
    expect(provider.stopCodes).toEqual(['removed']);
    expect(transport.causes.map(({ code }) => code)).toEqual(['removed']);
  });

  test('may have written nothing yet: the viewers that wait still get it', async () => {
    const provider = new FakeProvider();
    const plugin = relay([], provider);
    const test = kernelForTest();
    await test.apply(config(plugin, 1));
    const { found } = await waitingViewer(test);
    await test.apply(config(plugin, 2));
    sendStart(provider.publication);
    expect(admitted(await found).state).toBe('live');
    expect(provider.starts).toBe(1);
  });

  test('may be handed over as the provision that provide returned', async () => {
    const provider = new FakeProvider((publication) => sendStart(publication));
    const key = handoverKey<Provision>('provision');
    const owners: string[] = [];
    let provision: Provision | undefined;
    const plugin = pluginForTest('relay', {
      server: (context, { value }) => {
        context.onActivate(() => (provision ??= context.provide(MOVIE, provider)));
        context.handover(key, {
          give: () => ({ state: provision!, dispose: () => {} }),
          take: (given) => {
            owners.push(String(value));
            context.adopt(given);
          },
        });
      },
    });
    const test = kernelForTest();
    await test.apply(config(plugin, 1));
    await settled();
    for (const value of [2, 3]) await test.apply(config(plugin, value));
    expect(owners).toEqual(['2', '3']);
    expect(provider.stops).toEqual([]);
    await test.kernel.stop('over');
    expect(provider.stopCodes).toEqual(['shutdown']);
  });

  test('that has ended meanwhile is adopted in vain, and never stopped', async () => {
    const provider = new FakeProvider();
    const plugin = relay([], provider);
    const test = kernelForTest();
    await test.apply(config(plugin, 1));
    const { found } = await waitingViewer(test);
    provider.publication.end({ code: 'left', message: 'the origin has ended it' });
    expect(await found).toBeInstanceOf(Denial);
    await test.apply(config(plugin, 2));
    await test.kernel.stop('over');
    expect(provider.stops).toEqual([]);
    expect(test.log.messages('error')).toEqual([]);
  });

  test('that is not adopted is stopped with the instance that offered it', async () => {
    const provider = new FakeProvider();
    const { test, context, replace } = await contextOf();
    context.provide(MOVIE, provider);
    await replace();
    expect(provider.stops).toEqual([{ code: 'removed', message: 'the config has changed' }]);
    expect(test.kernel.hub.streams).toEqual([]);
  });
});
