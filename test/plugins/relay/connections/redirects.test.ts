import { expect, test } from 'vitest';
import { connectError } from '../../../../core/protocol/rtmp/responses.ts';
import { reconnectRequest } from '../../../../core/protocol/rtmp/status.ts';
import { startTarget, type TargetScript } from '../fake-target.ts';
import { isLive } from '../relay-kit.ts';
import { connectObject, isWaiting, pushTo } from '../target-kit.ts';

const elsewhere = (tcUrl: () => string): TargetScript => ({
  answer: (command, { connection }) => {
    if (command.name !== 'connect') return false;
    const error = connectError(command.transactionId, 'NetConnection.Connect.Rejected', 'elsewhere');
    const [info] = error.args as [Record<string, never>];
    connection.sendCommand({ ...error, args: [{ ...info, ex: { code: 302, redirect: tcUrl() } }] });
    return true;
  },
});

test('A target that sends its clients elsewhere in the answer to connect is followed at once', async () => {
  const second = await startTarget();
  const first = await startTarget(elsewhere(() => second.url('other')));
  const server = await pushTo(first.url('app'));
  const caller = await second.published();
  expect(connectObject(caller)).toMatchObject({ app: 'other', tcUrl: second.url('other') });
  expect(await server.until(isLive)).toMatchObject({ peer: second.url('other/movie') });
});

test('A target that sends its clients elsewhere in circles is not followed for ever', async () => {
  const target = await startTarget(elsewhere(() => target.url('app')));
  const server = await pushTo(target.url('app'));
  await server.until(isWaiting);
  expect(target.callers.length).toBe(6);
});

test('A target that sends its clients elsewhere with a reconnect request is followed while it is live', async () => {
  const second = await startTarget();
  const first = await startTarget();
  const server = await pushTo(first.url('app'));
  const caller = await first.published();
  await server.until(isLive);
  caller.connection.sendCommand(reconnectRequest({ tcUrl: second.url('app') }));
  await second.published();
  expect(await server.until(({ reconnects, state }) => reconnects === 1 && state === 'live')).toMatchObject({
    peer: second.url('app/movie'),
    lastError: 'the peer asks for another connection',
  });
});
