// What arrives on the connections of the shared HTTP server: requests, bodies, ranges, cookies and, behind an upgrade, frames of
// WebSocket, damaged at random. Nothing is answered with a fault of the server, and the next client is served.
import { connect } from 'node:net';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { startServer } from '../helpers/server.ts';
import { damagedText, randomFrom } from './damage.ts';
import { runsOf, SEED, timeLimitOf } from './runs.ts';

/** Inputs for each kind. */
const USUAL = 200;
/** So many connections at a time; a healthy client asks after each such batch. */
const BATCH = 16;

type Corpus = Readonly<Record<string, readonly string[]>>;
const CORPUS = JSON.parse(
  readFileSync(new URL('corpus/connections.json', import.meta.url), 'utf8'),
) as Corpus;

/** Sends the bytes and the end, and resolves with the beginning of what comes back. */
async function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('error', () => {}).on('close', () => resolve(answer));
    socket.on('data', (piece: Buffer) => {
      answer += piece.toString('latin1');
      // A stream has no end.
      if (answer.length > 64) socket.destroy();
    });
    socket.end(bytes, 'latin1');
  });
}

interface Served {
  /** The plugin that the path asks for, or another. */
  portFor(text: string): number;
  healthy(): Promise<void>;
}

async function serve(): Promise<Served> {
  const server = await startServer({
    config: { waitForPublisherMs: 1, api: {}, stat: {}, relay: { connectTimeoutMs: 100 } },
  });
  const ports = [
    [/ \/(?:api|control)/, server.port('api.port')],
    [/ \/(?:stat|metrics)/, server.port('stat.port')],
    [/m3u8|\.ts/, server.port('hls.port')],
  ] as const;
  const flv = server.port('httpflv.port');
  return {
    portFor: (text) => ports.find(([path]) => path.test(text))?.[1] ?? flv,
    healthy: async () => {
      const answer = await exchange(flv, 'GET /streams HTTP/1.1\r\nhost: x\r\n\r\n');
      expect(answer).toMatch(/^HTTP\/1.1 200/);
    },
  };
}

describe('hostile connections', () => {
  test.each(Object.keys(CORPUS))(
    'with damaged %s cost nobody else anything',
    { timeout: timeLimitOf(USUAL) },
    async (kind) => {
      const { portFor, healthy } = await serve();
      const texts = CORPUS[kind]!;
      const random = randomFrom(SEED);
      for (const text of texts)
        expect(await exchange(portFor(text), text), text).not.toMatch(/^HTTP\/1.1 50[02]/);
      let batch: Promise<void>[] = [];
      for (const run of runsOf(kind, USUAL)) {
        batch.push(attempt(damagedText(texts, random), run));
        if (batch.length < BATCH) continue;
        await Promise.all(batch);
        await healthy();
        batch = [];
      }
      await Promise.all(batch);
      await healthy();

      async function attempt(text: string, run: number): Promise<void> {
        const answer = await exchange(portFor(text), text);
        if (/^HTTP\/1.1 50[02]/.test(answer))
          throw new Error(`FUZZ_SEED=${SEED}, run ${run}: ${JSON.stringify(text)}: ${answer}`);
      }
    },
  );
});
