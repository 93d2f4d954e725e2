import { expect, test } from 'vitest';
import type { EndCause } from '../../../core/end-cause.ts';
import { ConnectionView } from '../../../core/session/clients/connection-view.ts';
import { SessionList, type ListedConnection } from '../../../core/session/session-list.ts';
import { Ticker } from '../../../core/time/ticker.ts';
import { memoryLog } from '../../helpers/memory-log.ts';
import { sessionForTest } from '../stream/stream-kit.ts';

const SHUTDOWN = { code: 'shutdown', message: 'SIGTERM' } as const;

function listForTest() {
  const log = memoryLog();
  const ticker = new Ticker((error) => expect.unreachable(String(error)));
  return { log, ticker, list: new SessionList(log.log, ticker) };
}

function connectionForTest(id: string, close: (cause: EndCause) => void): ListedConnection {
  const client = { id, plugin: 'test', protocol: 'test', remote: '192.0.2.1:5000' };
  const facts = { id, client, app: 'live', startedAt: new Date(), close };
  return { id, view: new ConnectionView(facts), close };
}

test('a list that closes ends every session, then every connection', () => {
  const { list } = listForTest();
  const closed: string[] = [];
  list.addConnection(connectionForTest('c1', ({ code }) => void closed.push(`c1 ${code}`)));
  list.add(sessionForTest('publish', 'p1', ({ code }) => void closed.push(`p1 ${code}`)));
  list.add(sessionForTest('play', 'v1', ({ code }) => void closed.push(`v1 ${code}`)));
  list.close(SHUTDOWN);
  expect(closed).toEqual(['p1 shutdown', 'v1 shutdown', 'c1 shutdown']);
  expect([list.size, list.connectionCount]).toEqual([0, 0]);
});

test('a session or a connection that cannot be closed keeps no other from being closed', () => {
  const { list, log } = listForTest();
  const closed: string[] = [];
  const broken = (): never => {
    throw new Error('broken protocol');
  };
  list.add(sessionForTest('play', 'v1', broken, log.log));
  list.add(sessionForTest('play', 'v2', () => void closed.push('v2')));
  list.addConnection(connectionForTest('c1', broken));
  list.addConnection(connectionForTest('c2', () => void closed.push('c2')));
  expect(() => list.close(SHUTDOWN)).not.toThrow();
  expect(closed).toEqual(['v2', 'c2']);
  expect(log.lines).toMatchObject([{ session: 'v1' }, { session: 'c1' }]);
});
