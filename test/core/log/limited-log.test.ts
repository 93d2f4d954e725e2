import { expect, test } from 'vitest';
import { LimitedLog } from '../../../core/log/limited-log.ts';
import { memoryLog } from '../../helpers/memory-log.ts';

test('lines that clients cause are so many a minute, and the rest is counted', () => {
  const { log, messages } = memoryLog();
  const clock = { now: 5 };
  const limited = new LimitedLog(log, () => clock.now, 3);
  for (let line = 1; line <= 10; line++) limited.warn({}, `line ${line}`);
  expect(messages('warn')).toEqual(['line 1', 'line 2', 'line 3']);
  clock.now += 60_000;
  limited.warn({}, 'later');
  expect(messages('warn').slice(3)).toEqual(['7 more lines like these were left out', 'later']);
});
