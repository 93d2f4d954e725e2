// How many clients one address may have: counted from before the gates until the client has left.
import { expect, test } from 'vitest';
import { Denial } from '../../../../core/session/denial.ts';
import { createGate } from '../../../helpers/gate.ts';
import { pluginForTest } from '../../../helpers/config.ts';
import { kernelForTest, PROTOCOL, type TestKernel } from '../../kernel/kernel-kit.ts';
import type { Arrival } from '../../../../core/session/clients/arrival.ts';

const QUERY = new URLSearchParams();
const LEFT = { code: 'left', message: 'the test is over' } as const;

function arriveFrom({ kernel }: TestKernel, remote: string): Arrival {
  return kernel.admission.arrive('test', { protocol: 'test', remote });
}

async function enterFrom(test: TestKernel, remote: string): Promise<Arrival | Denial> {
  const arrival = arriveFrom(test, remote);
  const entered = await arrival.enter('live', QUERY, () => {});
  return entered instanceof Denial ? entered : arrival;
}

async function limited(definitions = [PROTOCOL]): Promise<TestKernel> {
  const test = kernelForTest();
  await test.apply({ definitions, server: { maxConnectionsPerAddress: 2 } });
  return test;
}

test('a third client of an address is denied until one has left; other addresses are not concerned', async () => {
  const test = await limited();
  const first = (await enterFrom(test, '192.0.2.1:1000')) as Arrival;
  await enterFrom(test, '192.0.2.1:1001');
  expect(await enterFrom(test, '192.0.2.1:1002')).toMatchObject({
    code: 'limit',
    reason: '2 clients of this address are connected already (maxConnectionsPerAddress)',
  });
  expect(await enterFrom(test, '192.0.2.2:1000')).not.toBeInstanceOf(Denial);
  first.leave(LEFT);
  first.leave(LEFT);
  expect(await enterFrom(test, '192.0.2.1:1003')).not.toBeInstanceOf(Denial);
  expect(await enterFrom(test, '192.0.2.1:1004')).toBeInstanceOf(Denial);
});

test('an IPv6 /64 counts as one address', async () => {
  const test = await limited();
  await enterFrom(test, '[2001:db8:0:1::1]:1');
  await enterFrom(test, '[2001:db8:0:1::2]:1');
  expect(await enterFrom(test, '[2001:db8:0:1:ffff::3]:1')).toBeInstanceOf(Denial);
  expect(await enterFrom(test, '[2001:db8:0:2::1]:1')).not.toBeInstanceOf(Denial);
});

test('clients that a gate denies, or that leave at it, take no place', async () => {
  const gate = pluginForTest('door', {
    server: ({ hooks }) =>
      hooks.connect.tap(({ client }) =>
        client.remote.endsWith(':9') ? new Denial('forbidden', 'no') : undefined,
      ),
  });
  const test = await limited([PROTOCOL, gate]);
  for (let each = 0; each < 5; each++)
    expect(await enterFrom(test, '192.0.2.1:9')).toMatchObject({ code: 'forbidden' });
  for (let each = 0; each < 5; each++) {
    const arrival = arriveFrom(test, '192.0.2.1:1');
    const entering = arrival.enter('live', QUERY, () => {});
    arrival.leave(LEFT);
    expect(await entering).toBeInstanceOf(Denial);
  }
  expect(await enterFrom(test, '192.0.2.1:1')).not.toBeInstanceOf(Denial);
});

test('clients that wait at a slow gate have their places', async () => {
  const { plugin } = createGate('play');
  const slow = pluginForTest('slow', {
    server: ({ hooks }) =>
      hooks.connect.tap(() => new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)))),
  });
  const test = await limited([PROTOCOL, plugin, slow]);
  const entered = await Promise.all([1, 2, 3, 4].map((port) => enterFrom(test, `192.0.2.1:${port}`)));
  expect(entered.filter((each) => each instanceof Denial)).toHaveLength(2);
});
