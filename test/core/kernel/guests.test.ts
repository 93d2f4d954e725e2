// Routes that a plugin serves at the addresses of another.
import { expect, test } from 'vitest';
import type { PluginDefinition } from '../../../core/plugin/plugin.ts';
import { replyJson } from '../../../core/http/replies/reply.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { kernelForTest } from './kernel-kit.ts';

function host(name: string): PluginDefinition {
  return pluginForTest(name, {
    server: (context) =>
      context.serve({ port: '127.0.0.1:0' }, [
        {
          methods: ['GET'],
          path: '/own',
          handler: (request, response) => replyJson(request, response, { body: name }),
        },
      ]),
  });
}

const guest = pluginForTest('guest', {
  server: (context) =>
    context.serveBeside(
      ['first', 'second'],
      [
        {
          methods: ['GET'],
          path: '/',
          handler: (request, response) => replyJson(request, response, { body: 'page' }),
        },
      ],
    ),
});

test('a page is served where the first plugin of its list serves HTTP, and moves when that one is switched off', async () => {
  const test = kernelForTest();
  const [first, second] = [host('first'), host('second')];
  const page = async (option: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${test.port(option)}/`)).status;
  await test.apply({ definitions: [guest, first, second] });
  expect(await page('first.port')).toBe(200);
  expect(await page('second.port')).toBe(404);
  await test.apply({ definitions: [guest, second] });
  expect(await page('second.port')).toBe(200);
  expect(await (await fetch(`http://127.0.0.1:${test.port('second.port')}/own`)).json()).toBe('second');
});

test('a page without a host is not served, and opens no address', async () => {
  const test = kernelForTest();
  await test.apply({ definitions: [guest] });
  expect(test.kernel.pool.listeners).toEqual([]);
});
