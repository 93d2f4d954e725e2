// Two servers run in one process.
import { expect, test } from 'vitest';
import { FlvPacketFormat } from '../../../core/media/flv/flv-format.ts';
import type { PacketFormat } from '../../../core/media/packet-format.ts';
import type { ServerContext } from '../../../core/plugin/plugin.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { kernelForTest, PROTOCOL, playFrom, publishTo } from './kernel-kit.ts';

test('two servers with the same plugins and stream names share nothing', async () => {
  const contexts: ServerContext[] = [];
  const told: string[] = [];
  const plugin = pluginForTest('one', {
    server: (context, { value }) => {
      const me = String(value);
      contexts.push(context);
      const things = context.metric({ name: 'one_things', type: 'gauge', help: 'Things.' });
      context.hooks.stat.tap((write) => write.gauge(things, contexts.indexOf(context)));
      context.hooks.streamStart.tap((stream) => void told.push(`${me}: start ${stream.key}`));
      context.hooks.playStart.tap(() => void told.push(`${me}: play`));
      context.hooks.configChange.tap(() => void told.push(`${me}: config`));
      context.command({ name: 'who', description: 'Says who.', input: {}, run: () => me });
      context.onStop((cause) => void told.push(`${me}: ${cause}`));
    },
  });
  const [one, other] = [kernelForTest(), kernelForTest()];
  const definitions = [PROTOCOL, plugin];
  await one.apply({ definitions, plugins: { one: { value: 'one' } } });
  await other.apply({ definitions, plugins: { one: { value: 'other' } } });
  expect(told).toEqual(['one: config', 'other: config']);

  told.length = 0;
  const { stream } = await publishTo(one);
  await playFrom(one);
  expect(told).toEqual(['one: start live/movie', 'one: play']);
  expect(other.kernel.hub.find('live/movie')).toBeUndefined();
  expect(other.kernel.sessions.size).toBe(0);
  const twin = await publishTo(other);
  expect(twin.stream).not.toBe(stream);
  expect(one.kernel.hub.scheduler.viewers).toBe(1);
  expect(other.kernel.hub.scheduler.viewers).toBe(0);
  // Ids are unique within a server.
  expect(twin.publication.session.id).toBe(stream.publisher!.id);

  const make = (): PacketFormat => new FlvPacketFormat();
  const formats = contexts.map((context) => context.format('flv', make));
  expect(formats[0]).not.toBe(formats[1]);
  expect(await contexts[0]!.commands.call('one.who', {})).toBe('one');
  expect(await contexts[1]!.commands.call('one.who', {})).toBe('other');
  const things = [one, other].map(({ kernel }) =>
    kernel.metrics().flatMap(({ metric, value }) => (metric.name === 'one_things' ? [value] : [])),
  );
  expect(things).toEqual([[0], [1]]);

  told.length = 0;
  const lines = other.log.lines.length;
  await one.kernel.stop('over');
  expect(told).toEqual(['one: shutdown']);
  expect(twin.stream.state).toBe('live');
  expect(other.log.lines).toHaveLength(lines);
  expect((await other.apply({ definitions, plugins: { one: { value: 'other' } } })).outcome).toBe(
    'unchanged',
  );
});
