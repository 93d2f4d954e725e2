// Run it with: node --test
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Denial } from 'livego';
import { samplePackets, startTestServer } from 'livego/testing';

const PLUGIN = fileURLToPath(new URL('./my-plugin.ts', import.meta.url));

const server = await startTestServer({
  plugins: [],
  config: { plugins: [PLUGIN], 'my-plugin': { deniedNames: ['private'] } },
});
after(() => server.stop());

test('a name on the list cannot be published', async () => {
  const answer = await server.publish('live/private');
  assert(answer instanceof Denial);
  assert.equal(answer.code, 'forbidden');
});

test('the log says how much a stream has sent', async () => {
  const publisher = await server.publish('live/movie');
  assert(!(publisher instanceof Denial));
  const packets = samplePackets({ frames: 10 });
  publisher.send(...packets);
  publisher.leave();
  const bytes = packets.reduce((sum, packet) => sum + packet.payload.length, 0);
  assert(server.log.some((line) => line.msg === 'a stream has ended' && line.bytes === bytes));
});
