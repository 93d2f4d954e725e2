// Text from outside. Each parser gets texts of a corpus, damaged at random. None may throw anything but an error of the
// catalogue, or take long. FUZZ_RUNS and FUZZ_SEED make it longer, or different. A text that broke a parser goes into
// corpus/, and is tried each time.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { tolerate } from '../core/media/fuzz-targets.ts';
import { damagedText, randomFrom } from './damage.ts';
import { runsOf, SEED, timeLimitOf } from './runs.ts';
import { TEXT_PARSERS } from './text-targets.ts';

/** Inputs for each parser. */
const USUAL = 2000;

type Corpus = Readonly<Record<string, readonly string[]>>;
const CORPUS = JSON.parse(readFileSync(new URL('corpus/texts.json', import.meta.url), 'utf8')) as Corpus;

describe('hostile text', () => {
  test('has a corpus for each parser', () => {
    expect(Object.keys(CORPUS).sort()).toEqual(Object.keys(TEXT_PARSERS).sort());
  });

  test.each(Object.entries(TEXT_PARSERS))(
    'in place of %s is rejected by name, or read as far as it goes',
    { timeout: timeLimitOf(USUAL) },
    (name, parse) => {
      const texts = CORPUS[name]!;
      // What a promise rejects with would be seen by nobody.
      for (const text of texts) tolerate(() => expect(parse(text)).not.toBeInstanceOf(Promise));
      const random = randomFrom(SEED);
      for (const run of runsOf(name, USUAL)) {
        const text = damagedText(texts, random);
        try {
          tolerate(() => parse(text));
        } catch (error) {
          throw new Error(`FUZZ_SEED=${SEED}, run ${run}: ${JSON.stringify(text)}`, { cause: error });
        }
      }
    },
  );

  test.each(Object.entries(TEXT_PARSERS))(
    'of 100,000 characters in place of %s takes no time',
    (name, parse) => {
      for (const part of [
        'a',
        '/',
        '%',
        '?',
        '=',
        ' ',
        '"',
        '\n',
        '#EXTINF:1,\n',
        '/~A',
        'a.',
        '{',
        '[',
        ',',
      ]) {
        const text = (CORPUS[name]![0]! + part.repeat(100_000)).slice(0, 100_000);
        const before = performance.now();
        tolerate(() => parse(text));
        expect([part, performance.now() - before < 20_000]).toEqual([part, true]);
      }
    },
  );
});
