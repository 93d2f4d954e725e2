// What is read in several steps: recordings on disk, as another program may have left them, and tokens, whose signature is
// checked elsewhere.
import { expect, describe, test } from 'vitest';
import { buildFlvHeader } from '../../core/media/flv/file.ts';
import { buildFlvTag } from '../../core/media/flv/tag.ts';
import { readRecordingMetadata, scanRecording, type ReadAt } from '../../livego/media.ts';
import { JsonWebToken } from '../../plugins/auth/methods/json-web-token.ts';
import { readTransportOutline } from '../../plugins/replay/outlines/transport-outline.ts';
import { readFlvOutline } from '../../plugins/replay/outlines/flv-outline.ts';
import { damagedBytes } from '../core/media/damaged-bytes.ts';
import { tolerateLater, TRANSPORT } from '../core/media/fuzz-targets.ts';
import { avcFrame, avcHeader } from '../helpers/media/media.ts';
import { damagedText, randomFrom } from './damage.ts';
import { runsOf, SEED, timeLimitOf } from './runs.ts';

/** Inputs for each parser. */
const USUAL = 500;

const tag = ({ timestamp, payload }: { timestamp: number; payload: Buffer }): Buffer =>
  buildFlvTag({ type: 'video', timestamp, body: payload });
const METADATA = Buffer.from(
  '02000a6f6e4d65746144617461080000000100086475726174696f6e0040000000000000000000 09'.replaceAll(' ', ''),
  'hex',
);
const RECORDING = Buffer.concat([
  buildFlvHeader({ audio: false, video: true }),
  buildFlvTag({ type: 'script', timestamp: 0, body: METADATA }),
  tag(avcHeader()),
  ...[0, 40, 80, 120].map((timestamp) => tag(avcFrame(timestamp % 80 === 0 ? 'key' : 'inter', timestamp))),
]);

function readerOf(file: Buffer): ReadAt {
  return (position, length) => Promise.resolve(file.subarray(position, position + length));
}

const TOKENS = [
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdHJlYW1zIjoiKiIsImFjdGlvbnMiOlsicGxheSJdfQ.AAAA',
  'eyJhbGciOiJub25lIn0.e30.',
  '..',
  'a.b.c',
];
const REQUEST = { app: 'live', name: 'movie', role: 'play' };

const TARGETS: Readonly<
  Record<string, (random: (limit: number) => number) => readonly [Buffer | string, () => Promise<unknown>]>
> = {
  recordings: (random) => {
    const file = damagedBytes([RECORDING], random);
    return [
      file,
      async () => [await readRecordingMetadata(readerOf(file)), await scanRecording(readerOf(file))],
    ];
  },
  'entries of recordings': (random) => {
    const file = damagedBytes([RECORDING], random);
    return [file, () => readFlvOutline(readerOf(file))];
  },
  'entries of MPEG-TS': (random) => {
    const file = damagedBytes([TRANSPORT], random);
    return [file, () => readTransportOutline(readerOf(file))];
  },
  tokens: (random) => {
    const token = damagedText(TOKENS, random);
    return [token, () => judge(token)];
  },
};

const method = new JsonWebToken({
  secret: 'a secret of the test',
  keyFile: '',
  jwksUrl: '',
  timeoutMs: 1000,
  cacheSeconds: 60,
  algorithms: [],
  issuer: '',
  audience: '',
});
const started = method.start();

/** No token that is made up lets anybody in, and none is taken for an outage. */
async function judge(token: string): Promise<void> {
  await started;
  const verdict = await method.check({ ...REQUEST, query: new URLSearchParams({ token }) } as never);
  if (verdict.is === 'admitted' || verdict.is === 'failed') throw new Error(`${token}: ${verdict.is}`);
}

describe('hostile files and tokens', () => {
  test('what they are made of is good', async () => {
    expect(await scanRecording(readerOf(RECORDING))).toMatchObject({ mediaTags: 4 });
    expect((await readFlvOutline(readerOf(RECORDING))).places).toHaveLength(2);
  });

  test.each(Object.keys(TARGETS))(
    'in place of %s are rejected by name, or read as far as they go',
    { timeout: timeLimitOf(USUAL) },
    async (name) => {
      const random = randomFrom(SEED);
      for (const run of runsOf(name, USUAL)) {
        const [input, read] = TARGETS[name]!(random);
        try {
          await tolerateLater(read);
        } catch (error) {
          throw new Error(`FUZZ_SEED=${SEED}, run ${run}: ${input.toString('hex')}`, { cause: error });
        }
      }
    },
  );
});
