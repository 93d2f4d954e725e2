// Plugins that give something wrong: one message where it was given, and nothing else happens.
import { expect, test } from 'vitest';
import type { Route } from '../../../../core/http/router.ts';
import { FlvPacketFormat } from '../../../../core/media/flv/flv-format.ts';
import type { PacketFormat } from '../../../../core/media/packet-format.ts';
import type { ServerContext } from '../../../../core/plugin/plugin.ts';
import { pluginForTest } from '../../../helpers/config.ts';
import { FakeTransport, FLV, video } from '../../stream/stream-kit.ts';
import { admitted, contextOf, kernelForTest, publishTo, send, tryPlay } from '../kernel-kit.ts';

/** As a plugin in JavaScript gives it. */
const wrong = (value: unknown): never => value as never;

const handle = (): void => {};
const serve = (context: ServerContext, route: Partial<Route>): void =>
  context.serve({ port: '127.0.0.1:0' }, [wrong({ methods: ['GET'], path: '/*', handle, ...route })]);

test.each<[string, (context: ServerContext) => unknown, string]>([
  [
    'a tap',
    ({ hooks }) => hooks.publish.tap(wrong(undefined)),
    'what is given to hooks.publish.tap must be a function; it is undefined',
  ],
  [
    'a tick',
    (context) => context.everySecond(wrong(5)),
    'what is given to everySecond must be a function; it is 5',
  ],
  [
    'a start',
    (context) => context.onStart(wrong(null)),
    'what is given to onStart must be a function; it is null',
  ],
  [
    'an activation',
    (context) => context.onActivate(wrong({})),
    'what is given to onActivate must be a function; it is an object',
  ],
  [
    'a stop',
    (context) => context.onStop(wrong('x')),
    'what is given to onStop must be a function; it is a string',
  ],
  [
    'a listener',
    (context) => context.listen({ port: '127.0.0.1:0' }, wrong([])),
    'what is given to listen must be a function; it is a list',
  ],
  [
    'a handover',
    (context) => context.handover({ name: 'all' }, wrong({ give: handle })),
    'take of the handover "all" must be a function; it is undefined',
  ],
  [
    'a metric',
    (context) => context.metric(wrong({ name: 'one_x', type: 'gauge' })),
    'help of the metric "one_x" must be a string; it is undefined',
  ],
  [
    'a command',
    (context) => context.command(wrong({ name: 'x', description: 'x', input: {} })),
    'run of the command "x" must be a function; it is undefined',
  ],
  [
    'a route',
    (context) => serve(context, { handle: wrong(1) }),
    'handle of the route /* must be a function; it is 1',
  ],
  [
    'a route’s path',
    (context) => serve(context, { path: 'x' }),
    'the route "x" must begin with "/" or be "*"',
  ],
  [
    'a route’s methods',
    (context) => serve(context, { methods: [] }),
    'the route /* has no method; write methods: ["GET"]',
  ],
  [
    'a route’s extension',
    (context) => serve(context, { extension: 'M4S' }),
    'the route /* has the extension "M4S"; write it in small letters and without a dot',
  ],
  [
    'a route’s extension with a dot',
    (context) => serve(context, { extension: '.m4s' }),
    'the route /* has the extension ".m4s"',
  ],
])('%s of the wrong kind rejects the config, with one message', async (_, declare, message) => {
  const test = kernelForTest();
  const one = pluginForTest('one', { server: (context) => void declare(context) });
  const report = await test.reload({ definitions: [one] });
  expect(report.outcome).toBe('rejected');
  expect(report.error?.replace('plugin one: ', '')).toContain(message);
});

test('a command that names "app" in its own schema takes it once', async () => {
  const ran: unknown[] = [];
  let context: ServerContext | undefined;
  const input = { type: 'object', required: ['app'], properties: { app: { type: 'string' } } };
  const one = pluginForTest('one', {
    server: (given) => void (context = given),
    app: ({ command }) =>
      command({ name: 'go', description: 'Goes.', input, run: (given) => ran.push(given) }),
  });
  const test = kernelForTest();
  await test.apply({ definitions: [one] });
  await context!.commands.call('one.go', { app: 'live' });
  expect(ran).toEqual([{ app: 'live' }]);
});

test('a file is told with the name of the plugin that made it, whatever the plugin says', async () => {
  const told: string[] = [];
  const { context } = await contextOf(({ hooks }) =>
    hooks.fileEnd.tap(({ plugin }) => void told.push(plugin)),
  );
  const at = new Date();
  const file = { plugin: 'hls', kind: 'recording', app: 'live', name: 'movie', path: '/x', bytes: 1 };
  context.fileEnd(wrong({ ...file, startedAt: at, endedAt: at }));
  expect(told).toEqual(['one']);
});

const good = (): FakeTransport => new FakeTransport();
test.each<[string, () => { readonly format: PacketFormat; readonly transport: FakeTransport }, string]>([
  [
    'an output without writableLength',
    () => ({ format: FLV, transport: wrong({ ...parts(good()), output: { write: handle } }) }),
    'output.writableLength of the transport must be a number; it is undefined',
  ],
  [
    'an output without write',
    () => ({ format: FLV, transport: wrong({ ...parts(good()), output: { writableLength: 0 } }) }),
    'output.write of the transport must be a function; it is undefined',
  ],
  [
    'no output',
    () => ({ format: FLV, transport: wrong({ onDrain: handle, close: handle }) }),
    'output.write of the transport must be a function; it is undefined',
  ],
  [
    'an onDrain that returns nothing',
    () => ({ format: FLV, transport: wrong({ ...parts(good()), onDrain: handle }) }),
    'what onDrain of the transport returns must be a function; it is undefined',
  ],
  [
    'a transport without close',
    () => ({ format: FLV, transport: wrong({ ...parts(good()), close: undefined }) }),
    'close of the transport must be a function; it is undefined',
  ],
  [
    'a format without byteLength',
    () => ({
      format: Object.assign(new FlvPacketFormat(), { byteLength: wrong(undefined) }),
      transport: good(),
    }),
    'byteLength of the wire format must be a function; it is undefined',
  ],
  [
    'an onDrain that throws',
    () => ({
      format: FLV,
      transport: wrong({
        ...parts(good()),
        onDrain: () => {
          throw new Error('no drain');
        },
      }),
    }),
    'no drain',
  ],
])('%s is told to whoever delivers or plays with it, and leaves nothing behind', async (_, make, message) => {
  const { test, context } = await contextOf();
  const { stream, publication } = await publishTo(test);
  expect(() => context.deliver(stream.view, { ...make(), start: 'gop' })).toThrow(message);
  const playback = admitted(await tryPlay(test));
  const { format, transport } = make();
  expect(() => playback.start(stream.view, format, transport)).toThrow(message);
  send(publication, video(0, 1, 'key'));
  await test.kernel.stop('over');
  expect(test.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
});

function parts({ output, onDrain, close }: FakeTransport): object {
  return { output, onDrain, close };
}

test('a sink and a provider of the wrong kind are told to whoever gives them', async () => {
  const { test, context } = await contextOf();
  const { stream } = await publishTo(test);
  expect(() => context.attach(stream.view, wrong({}))).toThrow(
    'write of the sink must be a function; it is undefined',
  );
  const provider = { description: 'x', start: handle };
  expect(() => context.provide({ app: 'live', name: 'x' }, wrong(provider))).toThrow(
    'stop of the provider must be a function; it is undefined',
  );
  expect(() => context.format('x', wrong(undefined))).toThrow(
    'what is given to format("x") must be a function; it is undefined',
  );
});
