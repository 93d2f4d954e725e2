// Which application a stream is of: its options hold for what a killed worker has left of it.
import { expect, test } from 'vitest';
import { HlsCounters } from '../../../plugins/hls/counters.ts';
import { PresentationRegistry } from '../../../plugins/hls/presentations.ts';

const options = { sessionTokens: 'none' } as const;

function registryOf(...servernames: readonly string[]): PresentationRegistry {
  const registry = new PresentationRegistry(new HlsCounters());
  for (const servername of servernames) registry.addApplication({ servername, options });
  return registry;
}

test.each([
  ['live/movie', ['live']],
  ['live/a/movie', ['live', 'live/a']],
  ['li/movie', ['li*', '*i']],
  ['other/movie', []],
])('%s may be of %j', (key, expected) => {
  const registry = registryOf('live', 'live/a', 'li*', '*i');
  expect(registry.applicationsFor(key).map(({ servername }) => servername)).toEqual(expected);
});

test('an application whose successor is there already takes nothing away when it stops', () => {
  const registry = registryOf('live');
  const [before] = registry.applicationsFor('live/movie');
  const after = { servername: 'live', options };
  registry.addApplication(after);
  registry.removeApplication(before!);
  expect(registry.applicationsFor('live/movie')).toEqual([after]);
  registry.removeApplication(after);
  expect(registry.applicationsFor('live/movie')).toEqual([]);
});

test('a stream is found among thousands of applications without a look at each of them', () => {
  const registry = new PresentationRegistry(new HlsCounters());
  let looks = 0;
  for (let each = 0; each < 2000; each++) {
    const servername = `app${each}`;
    registry.addApplication({
      options,
      get servername() {
        return (looks++, servername);
      },
    });
  }
  looks = 0;
  expect(registry.applicationsFor('app1999/movie')).toHaveLength(1);
  expect(looks).toBeLessThan(10);
});
