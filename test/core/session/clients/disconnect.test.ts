// The hook `disconnect` answers each `connect` that all gates of an application passed.
import { expect, test } from 'vitest';
import { Denial } from '../../../../core/session/denial.ts';
import { pluginForTest } from '../../../helpers/config.ts';
import {
  admitted,
  arrive,
  kernelForTest,
  PROTOCOL,
  requestFor,
  type TestKernel,
} from '../../kernel/kernel-kit.ts';
import { LEFT } from '../../stream/stream-kit.ts';

async function counting(): Promise<{ test: TestKernel; told: string[] }> {
  const told: string[] = [];
  const counter = pluginForTest('counter', {
    server: ({ hooks }) => {
      hooks.connect.tap(({ app }) => void told.push(`connect ${app}`));
      hooks.connect.tap(({ query }) => (query.has('bad') ? new Denial('forbidden', 'no') : undefined));
      hooks.disconnect.tap(({ app }, { code }) => void told.push(`disconnect ${app} ${code}`));
    },
  });
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL, counter], apps: { live: {}, other: {} } });
  return { test, told };
}

const NONE = new URLSearchParams();

test('is called once for each application that the client entered', async () => {
  const { test, told } = await counting();
  const arrival = arrive(test);
  const connection = admitted(await arrival.enter('live', NONE, () => {}));
  admitted(await connection.publish(requestFor('other', 'one'), () => {}));
  admitted(await connection.publish(requestFor('other', 'two'), () => {}));
  arrival.leave(LEFT);
  expect(told).toEqual(['connect live', 'connect other', 'disconnect live left', 'disconnect other left']);
});

test('is not called for an application that denied the client', async () => {
  const { test, told } = await counting();
  const arrival = arrive(test);
  expect(await arrival.enter('live', new URLSearchParams('bad=1'), () => {})).toBeInstanceOf(Denial);
  arrival.leave(LEFT);
  expect(told).toEqual(['connect live']);
});

test('is called for a client that left while the gates admitted it', async () => {
  const { test, told } = await counting();
  const arrival = arrive(test);
  const entering = arrival.enter('live', NONE, () => {});
  arrival.leave(LEFT);
  expect(await entering).toBeInstanceOf(Denial);
  expect(told).toEqual(['connect live', 'disconnect live left']);
});

test('is called for a second application that admitted the client after it had left', async () => {
  const { test, told } = await counting();
  const arrival = arrive(test);
  const connection = admitted(await arrival.enter('live', NONE, () => {}));
  const publishing = connection.publish(requestFor('other'), () => {});
  arrival.leave(LEFT);
  await publishing;
  expect(told).toEqual(['connect live', 'connect other', 'disconnect live left', 'disconnect other left']);
});
