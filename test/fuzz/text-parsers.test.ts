// Text from outside: addresses, URLs, playlists, tokens. Each parser gets texts of a corpus, damaged at random by fast-check.
// None may throw anything but an error of the catalogue, or take long. FUZZ_RUNS and FUZZ_SEED make it longer, or different.
// A text that broke a parser goes into corpus/, and is tried each time.
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConfigText } from '../../config/text/parse-text.ts';
import { parseListenAddress } from '../../core/net/address.ts';
import { parseProxyHeader } from '../../core/net/proxy-protocol.ts';
import { findNameFault, parseRtmpUrl, parseStreamAddress } from '../../core/stream-address.ts';
import { parseStreamUrl } from '../../core/http/stream-request.ts';
import { parseAdobeVerifier } from '../../plugins/auth/methods/adobe.ts';
import { parseHlsPath } from '../../plugins/hls/requests/url.ts';
import { parseResumption } from '../../plugins/hls/segments/segment-files.ts';
import { recognizePlaylist } from '../../plugins/hls/segments/stale-files.ts';
import { Tokens } from '../../plugins/hls/tokens.ts';
import { parseDelivery } from '../../plugins/notify/delivery.ts';
import { nextStep } from '../../plugins/relay/connections/authentication.ts';
import { readVia } from '../../plugins/relay/via.ts';
import { tolerate } from '../core/media/fuzz-targets.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 3000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);

type Corpus = Readonly<Record<string, readonly string[]>>;
const CORPUS = JSON.parse(readFileSync(new URL('corpus/texts.json', import.meta.url), 'utf8')) as Corpus;

const tokens = new Tokens();
const isApp = (name: string): boolean => name === 'live';

const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  'rtmp-url': parseRtmpUrl,
  'stream-address': (text) => [
    parseStreamAddress({ app: text, name: 'a?b=c' }, isApp),
    parseStreamAddress({ app: 'live', name: text }, isApp),
  ],
  'stream-url': (text) => parseStreamUrl(text, text, isApp),
  'stream-name': findNameFault,
  'hls-path': parseHlsPath,
  'hls-playlist': (text) => [parseResumption(text), recognizePlaylist(text, 'movie')],
  'hls-token': (text) => tokens.read(text),
  'proxy-header': (text) => parseProxyHeader(Buffer.from(text, 'latin1')),
  'listen-address': parseListenAddress,
  config: (text) => parseConfigText(text),
  delivery: parseDelivery,
  'rtmp-authentication': (text) => nextStep(text, { user: 'u', password: 'p' } as never, 'live'),
  via: readVia,
  'adobe-verifier': parseAdobeVerifier,
};

/** A text of the corpus with parts cut out, repeated, replaced, or put in. */
function damaged(texts: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.constantFrom(
      '/',
      '//',
      '%',
      '%00',
      '%2f',
      '..',
      '?',
      '&=',
      '\r\n',
      '\0',
      '~',
      '"',
      '[',
      '{',
      '99999999999999999999',
    ),
    fc.constantFrom(...texts),
  );
  const cut = fc.record({
    at: fc.nat(200),
    length: fc.nat(20),
    piece,
    times: fc.integer({ min: 0, max: 3 }),
  });
  return fc
    .tuple(fc.constantFrom(...texts), fc.array(cut, { maxLength: 4 }))
    .map(([text, cuts]) =>
      cuts.reduce(
        (made, { at, length, piece: put, times }) =>
          made.slice(0, at) + put.repeat(times) + made.slice(at + length),
        text,
      ),
    );
}

describe('hostile text', () => {
  test('has a corpus for each parser', () => {
    expect(Object.keys(CORPUS).sort()).toEqual(Object.keys(PARSERS).sort());
  });

  test.each(Object.entries(PARSERS))(
    'in place of %s is rejected by name, or read as far as it goes',
    { timeout: 60_000 + RUNS },
    (name, parse) => {
      const texts = CORPUS[name]!;
      for (const text of texts) tolerate(() => void parse(text));
      const property = fc.property(damaged(texts), (text) => void tolerate(() => void parse(text)));
      fc.assert(property, { numRuns: RUNS, seed: SEED });
    },
  );

  test.each(Object.entries(PARSERS))('of 100,000 characters in place of %s takes no time', (name, parse) => {
    for (const part of ['a', '/', '%', '?', '=', ' ', '"', '\n', '#EXTINF:1,\n', '/~A', 'a.']) {
      const before = performance.now();
      tolerate(() => void parse((CORPUS[name]![0]! + part.repeat(100_000)).slice(0, 100_000)));
      expect([part, performance.now() - before < 20_000]).toEqual([part, true]);
    }
  });
});
