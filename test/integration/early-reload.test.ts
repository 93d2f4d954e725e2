// Reloads before the start.
import { expect, onTestFinished, test } from 'vitest';
import { createConfigSource } from '../../config/load.ts';
import { createLogger } from '../../core/log/log.ts';
import { createServer } from '../../core/server.ts';

test('a reload before the start is rejected, and reloads after it work', async () => {
  const text = JSON.stringify({ servers: [{ servername: 'live' }] });
  const source = createConfigSource({ file: 'test.json5', text, env: {}, builtins: [] });
  const log = createLogger({ pretty: false, destination: { write: () => {} } });
  const server = createServer({ source, log });
  onTestFinished(() => server.stop('the test is over'));
  await expect(server.reload('too early')).rejects.toThrow('the server is new and cannot reload');
  await server.start();
  expect(await server.reload('in time')).toMatchObject({ outcome: 'unchanged' });
});
