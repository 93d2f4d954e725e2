import { expect, test } from 'vitest';
import { NO_CHANGES, type ReloadChanges } from '../../../core/kernel/changes.ts';
import { describeReport, type ReloadReport } from '../../../core/kernel/describe-report.ts';

function report(changes: Partial<ReloadChanges>, facts: Partial<ReloadReport> = {}): string {
  return describeReport({
    generation: 7,
    outcome: 'applied',
    at: new Date(0),
    milliseconds: 41.2,
    changes: { ...NO_CHANGES, ...changes },
    streamsKept: 12,
    viewersKept: 340,
    sessionsClosed: 0,
    faults: [],
    error: undefined,
    ...facts,
  });
}

test('a reload is told in one line of plain words', () => {
  expect(report({ replaced: ['hls', 'hls of live'], added: ['relay of live', 'relay of event'] })).toBe(
    'config 7 in force: relay of live and event added, hls replaced, 12 streams and 340 players kept (41 ms)',
  );
});

test('instances that come or go with their application are not named beside it', () => {
  expect(
    report(
      { appsRemoved: ['event'], removed: ['rtmp of event', 'hls of event'] },
      { streamsKept: 1, viewersKept: 1, sessionsClosed: 3 },
    ),
  ).toBe(
    'config 7 in force: application event removed, 1 stream and 1 player kept, 3 sessions closed (41 ms)',
  );
});

test('long lists of applications are counted', () => {
  const options = ['a', 'b', 'c', 'd'].map((app) => `servers[${app}].gop_num`);
  expect(report({ options, appsAdded: ['a', 'b', 'c', 'd'] })).toContain(
    '4 applications added, gop_num of 4 applications changed',
  );
});

test('a refusal says what stays in force and why', () => {
  expect(report({}, { outcome: 'refused', error: 'rtmp.port: :1935 is in use' })).toBe(
    'config refused, config 7 stays in force: rtmp.port: :1935 is in use',
  );
});
