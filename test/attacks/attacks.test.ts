// What one peer, file or pause does costs nobody else a packet. `npm run attack` makes each of these larger.
import { describe, expect, test } from 'vitest';
import { ClientHandshake } from '../../core/protocol/rtmp/handshake/handshake.ts';
import { buildChunks } from '../../core/protocol/rtmp/chunks/chunk-writer.ts';
import { buildCommand } from '../../core/protocol/rtmp/command.ts';
import { HealthyStream, LONG, ServerProcess } from './attack-kit.ts';

const TIMEOUT = { timeout: LONG ? 600_000 : 90_000 };

function times(fast: number, long: number): number {
  return LONG ? long : fast;
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function rtmpCommand(
  name: string,
  transactionId: number,
  object: Record<string, string> | null,
  args: string[],
): Buffer {
  const { type, payload } = buildCommand({ name, transactionId, object, args }, 'amf0');
  return buildChunks({ type, streamId: 1, timestamp: 0, payload, chunkStreamId: 3 }, 128);
}

describe('beside healthy viewers', TIMEOUT, () => {
  test('the process is stopped for longer than every timeout, and goes on', async () => {
    const server = await ServerProcess.start({
      read_timeout: 1,
      write_timeout: 1,
      rtmp: { commandTimeoutMs: 1000 },
    });
    const stream = await HealthyStream.start(server);
    for (let round = 0; round < times(1, 5); round++) {
      server.child.kill('SIGSTOP');
      await pause(times(4_000, 20_000));
      server.child.kill('SIGCONT');
      await stream.flows();
    }
    await stream.isWhole();
    expect(server.log.filter(({ msg }) => msg.includes('disconnected'))).toEqual([]);
    await server.stops();
  });

  test.each(['/live/healthy.flv', '/live/nothing.flv', '/streams'])(
    'connections pipeline requests for %s without end, and read nothing',
    async (path) => {
      const server = await ServerProcess.start();
      const stream = await HealthyStream.start(server);
      const before = server.residentMib;
      const block = `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`.repeat(2000);
      const sockets = await Promise.all(
        Array.from({ length: times(4, 20) }, () => server.connect('httpflv')),
      );
      for (const socket of sockets) {
        socket.pause();
        for (let blocks = 0; blocks < times(20, 140); blocks++) socket.write(block);
      }
      await stream.flows();
      await pause(times(500, 10_000));
      await stream.isWhole();
      expect(server.residentMib - before).toBeLessThan(250);
      await server.stops();
    },
  );

  test('connections send a thousand play commands each in one write', async () => {
    const server = await ServerProcess.start();
    const stream = await HealthyStream.start(server);
    const plays = Array.from({ length: 1000 }, () => rtmpCommand('play', 0, null, ['nothing']));
    const connect = rtmpCommand('connect', 1, { app: 'live', tcUrl: 'rtmp://x/live' }, []);
    for (let index = 0; index < times(10, 200); index++) {
      const socket = await server.connect('rtmp');
      socket.write(Buffer.concat([new ClientHandshake().start(), Buffer.alloc(1536), connect, ...plays]));
      socket.resume();
    }
    await stream.flows();
    await stream.isWhole();
    await server.stops();
  });

  test('the reader of the log leaves', async () => {
    const server = await ServerProcess.start({ level: 'trace' });
    const stream = await HealthyStream.start(server);
    server.child.stdout?.destroy();
    for (let index = 0; index < times(50, 5000); index++)
      (await server.connect('httpflv')).write('nonsense\r\n\r\n');
    await stream.isWhole();
    await server.stops();
  });

  test('the reader of the log stalls', async () => {
    const server = await ServerProcess.start({ level: 'trace' });
    const stream = await HealthyStream.start(server);
    server.child.stdout?.pause();
    for (let index = 0; index < times(100, 20_000); index++) {
      const socket = await server.connect('rtmp');
      socket.write('nonsense, and no handshake of any kind');
      socket.destroy();
    }
    await stream.isWhole();
    server.child.stdout?.resume();
    await server.stops();
  });
});
