import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { within } from '../helpers/net.ts';
import { openPublisher, publishTo } from '../helpers/rtmp-client.ts';
import { startServer } from '../helpers/server.ts';

const RECEIVER = join(import.meta.dirname, '..', '..', 'examples', 'hook-receiver.mjs');
const SECRET = 'whsec_YW4gZXhhbXBsZSBvZiBhIHNlY3JldA==';

/** Starts it on a free port. `saw` resolves with the first line that matches. */
async function startReceiver(
  secret: string,
): Promise<{ port: string; saw(pattern: RegExp): Promise<RegExpExecArray> }> {
  const child = spawn(process.execPath, [RECEIVER, '0'], {
    env: { ...process.env, HOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const looks = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const look of looks) look();
  });
  const saw = (pattern: RegExp): Promise<RegExpExecArray> =>
    within(
      new Promise((resolve) => {
        const look = (): void => {
          const match = lines.map((line) => pattern.exec(line)).find((each) => each !== null);
          if (match) resolve(match);
        };
        looks.add(look);
        look();
      }),
      `the line ${pattern}`,
    );
  const [, port = ''] = await saw(/on port (\d+)/);
  return { port, saw };
}

test('the receiver decides who may publish, and is told what happens', async () => {
  const { port, saw } = await startReceiver(SECRET);
  const server = await startServer({
    config: { notify: { url: `http://127.0.0.1:${port}/`, secret: SECRET, gate: ['publish'] } },
  });
  const denied = await (await openPublisher(server.rtmp('live/other'))).refused();
  expect(denied.description).toContain('other is not on the list');
  await publishTo(server.rtmp('live/movie'));
  await saw(/^publish live movie$/);
});

test('the receiver takes nothing that is signed with another secret', async () => {
  const { port } = await startReceiver('whsec_b3RoZXI=');
  const server = await startServer({
    config: { notify: { url: `http://127.0.0.1:${port}/`, secret: SECRET, gate: ['publish'] } },
  });
  const denied = await (await openPublisher(server.rtmp('live/movie'))).refused();
  expect(denied.description).toContain('the signature is wrong');
});

test('it does not start without a secret: everybody could sign then', async () => {
  const child = spawn(process.execPath, [RECEIVER, '0'], {
    env: { ...process.env, HOOK_SECRET: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  child.stderr.on('data', (text: Buffer) => void (words += text.toString()));
  const [code] = (await once(child, 'close')) as [number];
  expect([code, words]).toEqual([1, expect.stringContaining('HOOK_SECRET is empty')]);
});
