// What a reload does to streams and sessions.
import { describe, expect, test } from 'vitest';
import { pluginForTest } from '../../helpers/config.ts';
import { kernelForTest, PROTOCOL, playFrom, publishTo, requestFor } from './kernel-kit.ts';
import { lifePlugin, listener } from './plugin-kit.ts';
import { spell } from '../stream/stream-kit.ts';

describe('streams that are live', () => {
  test('start for a plugin before their first packet, and end for it after their last', async () => {
    const heard: string[] = [];
    const test = kernelForTest();
    await test.apply({
      definitions: [PROTOCOL, listener(heard)],
      apps: { live: { options: { keepAfterUnpublishMs: 0 } } },
    });
    const { publication } = await publishTo(test);
    publication.end({ code: 'left', message: 'bye' });
    expect(heard).toEqual([
      'ear: start live/movie',
      'ear: v1',
      'ear: V1!',
      'ear: V2',
      'ear: end unpublished',
      'ear: stop live/movie unpublished',
    ]);
  });

  test.each(['server', 'app'] as const)(
    'meet a new instance (%s level) with headers and group, and leave the retired one',
    async (level) => {
      const heard: string[] = [];
      const test = kernelForTest();
      const definitions = [PROTOCOL, listener(heard, level)];
      await test.apply({ definitions, plugins: { ear: { value: 'a' } } });
      const { stream, publication } = await publishTo(test);
      heard.length = 0;
      const report = await test.apply({ definitions, plugins: { ear: { value: 'b' } } });
      expect(report.streamsKept).toBe(1);
      expect(heard).toEqual(['b: start live/movie', 'b: v1', 'b: V1!', 'b: V2']);
      const header = stream.headers[0]!;
      publication.receive(header.info, 80, header.payload);
      expect(heard.slice(4)).toEqual(['b: v1']);
    },
  );

  test('meet a plugin that is switched on mid-stream, and stop for one that is switched off in their application', async () => {
    const heard: string[] = [];
    const test = kernelForTest();
    const definitions = [PROTOCOL, listener(heard)];
    const off = { live: { plugins: { ear: false } }, event: {} };
    await test.apply({ definitions, apps: off });
    await publishTo(test);
    expect(heard).toEqual([]);
    await test.apply({ definitions, apps: { live: {}, event: {} } });
    expect(heard).toEqual(['ear: start live/movie', 'ear: v1', 'ear: V1!', 'ear: V2']);
    heard.length = 0;
    await test.apply({ definitions, apps: off });
    expect(heard).toEqual(['ear: stop live/movie removed']);
  });

  test('get a new config’s options at once', async () => {
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL] });
    const { stream } = await publishTo(test);
    expect(stream.gop).toHaveLength(2);
    await test.apply({ definitions: [PROTOCOL], apps: { live: { options: { gop_num: 0 } } } });
    expect(stream.gop).toHaveLength(0);
  });

  test('that started while the config was staged meet its instances once', async () => {
    const heard: string[] = [];
    const test = kernelForTest();
    const late = pluginForTest('late', {
      server: (context, options) =>
        context.onStart(async () => {
          if (options['value'] === 2) await publishTo(test);
        }),
    });
    const definitions = [PROTOCOL, listener(heard), late];
    await test.apply({ definitions, plugins: { ear: { value: 'a' }, late: { value: 1 } } });
    await test.apply({ definitions, plugins: { ear: { value: 'b' }, late: { value: 2 } } });
    expect(heard.filter((line) => line.includes('start'))).toEqual([
      'a: start live/movie',
      'b: start live/movie',
    ]);
    expect(heard.filter((line) => line.startsWith('b:'))).toEqual([
      'b: start live/movie',
      'b: v1',
      'b: V1!',
      'b: V2',
    ]);
  });

  test('keep their viewers through a reload that replaces every plugin', async () => {
    const test = kernelForTest();
    const life = lifePlugin('life', []);
    await test.apply({ definitions: [PROTOCOL, life], plugins: { life: { value: 1 } } });
    const { stream } = await publishTo(test);
    const { transport } = await playFrom(test);
    const report = await test.apply({
      definitions: [PROTOCOL, life],
      plugins: { life: { value: 2 }, test: { value: 2 } },
    });
    expect(report).toMatchObject({ streamsKept: 1, viewersKept: 1, sessionsClosed: 0 });
    stream.end({ code: 'unpublished', message: 'over' });
    expect(spell(transport.tags)).toBe('v1 V1! V2');
  });
});

describe('an application that is removed, or a protocol that is switched off in it', () => {
  const cases = [
    ['the application is removed', { other: {} }],
    ['the protocol is switched off', { live: { plugins: { test: false } } }],
  ] as const;

  test.each(cases)(
    'with onRemove: "drain" lets its sessions finish, and admits no new ones: %s',
    async (_, apps) => {
      const closed: string[] = [];
      const test = kernelForTest();
      const definitions = [PROTOCOL];
      await test.apply({ definitions });
      const { stream } = await publishTo(test, requestFor(), () => closed.push('publisher'));
      await playFrom(test, requestFor(), () => closed.push('viewer'));
      await test.apply({ definitions, apps });
      expect(closed).toEqual([]);
      expect(stream.state).toBe('live');
      expect(stream.viewerCount).toBe(1);
      await expect(playFrom(test)).rejects.toThrow(/no application "live"|test is switched off/);
      await expect(publishTo(test)).rejects.toThrow(/no application "live"|test is switched off/);
    },
  );

  test.each(cases)('with onRemove: "close" ends them, and says why: %s', async (_, apps) => {
    const closed: string[] = [];
    const test = kernelForTest();
    const definitions = [PROTOCOL];
    const onRemove = { options: { onRemove: 'close' } } as const;
    await test.apply({ definitions, apps: { live: onRemove } });
    await publishTo(test, requestFor(), (cause) => closed.push(`publisher ${cause.code}`));
    await playFrom(test, requestFor(), (cause) => closed.push(`viewer ${cause.code}`));
    const after = 'live' in apps ? { live: { ...apps.live, ...onRemove } } : apps;
    const report = await test.apply({ definitions, apps: after });
    expect(closed).toEqual(['publisher removed', 'viewer removed']);
    expect(report.sessionsClosed).toBe(2);
  });

  test('leaves other applications alone', async () => {
    const closed: string[] = [];
    const test = kernelForTest();
    const onRemove = { options: { onRemove: 'close' } } as const;
    await test.apply({ definitions: [PROTOCOL], apps: { live: onRemove, event: onRemove } });
    await publishTo(test, requestFor('event'), () => closed.push('event'));
    await test.apply({ definitions: [PROTOCOL], apps: { event: onRemove } });
    expect(closed).toEqual([]);
  });
});
