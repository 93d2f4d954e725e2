// An instance may be declared for a check alone. Until it is started it holds nothing, and afterwards it can do nothing.
import { describe, expect, test } from 'vitest';
import type { ServerContext } from '../../../../core/plugin/plugin.ts';
import { pluginForTest, resolveForTest, type TestConfig } from '../../../helpers/config.ts';
import { kernelForTest, PROTOCOL, publishTo, requestFor } from '../kernel-kit.ts';
import { FakeTransport, FLV } from '../../stream/stream-kit.ts';

const SINK = { write: () => {} };

const CALLS: readonly (readonly [string, (context: ServerContext) => unknown])[] = [
  ['attach a sink', (context) => context.streams().map((stream) => context.attach(stream, SINK))],
  [
    'deliver it',
    (context) =>
      context
        .streams()
        .map((stream) => context.deliver(stream, { format: FLV, transport: new FakeTransport() })),
  ],
  ['admit a client', (context) => context.admission.arrive(requestFor().client)],
  ['adopt what is handed over', (context) => context.adopt({} as never)],
];

describe('while a plugin is declared', () => {
  test.each(CALLS)('it cannot %s: the config is rejected, and nothing is held', async (what, call) => {
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL] });
    const { stream } = await publishTo(test);
    const idle = stream.restMs;
    const config: TestConfig = {
      definitions: [PROTOCOL, pluginForTest('one', { server: (context) => void call(context) })],
    };
    const message = `one cannot ${what} while it is declared; leave that to onStart or later`;
    await expect(test.kernel.check(resolveForTest(config))).rejects.toThrow(message);
    expect(await test.reload(config)).toMatchObject({ outcome: 'rejected', error: message });
    expect(stream.restMs).toBe(idle);
  });
});

describe('an instance that was declared and not started', () => {
  test.each(['check', 'preview', 'a declaration that fails', 'a stage that fails'])(
    'for %s can do nothing afterwards',
    async (why) => {
      const contexts: ServerContext[] = [];
      const stops: string[] = [];
      const test = kernelForTest();
      const one = pluginForTest('one', {
        server: (context) => {
          contexts.push(context);
          context.onStop((cause) => void stops.push(cause));
        },
      });
      const two = pluginForTest('two', {
        server: (context) => {
          if (why === 'a declaration that fails') throw new Error('no');
          if (why === 'a stage that fails') context.listen({ port: 'nonsense' }, () => {});
        },
      });
      await test.apply({ definitions: [PROTOCOL] });
      await publishTo(test);
      const config = resolveForTest({ definitions: [PROTOCOL, one, two] });
      if (why === 'check') await test.kernel.check(config);
      else if (why === 'preview') await test.kernel.preview(config, resolveForTest({ definitions: [one] }));
      else expect(await test.kernel.reload(config)).toMatchObject({ outcome: 'rejected' });
      expect(contexts.length).toBeGreaterThan(0);
      for (const context of contexts) {
        expect(() => context.attach(context.streams()[0]!, SINK)).toThrow(
          'one has stopped and cannot attach a sink',
        );
        expect(() => context.admission.arrive(requestFor().client)).toThrow('one cannot admit a client');
      }
      expect(stops).toEqual([]);
    },
  );
});

test('onStart may attach a sink, which is detached if the config is rejected all the same', async () => {
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL] });
  const { stream, publication } = await publishTo(test);
  let packets = 0;
  const one = pluginForTest('one', {
    server: (context) =>
      context.onStart(() => {
        context.attach(stream.view, { write: () => void packets++ }, { from: 'live' });
        throw new Error('no');
      }),
  });
  await test.reload({ definitions: [PROTOCOL, one] });
  const [header] = stream.headers;
  publication.receive(header!.info, 80, header!.payload);
  expect(packets).toBe(0);
});
