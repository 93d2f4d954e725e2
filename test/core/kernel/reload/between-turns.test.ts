// A reload takes many turns of the event loop. Clients come and go in between, and the server may stop.
import { expect, test } from 'vitest';
import type { PluginDefinition } from '../../../../core/plugin/plugin.ts';
import type { ReloadReport } from '../../../../core/plugin/reload-report.ts';
import { pluginForTest, type TestConfig } from '../../../helpers/config.ts';
import { video } from '../../stream/stream-kit.ts';
import {
  kernelForTest,
  playFrom,
  PROTOCOL,
  publishTo,
  send,
  type TestKernel,
  type TestPublication,
  type TestViewer,
} from '../kernel-kit.ts';
import { lifePlugin, listener } from '../plugin-kit.ts';
import { inManyTurns, turnsLater } from './slow-clock.ts';

/** All is started, and nothing is current; or all is current, and nothing has stopped. */
type Moment = 'before the commit' | 'behind the commit';

/** The changes of this many applications are looked for in between. */
const APPLICATIONS = 12;

interface Setting {
  readonly test: TestKernel;
  readonly life: string[];
  readonly heard: string[];
}

/** Does something once, at that moment of the second config. */
function interruption(moment: Moment, act: () => void): PluginDefinition {
  return pluginForTest('interruption', {
    server: (context, { value }) => {
      if (value !== 'b') return;
      if (moment === 'before the commit') context.onStart(() => turnsLater(4, act));
      else context.onActivate(() => turnsLater(1, act));
    },
  });
}

/** Replaces every instance and changes every application; `act` gets its turn in between. */
async function reloadAround(
  moment: Moment,
  act: (setting: Setting) => Promise<unknown>,
): Promise<Setting & { readonly report: ReloadReport }> {
  const setting: Setting = { test: kernelForTest(), life: [], heard: [] };
  const { test, life, heard } = setting;
  let acted: Promise<unknown> | undefined;
  const definitions = [
    PROTOCOL,
    lifePlugin('life', life),
    listener(heard),
    interruption(moment, () => {
      expect(test.kernel.generation.number).toBe(moment === 'before the commit' ? 1 : 2);
      expect(life.at(-1)).toBe(moment === 'before the commit' ? 'life b: start' : 'life b: activate');
      acted = act(setting);
    }),
  ];
  const config = (value: string, gop: number): TestConfig => {
    const names = ['live', ...Array.from({ length: APPLICATIONS }, (_, index) => `app-${index}`)];
    const apps = Object.fromEntries(names.map((name) => [name, { options: { gop_num: gop } }]));
    return { definitions, plugins: { life: { value }, ear: { value }, interruption: { value } }, apps };
  };
  await test.apply(config('a', 1));
  life.length = heard.length = 0;
  const report = await inManyTurns(() => test.reload(config('b', 3)));
  expect(acted).toBeDefined();
  await acted;
  return { ...setting, report };
}

interface Clients {
  publication?: TestPublication;
  viewer?: TestViewer;
}

test('a stream that starts when all is started and nothing is current moves to the new instances with its viewer', async () => {
  const clients: Clients = {};
  const { heard, report } = await reloadAround('before the commit', async ({ test }) => {
    clients.publication = await publishTo(test);
    clients.viewer = await playFrom(test);
  });
  const { publication, viewer } = clients;
  send(publication!.publication, video(80, 3));
  expect(report).toMatchObject({ outcome: 'applied', streamsKept: 1, viewersKept: 1 });
  expect(heard).toEqual([
    'a: start live/movie',
    'a: v1',
    'a: V1!',
    'a: V2',
    'b: start live/movie',
    'b: v1',
    'b: V1!',
    'b: V2',
    'b: V3',
  ]);
  expect(publication!.stream.options.gop_num).toBe(3);
  expect(viewer!.playback.ended).toBe(false);
});

test('a stream that starts when all is current and nothing has stopped is the new instances’ alone', async () => {
  const clients: Clients = {};
  const { heard, life, report } = await reloadAround('behind the commit', async ({ test }) => {
    clients.publication = await publishTo(test);
    clients.viewer = await playFrom(test);
  });
  send(clients.publication!.publication, video(80, 3));
  expect(report).toMatchObject({ outcome: 'applied', streamsKept: 1, viewersKept: 1 });
  expect(heard).toEqual(['b: start live/movie', 'b: v1', 'b: V1!', 'b: V2', 'b: V3']);
  expect(life.slice(-2)).toEqual(['life a: stop first', 'life a: stop replaced']);
});

test.each<Moment>(['before the commit', 'behind the commit'])(
  'a server that is told to stop %s completes it, and stops each instance once',
  async (moment) => {
    const { life, report, test } = await reloadAround(moment, ({ test: { kernel } }) =>
      kernel.stop('enough'),
    );
    expect(report).toMatchObject({ outcome: 'applied', generation: 2 });
    expect(life).toEqual([
      'life b: declare',
      'life b: start',
      'life a: give',
      'life b: take life a',
      'life b: activate',
      'life a: stop first',
      'life a: stop replaced',
      'life b: stop first',
      'life b: stop shutdown',
    ]);
    expect(test.log.messages('error')).toEqual([]);
  },
);
