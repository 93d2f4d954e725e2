import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { InstanceLogs } from '../../../../core/kernel/instance/instance-logs.ts';
import type { ServerContext } from '../../../../core/plugin/plugin.ts';
import { pluginForTest, resolveForTest } from '../../../helpers/config.ts';
import { memoryLog } from '../../../helpers/memory-log.ts';
import { kernelForTest, PROTOCOL } from '../kernel-kit.ts';

test('a new level holds for every logger that was made, and for later ones', () => {
  const { log, messages } = memoryLog();
  const logs = new InstanceLogs(log);
  const early = logs.child({ plugin: 'early' });
  logs.setLevel('error');
  const late = logs.child({ plugin: 'late' });
  for (const each of [log, early, late]) {
    each.info('not this');
    each.error('this');
  }
  expect(messages('info')).toEqual([]);
  expect(messages('error')).toEqual(['this', 'this', 'this']);
});

test('a replaced instance, whose sessions may continue, logs with the level of the current config', async () => {
  const contexts: ServerContext[] = [];
  const plugin = pluginForTest('one', {
    server: (context) => {
      contexts.push(context);
      context.log.info('declared');
    },
  });
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL, plugin], plugins: { one: { value: 1 } } });
  await test.apply({ definitions: [PROTOCOL, plugin], plugins: { one: { value: 2 } } });
  await test.apply({
    definitions: [PROTOCOL, plugin],
    plugins: { one: { value: 2 } },
    server: { level: 'error' },
  });
  for (const { log } of contexts) log.info('too much');
  expect(test.log.messages('info')).not.toContain('too much');
});

test('an instance that writes nothing has no logger, and its first line has the level of that time', async () => {
  const contexts: ServerContext[] = [];
  const plugin = pluginForTest('one', { server: (context) => void contexts.push(context) });
  const { kernel, apply, log } = kernelForTest();
  await apply({ definitions: [PROTOCOL, plugin] });
  expect(kernel.logs.count).toBe(0);
  await apply({ definitions: [PROTOCOL, plugin], server: { level: 'error' } });
  const [context] = contexts;
  context?.log.info('too much');
  context?.peerLog.error('enough');
  context?.log.child({ part: 'two' }).error('enough');
  expect(kernel.logs.count).toBe(1);
  expect(log.messages('info')).not.toContain('too much');
  expect(log.messages('error')).toEqual(['enough', 'enough']);
});

test.each(['log', 'peerLog'] as const)('methods of context.%s may be passed on', async (which) => {
  const { apply, log } = kernelForTest();
  const plugin = pluginForTest('one', {
    server: (context) => {
      const { warn, child } = context[which];
      warn('alone');
      child({ part: 'two' }).warn('of a child');
      context.onStart(() => Promise.reject(new Error('in vain')).catch(context[which].error));
    },
  });
  await apply({ definitions: [PROTOCOL, plugin] });
  expect(log.messages('warn')).toEqual(['alone', 'of a child']);
  expect(log.messages('error')).toEqual(['in vain']);
});

test('a config that is checked again and again leaves nothing behind', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const plugin = pluginForTest('one', { server: ({ log }) => log.debug('declared') });
  const { kernel, apply } = kernelForTest();
  await apply({ definitions: [PROTOCOL, plugin] });
  expect(kernel.logs.count).toBe(1);
  for (let check = 0; check < 50; check++)
    await kernel.check(
      resolveForTest({ definitions: [PROTOCOL, plugin], plugins: { one: { value: check } } }),
    );
  await expect
    .poll(() => {
      collectGarbage();
      return kernel.logs.count;
    })
    .toBeLessThan(10);
});
