// A plugin that watches streams tells every plugin of the application what is wrong.
import { definePlugin, type Alert, type PluginContext } from 'livego';
import { startTestServer } from 'livego/testing';
import { expect, onTestFinished, test } from 'vitest';

test('an alert reaches the plugins of its application, and no others', async () => {
  const told: [string, Alert][] = [];
  let context: PluginContext | undefined;
  const watcher = definePlugin({
    name: 'watcher',
    schema: { type: 'object', properties: {} },
    server(given) {
      context = given;
      given.hooks.alert.tap((alert) => void told.push(['server', alert]));
    },
    app: ({ hooks, servername }) => hooks.alert.tap((alert) => void told.push([servername, alert])),
  });
  const servers = [{ servername: 'live' }, { servername: 'other' }];
  const server = await startTestServer({ plugins: [watcher], config: { servers } });
  onTestFinished(() => server.stop());
  const facts = { code: 'drift', app: 'live', name: 'a', displayKey: 'live/a', message: 'late' };
  context!.alert({ ...facts, state: 'raised' });
  const alert = { ...facts, state: 'raised', plugin: 'watcher', at: expect.any(Date) as Date };
  expect(told).toEqual([
    ['server', alert],
    ['live', alert],
  ]);
});
