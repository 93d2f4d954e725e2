// Clients that ask for a segment and then take nothing of it.
import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { expect, onTestFinished, test, vi } from 'vitest';
import { slice, videoFrame } from '../../core/media/mpegts/flv-packets.ts';
import { makeCertificate } from '../../helpers/programs/certificate.ts';
import { connectTo, readToEnd, waitForEvent } from '../../helpers/net.ts';
import { resolve, startHls, uris, type HlsServer } from './hls-kit.ts';

const FRAMES = 50;
/** More than the buffers of two sockets hold, all frames together. */
const FRAME_BYTES = 500_000;

/** A stream whose first segment is large; the address of that segment. */
async function publishLarge(hls: HlsServer): Promise<string> {
  const publisher = await hls.publish();
  publisher.headers();
  const length = Buffer.alloc(4);
  length.writeUInt32BE(FRAME_BYTES);
  const unit = (type: number): Buffer => Buffer.concat([length, slice(0x60 | type, FRAME_BYTES)]);
  const [delta, idr] = [unit(1), unit(5)];
  for (let frame = 0; frame < FRAMES; frame++)
    publisher.send(videoFrame(frame * 40, frame === 0 ? idr : delta, { keyframe: frame === 0 }));
  publisher.time = FRAMES * 40;
  publisher.run(6.04);
  await vi.waitFor(() => expect(hls.metric('hls_pending_file_operations')).toBe(0));
  publisher.run(2);
  const { url, text } = await hls.media();
  return resolve(url, uris(text)[0]!);
}

/** A connection that has asked for the segment. */
async function ask(hls: HlsServer, segment: string, by: 'TCP' | 'TLS'): Promise<Socket> {
  const port = hls.test.port(by === 'TCP' ? 'hls.port' : 'hls.tls.port');
  const socket = by === 'TCP' ? await connectTo(port) : await connectByTls(port);
  socket.write(`GET ${segment} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  return socket;
}

async function connectByTls(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  onTestFinished(() => void socket.destroy());
  await waitForEvent(socket, 'secureConnect');
  return socket;
}

test.each<['memory' | 'a file', 'TCP' | 'TLS']>([
  ['memory', 'TCP'],
  ['a file', 'TCP'],
  ['memory', 'TLS'],
  ['a file', 'TLS'],
])(
  'a client that takes nothing of a segment from %s by %s is cut off, logged and counted; one that reads is not',
  async (place, by) => {
    const path = mkdtempSync(join(tmpdir(), 'livego-hls-'));
    onTestFinished(() => rmSync(path, { recursive: true, force: true }));
    const tls = by === 'TLS' ? { tls: { port: '127.0.0.1:0', ...makeCertificate('localhost') } } : {};
    const options = { ...tls, ...(place === 'a file' && { path }) };
    const hls = await startHls(options, { config: { write_timeout: 1 } });
    const segment = await publishLarge(hls);
    const idle = await ask(hls, segment, by);
    const whole = await readToEnd(await ask(hls, segment, by));
    expect(whole.length).toBeGreaterThan(FRAMES * FRAME_BYTES);
    await vi.waitFor(() => expect(hls.metric('hls_slow_readers_total')).toBe(1));
    expect((await readToEnd(idle)).length).toBeLessThan(whole.length);
    const lines = hls.test.log.filter(({ msg }) => msg.includes('write_timeout'));
    // The URL is left out: it may hold a key.
    expect(lines.map(({ msg }) => msg)).toEqual([
      'live/movie: the viewer took no byte for 1 s (write_timeout)',
    ]);
    expect(hls.metric('hls_viewers')).toBe(1);
  },
);
