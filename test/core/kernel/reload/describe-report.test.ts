import { expect, test } from 'vitest';
import type { Changes } from '../../../../core/kernel/reload/changes.ts';
import {
  describeChanges,
  describeReport,
  nameChanges,
} from '../../../../core/kernel/reload/describe-report.ts';
import { NO_CHANGES, type ReloadReport } from '../../../../core/plugin/reload-report.ts';

function report(changes: Partial<Changes>, facts: Partial<ReloadReport> = {}): string {
  const all = { ...NO_CHANGES, ...changes };
  return describeReport({
    generation: 7,
    outcome: 'applied',
    at: new Date(0),
    milliseconds: 41.2,
    changes: nameChanges(all),
    words: describeChanges(all),
    streamsKept: 12,
    viewersKept: 340,
    sessionsClosed: 0,
    faults: [],
    error: undefined,
    ...facts,
  });
}

const of = (plugin: string, app?: string) => ({ plugin, app });

test('a reload is told in one line of plain words', () => {
  expect(
    report({
      replaced: [of('hls'), of('hls', 'live')],
      added: [of('relay', 'live'), of('relay', 'event')],
    }),
  ).toBe(
    'config 7 applied: relay of live and event added, hls replaced, 12 streams and 340 players kept (41 ms)',
  );
});

test('instances that are added or removed with their application are not named beside it', () => {
  expect(
    report(
      { appsRemoved: ['event'], removed: [of('rtmp', 'event'), of('hls', 'event')] },
      { streamsKept: 1, viewersKept: 1, sessionsClosed: 3 },
    ),
  ).toBe(
    'config 7 applied: application event removed, 1 stream and 1 player kept, 3 sessions closed (41 ms)',
  );
});

test('long lists of applications are counted', () => {
  const apps = ['a', 'b', 'c', 'd'];
  const options = apps.map((app) => ({ option: 'gop_num', app }));
  expect(report({ options, appsAdded: apps })).toContain(
    '4 applications added, gop_num of 4 applications changed',
  );
});

test('a rejection names the config that stays current and the reason', () => {
  expect(report({}, { outcome: 'rejected', error: 'rtmp.port: :1935 is in use' })).toBe(
    'config rejected, config 7 stays current: rtmp.port: :1935 is in use',
  );
});

test('the report names instances and options as an operator writes them', () => {
  const changes = nameChanges({
    ...NO_CHANGES,
    added: [of('hls'), of('hls', 'live')],
    options: [
      { option: 'maxStreams', app: undefined },
      { option: 'gop_num', app: 'event-*' },
    ],
    nextSessionOnly: [{ option: 'rtmp.chunkSize', app: undefined }],
  });
  expect(changes).toMatchObject({
    added: ['hls', 'hls of live'],
    options: ['maxStreams', 'servers[event-*].gop_num'],
    nextSessionOnly: ['rtmp.chunkSize'],
  });
});
