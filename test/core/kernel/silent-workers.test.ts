// A worker that does not answer while peers cause questions.
import { expect, test } from 'vitest';
import { ControlRates } from '../../../core/http/access/control-rates.ts';
import { Everywhere, type EverywhereServices } from '../../../core/kernel/everywhere.ts';
import { PeerLog } from '../../../core/log/peer-log.ts';
import { memoryLog } from '../../helpers/memory-log.ts';

test('fills no log, whatever peers do: sixty lines a minute say so', async () => {
  const { log, messages } = memoryLog();
  const calls = {
    own: 1,
    others: [2],
    call: () => Promise.reject(new Error('worker 2 has ended')),
    answerWith: () => {},
  };
  const everywhere = new Everywhere({
    limited: new PeerLog(log).limit(log),
    calls,
    ticker: { add: () => () => {} },
    rates: new ControlRates(),
  } as unknown as EverywhereServices);
  const failure = everywhere.question<string, void>('auth.failure');
  for (let tries = 0; tries < 100; tries++) failure.tellOthers('192.0.2.1');
  await new Promise((resolve) => setImmediate(resolve));
  expect(messages('warn')).toEqual(
    Array.from({ length: 60 }, () => 'a worker has not answered "auth.failure"'),
  );
});
