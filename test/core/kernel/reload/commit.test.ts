// A config that is current is never reported as rejected, whatever plugins throw while it is applied.
import { expect, test } from 'vitest';
import { handoverKey } from '../../../../core/plugin/handover.ts';
import type { PluginDefinition, ServerContext } from '../../../../core/plugin/plugin.ts';
import type { ReloadReport } from '../../../../core/plugin/reload-report.ts';
import { pluginForTest } from '../../../helpers/config.ts';
import { connectTo, freePort, untilClosed } from '../../../helpers/net.ts';
import { kernelForTest, PROTOCOL, playFrom, publishTo, requestFor, type TestKernel } from '../kernel-kit.ts';
import { greeter, greeting, lifePlugin, listener } from '../plugin-kit.ts';

const STATE = handoverKey<string>('state');

function bug(): never {
  throw new Error('bug');
}

// An async function where one that returns nothing is expected, as a plugin in JavaScript may have it.
const bugLater = (() => Promise.reject(new Error('bug'))) as unknown as () => void;

type Fault = (context: ServerContext, instance: number) => void;

/** A plugin whose second instance, or the first one on behalf of the second, has a fault. */
function faulty(fault: Fault): PluginDefinition {
  let instances = 0;
  return pluginForTest('faulty', { server: (context) => fault(context, ++instances) });
}

const FAULTS: readonly (readonly [string, Fault])[] = [
  ['give() throws', (context) => context.handover(STATE, { give: bug, take: () => {} })],
  [
    'take() throws',
    (context) => context.handover(STATE, { give: () => ({ state: 'x', dispose: () => {} }), take: bug }),
  ],
  [
    'take() and dispose() throw',
    (context) => context.handover(STATE, { give: () => ({ state: 'x', dispose: bug }), take: bug }),
  ],
  [
    'onActivate throws',
    (context, instance) => {
      if (instance === 2) context.onActivate(bug);
    },
  ],
  [
    'onActivate rejects',
    (context, instance) => {
      if (instance === 2) context.onActivate(bugLater);
    },
  ],
  [
    'take() rejects',
    (context) => context.handover(STATE, { give: () => ({ state: 'x', dispose: () => {} }), take: bugLater }),
  ],
  [
    'streamStart throws for a live stream',
    (context, instance) => {
      if (instance === 2) context.hooks.streamStart.tap(bug);
    },
  ],
  [
    'a sink throws at the backlog',
    (context, instance) => {
      if (instance === 2)
        context.hooks.streamStart.tap((stream) => void context.attach(stream, { write: bug }));
    },
  ],
  [
    'the predecessor’s onStop throws',
    (context, instance) => {
      if (instance === 1) context.onStop(bug);
    },
  ],
  [
    'configChange throws',
    (context, instance) => {
      if (instance === 2) context.hooks.configChange.tap(bug);
    },
  ],
];

interface Setting {
  readonly test: TestKernel;
  readonly life: string[];
  readonly heard: string[];
  readonly reports: ReloadReport[];
  readonly closed: string[];
  readonly ports: readonly [string, number, number];
}

/** Reloads a server on which everything changes, with `plugin` in the first place. */
async function reloadAround(
  plugin: PluginDefinition,
  closeViewer = () => {},
): Promise<[Setting, ReloadReport]> {
  const setting: Setting = {
    test: kernelForTest(),
    life: [],
    heard: [],
    reports: [],
    closed: [],
    ports: ['greeter.port', await freePort(), await freePort()],
  };
  const { test, life, heard, reports, closed } = setting;
  const observer = pluginForTest('observer', {
    server: ({ hooks }) => hooks.configChange.tap((report) => void reports.push(report)),
  });
  const definitions = [PROTOCOL, plugin, lifePlugin('life', life), listener(heard), greeter(), observer];
  const settings = (value: string, port: number) => ({
    faulty: { value },
    life: { value },
    ear: { value },
    greeter: { port, greeting: value },
  });
  const onRemove = { options: { onRemove: 'close' } } as const;
  await test.apply({
    definitions,
    plugins: settings('a', setting.ports[1]),
    apps: { live: {}, gone: onRemove },
  });
  await publishTo(test);
  await publishTo(test, requestFor('gone'), () => closed.push('publisher'));
  await playFrom(test, requestFor('gone'), () => {
    closeViewer();
    closed.push('viewer');
  });
  life.length = heard.length = reports.length = 0;
  const report = await test.reload({
    definitions,
    plugins: settings('b', setting.ports[2]),
    apps: { live: { options: { gop_num: 3 } } },
  });
  return [setting, report];
}

async function expectAllCarriedOut({ test, life, heard, reports, ports }: Setting, report: ReloadReport) {
  expect(report).toMatchObject({ outcome: 'applied', generation: 2, error: undefined });
  expect(reports).toEqual([report]);
  expect(test.kernel.lastReport).toBe(report);
  expect(life).toEqual([
    'life b: declare',
    'life b: start',
    'life a: give',
    'life b: take life a',
    'life b: activate',
    'life a: stop first',
    'life a: stop replaced',
  ]);
  expect(heard).toEqual(['b: start live/movie', 'b: v1', 'b: V1!', 'b: V2']);
  expect(test.kernel.hub.find('live/movie')?.options.gop_num).toBe(3);
  expect(await greeting(ports[2], 1)).toBe('b');
  await untilClosed(ports[1]);
}

test.each(FAULTS)('if %s, the config is applied, and all else is carried out', async (_, fault) => {
  const [setting, report] = await reloadAround(faulty(fault));
  await expectAllCarriedOut(setting, report);
  expect(setting.closed).toEqual(['publisher', 'viewer']);
  expect(report.sessionsClosed).toBe(2);
  expect(setting.test.log.messages('error')).not.toEqual([]);
});

test('if a session cannot be closed, the config is applied, the other sessions are closed, and the log says so', async () => {
  const [setting, report] = await reloadAround(
    faulty(() => {}),
    bug,
  );
  await expectAllCarriedOut(setting, report);
  expect(setting.closed).toEqual(['publisher']);
  expect(report.sessionsClosed).toBe(2);
  expect(setting.test.log.messages('error')).toEqual(['a session could not be closed']);
});

test('if a protocol cannot tell whether its connection may be read, that publication ends, the config is applied, and the other streams get its options', async () => {
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL] });
  const { publication } = await publishTo(test);
  const { stream } = await publishTo(test, requestFor('live', 'other'));
  const server = greeter();
  await test.apply({ definitions: [PROTOCOL, server], plugins: { greeter: { port: 0 } } });
  const socket = await connectTo(test.port('greeter.port'));
  const reader = publication.pace(socket, bug);
  // Its rate is known after 200 ms; then it rests.
  await expect.poll(() => (reader.bytesRead(100), socket.isPaused())).toBe(true);
  const report = await test.reload({
    definitions: [PROTOCOL, server],
    plugins: { greeter: { port: 0 } },
    apps: { live: { options: { gop_num: 7 } } },
  });
  expect(report.outcome).toBe('applied');
  expect(stream.options.gop_num).toBe(7);
  expect(test.log.messages('error')).toEqual(['live/movie: mayRead() of pace() failed']);
  expect(publication.ended).toBe(true);
  expect(socket.isPaused()).toBe(false);
});
