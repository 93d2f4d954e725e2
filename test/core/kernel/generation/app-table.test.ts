// Which entry of servers[] a client's application belongs to.
import { expect, test } from 'vitest';
import type { ResolvedApp } from '../../../../core/config.ts';
import { App, AppTable, makeHooksWith } from '../../../../core/kernel/generation/app.ts';
import { DEFAULT_APP_OPTIONS } from '../../../helpers/config.ts';
import { memoryLog } from '../../../helpers/memory-log.ts';

const makeHooks = makeHooksWith(memoryLog().log, 1000);

function tableOf(names: readonly string[], read = (): void => {}): AppTable {
  const entries = names.map((servername): ResolvedApp => ({
    get servername() {
      read();
      return servername;
    },
    options: DEFAULT_APP_OPTIONS,
    plugins: new Map(),
  }));
  return new AppTable(entries.map((entry) => new App(entry, [], makeHooks)));
}

test.each([
  ['live', 0],
  ['event-1', 1],
  ['event-2', 2],
  ['event-3', 2],
  ['event-4', 2],
  ['talk', 5],
  ['gone', 5],
])('%s is the first entry that matches', (name, place) => {
  const table = tableOf(['live', 'event-1', 'event-*', 'event-3', 'event-3', '*', 'talk']);
  expect(table.all.indexOf(table.find(name)!)).toBe(place);
});

test('an application that no entry matches is not found', () => {
  expect(tableOf(['live', 'event-*']).find('talk')).toBeUndefined();
  expect(tableOf([]).find('live')).toBeUndefined();
});

test('an application is found without a look at the names of all others', () => {
  let reads = 0;
  const names = Array.from({ length: 2000 }, (_, index) => `app${index}`);
  const table = tableOf([...names, 'event-*'], () => void reads++);
  reads = 0;
  for (const name of ['app0', 'app1999', 'event-1', 'none']) table.find(name);
  expect(reads).toBeLessThan(10);
});
