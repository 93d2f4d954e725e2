import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { amfProperties } from '../../../../core/media/amf-value.ts';
import { connectError } from '../../../../core/protocol/rtmp/responses.ts';
import { startTarget, type TargetScript } from '../fake-target.ts';
import { isLive } from '../relay-kit.ts';
import { connectObject, isWaiting, pushTo } from '../target-kit.ts';

const asking = (challenge: string, accepts: (query: URLSearchParams) => boolean): TargetScript => ({
  answer: (command, { connection }) => {
    if (command.name !== 'connect') return false;
    const app = amfProperties(command.object)?.['app'] as string;
    const query = new URLSearchParams(app.slice(app.indexOf('?')).replaceAll('+', '%2B'));
    if (query.has('response') && accepts(query)) return false;
    const mode = challenge.includes('nonce') ? 'llnw' : 'adobe';
    const words = query.has('response')
      ? `[ AccessManager.Reject ] : [ authmod=${mode} ] : ?reason=authfailed&opaque=x`
      : query.has('user')
        ? `[ AccessManager.Reject ] : [ authmod=${mode} ] : ?reason=needauth&user=u&${challenge}`
        : `[ AccessManager.Reject ] : [ code=403 need auth; authmod=${mode} ] : `;
    connection.sendCommand(connectError(command.transactionId, 'NetConnection.Connect.Rejected', words));
    return true;
  },
});
const withUser = (url: string): string => url.replace('//', '//u:p%40ss@');
const md5 = (text: string, encoding: 'base64' | 'hex') => createHash('md5').update(text).digest(encoding);

test('A target that asks for a user and a password in Adobe’s way gets the right answer to its challenge', async () => {
  const target = await startTarget(
    asking('salt=c2FsdA==&challenge=YWJj&opaque=b3A=', (query) => {
      const secret = md5('uc2FsdA==p@ss', 'base64');
      return query.get('response') === md5(`${secret}b3A=${query.get('challenge')}`, 'base64');
    }),
  );
  const server = await pushTo(withUser(target.url('app')));
  const caller = await target.published(3);
  expect(connectObject(caller)?.['tcUrl']).toContain('authmod=adobe');
  expect(await server.until(isLive)).toMatchObject({ peer: target.url('app/movie') });
  expect(JSON.stringify(server.log)).not.toMatch(/p@ss|p%40ss/);
});

test('A target that asks for a user and a password in Limelight’s way gets the right answer to its challenge', async () => {
  const target = await startTarget(
    asking('nonce=abcdef', (query) => {
      const parts = ['abcdef', query.get('nc'), query.get('cnonce'), 'auth'].join(':');
      const subject = md5('publish:/app/_definst_', 'hex');
      return query.get('response') === md5(`${md5('u:live:p@ss', 'hex')}:${parts}:${subject}`, 'hex');
    }),
  );
  const server = await pushTo(withUser(target.url('app')));
  await target.published(3);
  await server.until(isLive);
});

test('A target that asks for a user and a password and gets wrong ones is not asked in a hurry', async () => {
  const target = await startTarget(asking('salt=c2FsdA==&challenge=YWJj', () => false));
  const server = await pushTo(withUser(target.url('app')));
  const waiting = await server.until(isWaiting);
  expect(waiting.lastError).toBe('the peer does not accept the user and the password');
});

test('A target that asks for a user and a password and gets none is told to the operator', async () => {
  const target = await startTarget(asking('salt=c2FsdA==', () => false));
  const server = await pushTo(target.url('app'));
  const waiting = await server.until(isWaiting);
  expect(waiting.lastError).toContain('rtmp://USER:PASSWORD@HOST');
});
