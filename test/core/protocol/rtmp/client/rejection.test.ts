import { describe, expect, test } from 'vitest';
import { LivegoError } from '../../../../../core/errors.ts';
import type { RtmpClientSession, RtmpRejection } from '../../../../../core/protocol/rtmp/client/client.ts';
import { callError, connectError } from '../../../../../core/protocol/rtmp/responses.ts';
import { connectionClosed, publishRejected } from '../../../../../core/protocol/rtmp/status.ts';
import { hex } from '../chunks/chunk-bytes.ts';
import { accepting, run, type Script } from './scripted-server.ts';

function rejectionOf({ state }: RtmpClientSession): RtmpRejection | undefined {
  return state.name === 'rejected' ? state.rejection : undefined;
}

const rejectingConnect: Script = {
  connect: (server, { transactionId }) =>
    server.sendCommand(connectError(transactionId, 'NetConnection.Connect.InvalidApp', 'no app')),
};
const rejectingStream: Script = {
  createStream: (server, { transactionId }) => server.sendCommand(callError(transactionId, 'full')),
};
const rejectingPublish: Script = {
  publish: (server) => server.sendCommand(publishRejected('BadName', 'taken'), 1),
};
const silentError: Script = {
  createStream: (server, { transactionId }) =>
    server.sendCommand({ name: '_error', transactionId, object: null, args: [] }),
};

describe('a rejected client', () => {
  test.each([
    ['connect', rejectingConnect, 'NetConnection.Connect.InvalidApp no app'],
    ['createStream', rejectingStream, 'NetConnection.Call.Failed full'],
    ['publish', rejectingPublish, 'NetStream.Publish.BadName taken'],
  ] as const)('is told once that %s is rejected, with the server’s words', (call, script, words) => {
    const { told, client } = run('publish', { ...accepting, ...script });
    expect(told).toEqual([`rejected ${words}`]);
    expect(client.state.name).toBe('rejected');
    expect(rejectionOf(client)).toMatchObject({ call, redirect: undefined });
  });

  test.each([
    [rejectingPublish, 'The server rejected publish (NetStream.Publish.BadName: taken).'],
    [silentError, 'The server rejected createStream (NetConnection.Call.Failed).'],
  ])('has a message for the log that names the call and the reason, but no stream', (script, message) => {
    const { client } = run('publish', { ...accepting, ...script });
    expect(rejectionOf(client)?.message).toBe(message);
  });

  test('is one whose accepted publish the server ends with an error', () => {
    const { told, client, server, exchange } = run('publish', accepting);
    server.sendCommand(publishRejected('Denied', 'time is up'), 1);
    exchange();
    expect(told).toEqual(['ready', 'rejected NetStream.Publish.Denied time is up']);
    expect(rejectionOf(client)?.call).toBe('publish');
  });

  test('stays rejected, whatever follows', () => {
    const { told, client, server, exchange } = run('publish', { ...accepting, ...rejectingPublish });
    server.sendCommand(connectionClosed('bye'));
    exchange();
    client.stop();
    expect(told).toHaveLength(1);
    expect(client.state.name).toBe('rejected');
  });
});

describe('a redirect', () => {
  const redirecting = (extra: Record<string, number | string>): Script => ({
    connect: (server, { transactionId }) =>
      server.sendCommand({
        name: '_error',
        transactionId,
        object: null,
        args: [{ level: 'error', code: 'NetConnection.Connect.Rejected', description: 'moved', ex: extra }],
      }),
  });

  test('is a rejection of connect that names another server', () => {
    const { told, client } = run('play', redirecting({ code: 302, redirect: 'rtmp://b:1936/live' }));
    expect(told).toEqual(['rejected NetConnection.Connect.Rejected moved']);
    expect(rejectionOf(client)).toMatchObject({ call: 'connect', redirect: 'rtmp://b:1936/live' });
  });

  test.each([{ code: 403, redirect: 'rtmp://b/live' }, { code: 302 }, { code: 302, redirect: 7 }])(
    'is not read from %o',
    (extra) => {
      const { client } = run('play', redirecting(extra));
      expect(rejectionOf(client)).toMatchObject({ call: 'connect', redirect: undefined });
    },
  );
});

test('a client whose server sends bytes that cannot be read has failed, with the reason', () => {
  const { client, told } = run('play', accepting);
  const unreadable = hex('02 000000 000004 01 00000000 00000000');
  expect(() => client.push(unreadable)).toThrow(LivegoError);
  expect(client.state).toMatchObject({ name: 'failed', error: { code: 'LVG_RTMP_CHUNK' } });
  client.push(unreadable);
  client.stop();
  expect(client.state.name).toBe('failed');
  expect(told).toEqual(['ready', '1701']);
});
