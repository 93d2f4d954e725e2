// What a relay announces to other plugins: once when it is live, once when it no longer is.
import { expect, test } from 'vitest';
import { definePlugin } from '../../../core/plugin/plugin.ts';
import type { PluginEvent } from '../../../core/plugin/hooks.ts';
import { publishRejected } from '../../../core/protocol/rtmp/status.ts';
import { startTarget } from './fake-target.ts';
import { eventually, startPublished } from './published-kit.ts';

function listener(): { readonly plugin: ReturnType<typeof definePlugin>; readonly events: PluginEvent[] } {
  const events: PluginEvent[] = [];
  const plugin = definePlugin({
    name: 'listener',
    schema: { type: 'object', properties: {} },
    app: ({ hooks }) => hooks.pluginEvent.tap((event) => void events.push(event)),
  });
  return { plugin, events };
}

test('A relay that cannot begin is announced once, then that it is live, lost, live again and stopped', async () => {
  const target = await startTarget({
    answer: (command, { connection, number }) => {
      if (command.name !== 'publish' || number > 2) return false;
      connection.sendCommand(publishRejected('BadName', 'the name is taken'), 1);
      return true;
    },
  });
  const { plugin, events } = listener();
  const url = target.url('app/key-of-the-stream?token=secret');
  const { publisher } = await startPublished({ push: [url], rejectedMaxMs: 500 }, undefined, [plugin]);
  (await target.published(3)).socket.destroy();
  await target.published(4);
  await eventually('it is live again', () => events.length >= 4);
  publisher.leave();
  await eventually('it is stopped', () => events.length >= 5);
  expect(events.map(({ kind, details }) => [kind, details['reason']])).toEqual([
    ['relay_down', 'The server rejected publish (NetStream.Publish.BadName: the name is taken).'],
    ['relay_up', undefined],
    ['relay_down', expect.stringMatching(/closed the connection|is closed|ECONNRESET|EPIPE/)],
    ['relay_up', undefined],
    ['relay_down', 'it was stopped'],
  ]);
  expect(events[1]).toMatchObject({
    plugin: 'relay',
    app: 'live',
    name: 'movie',
    details: { direction: 'push', origin: 'config', peer: `rtmp://127.0.0.1:${target.port}/app/***?***` },
  });
  expect(JSON.stringify(events)).not.toContain('secret');
});

test('A viewer that asks an edge for a name that no source has makes no announcement', async () => {
  const target = await startTarget({
    answer: (command, { connection }) => {
      if (command.name !== 'play') return false;
      connection.sendCommand(publishRejected('BadName', 'there is no such stream'), 1);
      return true;
    },
  });
  const { plugin, events } = listener();
  const { server, relays } = await startPublished({ onDemand: target.url('{app}/{name}') }, undefined, [
    plugin,
  ]);
  await server.play('live/nowhere');
  await eventually(
    'the pull is over',
    async () => target.callers.length > 0 && (await relays()).length === 0,
  );
  expect(events).toEqual([]);
});
